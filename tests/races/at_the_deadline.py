"""Accepts and sweeps that meet at a deadline, and what must hold afterwards, whoever was first."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise

from leads.models import Assignment, Lead
from revops import lifecycle
from revops.holding import act_on_due
from revops.refusals import NotPossible
from tests.races.test_races import at_once
from tests.world import World

# When an accept or a sweep happens: a door's clock, which may wait until then.
Clock = Callable[[], datetime]


def meet(world: World, accepts: Sequence[tuple[Lead, Clock]], sweeps: Callable[[], Iterator[datetime]]) -> list[Lead]:
    """Each of these leads is accepted by its owner at its own time, while two sweeps go over all of them. The leads
    whose accept was refused."""
    refused: list[Lead] = []

    def accept(share: Sequence[tuple[Lead, Clock]]) -> None:
        for lead, clock in share:
            assert lead.owner is not None
            try:
                lifecycle.accept(lead.pk, at=clock(), by=world.actor(lead.owner))
            except NotPossible:
                refused.append(lead)

    def sweep() -> None:
        for at in sweeps():
            act_on_due(at=at, limit=7)

    threads = 6
    results = at_once([*(partial(accept, accepts[place::threads]) for place in range(threads)), sweep, sweep])
    assert [result for result in results if result is not None] == []
    return refused


def check(leads: Sequence[Lead], refused: Sequence[Lead], *, lapse: str) -> tuple[int, int]:
    """How many were in time and how many were late; `lapse` is the event of the deadline they met at."""
    gone = {lead.pk for lead in refused}
    in_time = 0
    for before in leads:
        lead = Lead.objects.get(pk=before.pk)
        events = list(lead.events.filter(seq__isnull=False).order_by("seq"))
        kinds = [event.kind for event in events]
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert all(one.at <= next_.at for one, next_ in pairwise(events)), [(e.kind, e.at) for e in events]
        assert lead.state == ("shark_tank" if lead.pk in gone else "accepted"), kinds
        assert Assignment.objects.filter(lead=lead, ended_at=None).count() == (lead.pk not in gone)
        assert kinds.count("accept") == (lead.pk not in gone)
        assert kinds.count(lapse) <= 1
        if lapse not in kinds:
            in_time += 1
            assert before.due_at is not None
            assert events[-1].at <= before.due_at, "it was late and nobody noticed"
    return in_time, len(leads) - in_time
