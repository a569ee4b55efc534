"""C4: an accept and the sweep meet within 50 ms of a deadline. Long: tests/faults/long_deadlines.py."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from leads.models import Lead
from tests.races.at_the_deadline import check, meet
from tests.races.test_races import world as world
from tests.world import HOUR, MINUTE, SECOND, World, check_law

pytestmark = pytest.mark.django_db(transaction=True)

MS = SECOND / 1000
LEADS = 42


@pytest.mark.parametrize(("state", "lapse"), [("assigned", "expire"), ("overdue", "release")])
def test_c4_whoever_commits_first_is_right(world: World, state: str, lapse: str) -> None:
    world.capture_all([{"email": f"p{number}@acme.test"} for number in range(LEADS)])
    world.pass_time(4 * MINUTE)
    if state == "overdue":
        world.pass_time(2 * HOUR + MINUTE)
    leads = list(Lead.objects.filter(state=state).select_related("owner__user"))
    [due] = {lead.due_at for lead in leads}
    assert due is not None
    accepts = [(lead, lambda at=due + (place * 101 // LEADS - 50) * MS: at) for place, lead in enumerate(leads)]

    def sweeps() -> Iterator[datetime]:
        yield from (due + number * 2 * MS for number in range(-10, 26))

    refused = meet(world, accepts, sweeps)
    in_time, late = check(leads, refused, lapse=lapse)
    assert in_time + late == LEADS
    assert not refused or state == "overdue"
    check_law()
