"""Many leads at once, for what is about sets of them."""

from leads.models import Lead
from recycle.models import Enrolment
from tests.world import MINUTE, World


def with_reps(world: World, count: int, *, name: str, **told: str) -> list[Lead]:
    """So many leads, of all of whom their form `told` the same, each with a rep who has not accepted it yet."""
    rows = [{"email": f"{name}{number}@{name}.test", "intent_score": 80, **told} for number in range(count)]
    ids = [answer.lead_id for answer in world.capture_all(rows)]
    world.pass_time(4 * MINUTE)
    return list(Lead.objects.filter(pk__in=ids).order_by("pk"))


def give_back(world: World, leads: list[Lead], reason: str, **answers: str) -> list[Lead]:
    """Each lead's rep gives it back."""
    for lead in leads:
        world.recycle(lead, reason, **answers)
    assert Enrolment.objects.filter(lead__in=leads, ended_at=None).count() == len(leads)
    return leads
