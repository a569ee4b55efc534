"""The alarms of the timer: leads that the system fails on again and again, a hand of the clock that stands still."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse

from leads import wording
from leads.models import Lead, Team
from leads.models.lead import LeadQuerySet
from revops.integrations.slack_blocks import Message, notice_card
from revops.models import Heartbeat, Notice
from revops.slack import socket_pulse
from revops.sweep import TIMER, pulse_age

TRIES = Lead.TRIES_BEFORE_A_PERSON
MOST_TOLD = 10
REVOPS = "revops"
SILENT_AFTER = {
    TIMER: timedelta(minutes=3),
    "worker": timedelta(minutes=5),
    socket_pulse.SOCKET: socket_pulse.SILENT_AFTER,
}
SAID = {
    TIMER: "The process `sweep` gives no sign of life. Deadlines are acted on once a minute only, by the worker.",
    "worker": "The worker gives no sign of life. Deadlines are acted on, but nothing is sent and nobody is asked.",
    socket_pulse.SOCKET: "`manage.py slack_socket` has no open socket. Cards are sent, but no click in Slack arrives.",
}
Owed = tuple[str, str, datetime, datetime, int]


def owed(*, at: datetime) -> Iterator[Owed]:
    """Kind, subject, since, until, how many."""
    concerned: dict[str, list[Lead]] = {REVOPS: []}
    for lead in failing().select_related("owner__user", "territory"):
        for whose in (REVOPS, *_teams_of(lead)):
            concerned.setdefault(whose, []).append(lead)
    told = _told(_subject(whose, lead) for whose, leads in concerned.items() for lead in leads)
    for whose, leads in concerned.items():
        yield from _once(whose, [lead for lead in leads if (_subject(whose, lead), lead.due_at) not in told])
    yield from _silent()


def failing() -> LeadQuerySet:
    """The leads that the system has failed on so often that a person is needed."""
    return Lead.objects.put_aside().filter(error_count__gte=TRIES).order_by("pk")


def _teams_of(lead: Lead) -> Iterator[str]:
    """Whose lead it is, as far as that is known: nobody's in the buffer."""
    if lead.owner is not None:
        yield f"team {lead.owner.team_id}"
    elif lead.territory is not None and lead.territory.team_id is not None:
        yield f"team {lead.territory.team_id}"


def _subject(whose: str, lead: Lead) -> str:
    return f"{whose} lead {lead.pk}"


def _told(subjects: Iterable[str]) -> set[tuple[str, datetime]]:
    """Of these alone: notices are kept for good, and this is asked every minute."""
    rows = Notice.objects.filter(kind=Notice.Kind.ASIDE, subject__in=list(subjects))
    return set(rows.values_list("subject", "until"))


def _once(whose: str, new: Sequence[Lead]) -> Iterator[Owed]:
    """One message for all that are new; a row for each, so that none is told of twice at the same deadline."""
    for place, lead in enumerate(new):
        if lead.due_at is not None:
            yield Notice.Kind.ASIDE, _subject(whose, lead), lead.due_at, lead.due_at, 0 if place else len(new)


def _silent() -> Iterator[Owed]:
    """Once from one sign of life to the next. What never gave one is not run here."""
    for name in SILENT_AFTER:
        if is_silent(name):
            last = Heartbeat.objects.get(name=name).at
            yield Notice.Kind.SILENT, name, last, last, 1


def is_silent(name: str) -> bool:
    if name == socket_pulse.SOCKET and not settings.SLACK_APP_TOKEN:  # clicks come over HTTP by now
        return False
    age = pulse_age(name)
    return age is not None and age > SILENT_AFTER[name]


def team_of(notice: Notice) -> Team | None:
    """Who is told of it; None for RevOps. Raises Team.DoesNotExist."""
    whose, number, *_lead = notice.subject.split()
    return Team.objects.select_related("manager__user").get(pk=int(number)) if whose == "team" else None


def aside_still(notice: Notice) -> bool:
    return bool(_failing_of(notice))


def silent_still(notice: Notice) -> bool:
    return is_silent(notice.subject)


def _failing_of(notice: Notice) -> list[Lead]:
    whose = _whose(notice)
    leads = failing().select_related("owner__user", "territory")
    return [lead for lead in leads if whose in (REVOPS, *_teams_of(lead))]


def _whose(notice: Notice) -> str:
    return notice.subject.partition(" lead ")[0]


def aside_message(notice: Notice) -> Message:
    leads = _failing_of(notice)
    stays = "Its deadline stands and it is" if len(leads) == 1 else "Their deadlines stand and they are"
    text = f"The system has failed {TRIES} times on {wording.count(len(leads), 'lead')}. {stays} tried again."
    told = [_line(lead, revops=_whose(notice) == REVOPS) for lead in leads[:MOST_TOLD]]
    return notice_card(text, told, url=address(notice), link="See them")


def _line(lead: Lead, *, revops: bool) -> str:
    """RevOps alone can make use of the error."""
    if revops:
        return f"Lead {lead.pk}: {lead.error}"
    return f"Lead {lead.pk}, with {lead.owner.name}" if lead.owner else f"Lead {lead.pk}"


def silent_message(notice: Notice) -> Message:
    since = f"The last was at {notice.since:%Y-%m-%d %H:%M:%S} UTC. Start it again, and see its log."
    return notice_card(SAID[notice.subject], [since], url=address(notice), link="See who gave which sign of life")


def address(notice: Notice) -> str:
    if notice.kind == Notice.Kind.SILENT:
        page = reverse("admin:revops_heartbeat_changelist")
    elif team_of(notice) is not None:
        page = f"{reverse('dashboard')}"
    else:
        page = f"{reverse('admin:leads_lead_changelist')}?aside=yes"
    return f"{settings.AIRTIGHT_URL}{page}"
