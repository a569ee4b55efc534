"""What became of a lead's alerts, as entries of its timeline, for who answers for its team."""

from collections.abc import Iterable, Iterator, Sequence

from leads.models import Alert
from leads.timeline import DOORS, Entry


def with_alerts(entries: Sequence[Entry], alerts: Iterable[Alert]) -> tuple[Entry, ...]:
    """The timeline, newest first, with whom each alert was passed on to and who has seen it."""
    told = [entry for alert in alerts for entry in _of(alert)]
    return tuple(sorted((*told, *entries), key=lambda entry: entry.at, reverse=True))


def _of(alert: Alert) -> Iterator[Entry]:
    if alert.done_at is not None and alert.seen_by is not None:
        name = alert.seen_by.get_full_name() or alert.seen_by.get_username()
        who = f"{name} {DOORS.get(alert.how, '')}".strip()
        yield Entry(alert.done_at, None, "The alert was seen", who, "ok", "")
    if alert.revops_at is not None:
        yield Entry(alert.revops_at, None, "The alert was passed on to RevOps", "", "danger", "")
    if alert.deputy_at is not None and alert.deputy_at != alert.revops_at:
        yield Entry(alert.deputy_at, None, "The alert was passed on to the deputy", "", "danger", "")
