"""The table of states and deadlines: what the lifecycle does when a deadline passes and nobody has acted."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from leads import states
from leads.models import Assignment, Lead
from leads.reading import TO_TAKE_AWAY, TO_TELL, Columns, complete
from revops import handoff, qualifying, timers
from revops.moment import Moment

WHEN_DUE: dict[tuple[str, str], Callable[[Sequence[Lead], Moment], None]] = {
    (states.ASSIGNED, "accept"): timers.expire,
    (states.OVERDUE, "release"): timers.release,
    (states.ACCEPTED, "touch"): timers.flag_untouched,
    (states.ACCEPTED, "untouched"): timers.release_untouched,
    (states.SHARK_TANK, "alert"): timers.alert_pool,
    (states.SHARK_TANK, "assign"): timers.assign_from_pool,
    (states.NURTURE, "return"): timers.come_back,
    (states.NURTURE, "review"): timers.review,
    (states.BUFFER, "ready"): qualifying.decide,
    (states.BUFFER, "ceiling"): qualifying.decide,
    (states.AQL, "route"): handoff.start_routing,
    (states.ROUTING, "try"): handoff.route_on,
    (states.ROUTING, "fallback"): handoff.route_on,
    (states.ACCEPTED, "disposition"): timers.reroute_undecided,
}
# Those for which who the lead is does not matter, with what is read of it; for every other it is all.
READ_IN_PART: dict[tuple[str, str], Columns] = {
    (states.ASSIGNED, "accept"): TO_TELL,
    (states.ACCEPTED, "touch"): TO_TELL,
    (states.SHARK_TANK, "alert"): TO_TELL,
    (states.OVERDUE, "release"): TO_TAKE_AWAY,
    (states.ACCEPTED, "untouched"): TO_TAKE_AWAY,
}
# More passes than any lead can need in one moment: each opens a window that lies ahead, or ends the lead.
PASSES = 20


class Unsettled(RuntimeError):
    """Leads stayed due however often their deadline was acted on: a policy without a future."""


def to_read(due: Collection[tuple[str, str]]) -> Columns | None:
    """What is to be read of leads in these states and steps, together; None for everything."""
    if not READ_IN_PART.keys() >= set(due):
        return None
    parts = [READ_IN_PART[key] for key in due]
    return {model: tuple({name: None for part in parts for name in part[model]}) for model in (Lead, Assignment)}


def settle(leads: Sequence[Lead], m: Moment, *, before: datetime | None = None) -> int:
    """Act on every deadline of these leads that has passed, until each lies ahead; with `before`, on those earlier than
    that alone. Returns how many were acted on.

    What is put aside, since acting on it raises, is left as it is until its retry.
    """
    acted, limit = 0, before or m.at
    for _pass in range(PASSES):
        due = [lead for lead in leads if lead.is_due(at=m.at) and lead.due_at and lead.due_at < limit]
        if not due:
            return acted
        acted += len(due)
        groups: dict[tuple[str, str | None], list[Lead]] = defaultdict(list)
        for lead in due:
            groups[lead.state, lead.due_step].append(lead)
        for key, act in WHEN_DUE.items():
            if groups[key]:
                complete(groups[key], asked=READ_IN_PART.get(key))
                act(groups[key], m)
    raise Unsettled(f"{len(due)} leads are still due after {PASSES} passes, first {due[0].pk} in {due[0].state}.")
