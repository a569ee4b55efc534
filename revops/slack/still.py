"""Whether what a delivery says is still so: asked of all that are told together, in a number of queries that does not
grow with them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, OuterRef, Subquery

from leads import states
from leads.deadline import TOUCH_REMINDER
from leads.deliveries import REMINDERS, reminded_at
from leads.models import Alert, Delivery, Lead, LeadEvent
from revops import alerts

# Alerts that hold only until the lead moves on; the rest are true whenever they arrive.
UNTIL_IT_MOVES = frozenset(
    [
        "slack.assigned",
        "slack.reminder",
        "slack.overdue",
        "slack.pool",
        "slack.untouched",
        "slack.pool_unclaimed",
        "slack.revops",
    ]
)
ASKS_THE_SEQ = UNTIL_IT_MOVES | {"slack.touch_reminder"}


@dataclass(frozen=True)
class _Read:
    """`before` is the lead's seq at an event without one, by event; `moved` the latest seq at which a lead was decided,
    by lead; `unseen` the events whose alert nobody has seen and whose lead is as it says."""

    before: Mapping[int, int]
    moved: Mapping[int, int]
    unseen: Set[int]

    def seq_at(self, row: Delivery) -> int:
        """The lead's seq when the event happened: its own, or that of the transition before it."""
        return row.event.seq if row.event.seq is not None else self.before.get(row.event_id, 0)

    def holds(self, row: Delivery) -> bool:
        if row.kind == "slack.untouched":
            return self._is_as_then(row) and row.lead.due_step == "untouched"
        if row.kind == "slack.touch_reminder":
            return self._is_still_untouched(row)
        if row.kind == "slack.assigned":
            return self._is_still_theirs(row)
        if row.kind == "slack.joined":
            return row.lead.owner_id is not None and row.lead.owner_id == row.rep_id
        if row.kind == alerts.PASSED_ON:
            return row.event_id in self.unseen
        return row.kind not in UNTIL_IT_MOVES or self._is_as_then(row)

    def _is_as_then(self, row: Delivery) -> bool:
        return row.lead.seq == self.seq_at(row)

    def _is_still_theirs(self, row: Delivery) -> bool:
        """Becoming overdue leaves a lead with its rep, who is to know of it all the more."""
        late = row.lead.state == states.OVERDUE and self.moved.get(row.lead_id, 0) <= self.seq_at(row)
        return self._is_as_then(row) or late

    def _is_still_untouched(self, row: Delivery) -> bool:
        """In the same window: who asks for a call again has begun another, with reminders of its own."""
        in_its_turn = self._is_as_then(row) and row.lead.due_step == "touch"
        return in_its_turn and row.send_at in reminded_at(row.lead, TOUCH_REMINDER)


def seqs_when_told(rows: Sequence[Delivery]) -> dict[int, int]:
    """The seq of each one's lead when what it tells of happened, by delivery: what its card shows."""
    read = _Read(_before(rows), {}, frozenset())
    return {row.pk: read.seq_at(row) for row in rows}


def those_that_hold(rows: Sequence[Delivery], *, at: datetime) -> list[Delivery]:
    """Of these deliveries, with their leads as they were read, what is still so."""
    read = _Read(_before([row for row in rows if row.kind in ASKS_THE_SEQ]), _moved(rows), _unseen(rows))
    return [row for row in rows if read.holds(row) and not _reminds_too_late(row, at=at)]


def _reminds_too_late(row: Delivery, *, at: datetime) -> bool:
    """The deadline may have passed before the sweep got to the lead."""
    return row.kind in REMINDERS and row.lead.due_at is not None and row.lead.due_at <= at


def read_anew(rows: Sequence[Delivery]) -> None:
    """Their leads as they are now: since these were claimed others were sent, and leads have gone on."""
    leads = Lead.objects.select_related("owner__user", "territory__team", "reason__track")
    found = leads.in_bulk({row.lead_id for row in rows})
    for row in rows:
        row.lead = found[row.lead_id]


def _before(rows: Sequence[Delivery]) -> dict[int, int]:
    ids = [row.event_id for row in rows if row.event.seq is None]
    if not ids:
        return {}
    earlier = LeadEvent.objects.filter(lead=OuterRef("lead"), pk__lt=OuterRef("pk"), seq__isnull=False)
    latest = Subquery(earlier.order_by("-seq").values("seq")[:1])
    found = LeadEvent.objects.filter(pk__in=ids).annotate(before=latest).values_list("pk", "before")
    return {pk: seq or 0 for pk, seq in found}


def _moved(rows: Sequence[Delivery]) -> dict[int, int]:
    ids = {row.lead_id for row in rows if row.kind == "slack.assigned" and row.lead.state == states.OVERDUE}
    if not ids:
        return {}
    decided = LeadEvent.objects.filter(lead__in=ids, seq__isnull=False).exclude(kind="expire")
    return dict(decided.values_list("lead").annotate(latest=Max("seq")))


def _unseen(rows: Sequence[Delivery]) -> set[int]:
    ids = [row.event_id for row in rows if row.kind == alerts.PASSED_ON]
    if not ids:
        return set()
    open_ones = Alert.objects.filter(alerts.still_so(), event__in=ids, done_at__isnull=True)
    return set(open_ones.values_list("event", flat=True))
