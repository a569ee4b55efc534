"""The races of docs/reliability.md at their full length: `./run test tests/faults/long_races.py` (minutes).

C1: fifty reps claim one Shark-Tank lead over the API, 200 rounds; and 48 of them by page, API and Slack at once, 60
rounds. C3: twenty clicks on Accept. C5: two and four
sweeps over 5,000 due leads. Each ends with the audit.
"""

from collections import Counter
from functools import partial
from threading import Barrier, Event

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from knox.models import AuthToken
from rest_framework.test import APIClient

from leads.models import Assignment, Delivery, Lead, LeadEvent, Rep
from revops.holding import act_on_due, retrying
from sla.models import Breach
from tests.races import deadlocks
from tests.races.test_claims import race
from tests.races.test_claims import slack as slack
from tests.races.test_races import at_once
from tests.races.test_races import world as world
from tests.slack.conftest import Workspace
from tests.world import HOUR, MINUTE, World, person

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 200
DUE = 5_000


@pytest.fixture(autouse=True)
def _time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)


def client_of(user: User) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user=user)[1]}")
    return client


def test_c1_two_hundred_rounds_of_fifty_claims(world: World) -> None:
    reps = [person(f"rep{number}@airtight.test", world.team) for number in range(50)]
    Rep.objects.filter(pk__in=[rep.pk for rep in world.reps]).update(takes_routing=False)
    leads = [world.capture(f"p{number}@acme.test") for number in range(ROUNDS)]
    for step in (4 * MINUTE, 2 * HOUR + MINUTE, 2 * HOUR):
        world.pass_time(step)
    clients = {rep.pk: client_of(rep.user) for rep in reps}
    statuses: Counter[int] = Counter()
    for lead in leads:
        url = f"/api/v1/leads/{lead.pk}/claim/"
        answers = at_once([partial(client.post, url) for client in clients.values()])
        codes = Counter(answer.status_code for answer in answers)
        winner = world.again(lead).owner
        assert winner is not None
        assert codes[200] == 1, codes
        # Who let it lapse, and nobody else, is refused while it is in the pool, and told the winner when it is gone.
        refused = [rep.pk for rep, answer in zip(reps, answers, strict=True) if answer.status_code == 403]
        assert refused in ([], [Assignment.objects.filter(lead=lead).exclude(how="claim").get().rep_id]), codes
        assert codes[409] == 49 - len(refused), codes
        assert {answer.json()["winner"] for answer in answers if answer.status_code == 409} == {winner.name}
        statuses.update(codes)
    assert statuses[200] == ROUNDS
    call_command("audit")


def test_c1_at_every_door_at_once(world: World, slack: Workspace) -> None:
    race(world, slack, rounds=60, each=16)


def test_c3_twenty_clicks(world: World) -> None:
    lead = world.to_state("assigned")
    assert lead.owner is not None
    client = client_of(lead.owner.user)
    answers = at_once([lambda: client.post(f"/api/v1/leads/{lead.pk}/accept/")] * 20)
    assert {answer.status_code for answer in answers} == {200}
    assert LeadEvent.objects.filter(lead=lead, kind="accept").count() == 1


def test_a_deadlock_that_is_tried_again_is_counted(world: World) -> None:
    """Two take two leads crosswise: both come through, and the count of C5 knows of it."""
    one, other = (world.capture(email).pk for email in ("one@acme.test", "other@acme.test"))
    together, met = Barrier(2, timeout=10), Event()

    def take(first: int, second: int) -> None:
        with transaction.atomic():
            Lead.objects.select_for_update().get(pk=first)
            if not met.is_set():
                together.wait()
                met.set()
            Lead.objects.select_for_update().get(pk=second)

    def crosswise(*lead_ids: int) -> None:
        retrying(partial(take, *lead_ids))
        deadlocks.tell()

    with pytest.raises(AssertionError, match="deadlocks"), deadlocks.none_met():
        assert at_once([partial(crosswise, one, other), partial(crosswise, other, one)]) == [None, None]


@pytest.mark.parametrize("sweepers", [2, 4])
def test_c5_five_thousand_due(world: World, sweepers: int) -> None:
    for start in range(0, DUE, 500):
        world.capture_all([{"email": f"p{number}@acme.test"} for number in range(start, start + 500)])
    world.pass_time(4 * MINUTE)
    late = world.now + 2 * HOUR + MINUTE

    def sweep_all() -> int:
        done = 0
        while taken := act_on_due(at=late).count:
            done += taken
        deadlocks.tell()
        return done

    with deadlocks.none_met():
        assert sum(at_once([sweep_all] * sweepers)) == DUE
    assert Counter(Lead.objects.values_list("state", flat=True)) == {"overdue": DUE}
    assert LeadEvent.objects.filter(kind="expire").count() == DUE
    assert Breach.objects.count() == DUE
    assert Delivery.objects.filter(kind="slack.overdue").count() == DUE
    world.now = late
    call_command("audit")
