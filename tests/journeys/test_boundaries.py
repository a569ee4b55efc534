"""T3: a deadline is inclusive. At its last instant what a person does is in time, a millisecond later it is not; and no
sweep acts before it has passed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from leads.models import Lead, LeadEvent
from revops import lifecycle
from revops.sweep import sweep
from tests.world import HOUR, MINUTE, World, check_law

MS = timedelta(milliseconds=1)
OFFSETS = (-MS, timedelta(0), MS)
INSTANT = timedelta(microseconds=1)
Act = Callable[[World, Lead], object]


def accept(world: World, lead: Lead) -> Lead:
    return lifecycle.accept(lead.pk, at=world.now, by=world.actor(lead.owner))


def touch(world: World, lead: Lead) -> Lead:
    return lifecycle.touch(lead.pk, kind="call", at=world.now, by=world.actor(lead.owner))


def convert(world: World, lead: Lead) -> Lead:
    return lifecycle.convert(lead.pk, at=world.now, by=world.actor(lead.owner))


def claim(world: World, lead: Lead) -> Lead:
    let_lapse = {row["rep"] for row in lead.excluded_reps}
    rep = next(rep for rep in world.reps if rep.pk not in let_lapse)
    return lifecycle.claim(lead.pk, at=world.now, by=world.actor(rep))


# Step -> how to come there from assigned (what each does, or how long nobody does anything), what a person does, and
# what it is called when nobody did.
Road = tuple[Act | timedelta, ...]
LATER = 2 * HOUR + MINUTE
STEPS: dict[str, tuple[Road, Act, str]] = {
    "accept": ((), accept, "expire"),
    "release": ((LATER,), accept, "release"),
    "alert": ((LATER, 2 * HOUR), claim, "pool_unclaimed"),
    "assign": ((LATER, 2 * HOUR, HOUR + MINUTE), claim, "assign"),
    "touch": ((accept,), touch, "flag_untouched"),
    "untouched": ((accept, HOUR + MINUTE), touch, "release"),
    "disposition": ((accept, touch), convert, "reroute"),
}


@pytest.mark.parametrize("step", STEPS)
def test_in_time_until_the_last_instant(world: World, step: str) -> None:
    """Three leads with one deadline: a millisecond before it, at it, and a millisecond after it."""
    road, act, lapse = STEPS[step]
    leads = come_to(world, step, road)
    [due] = {lead.due_at for lead in leads}
    for lead, offset in zip(leads, OFFSETS, strict=True):
        world.now = due + offset
        before = kinds(lead).count(lapse)
        with suppress(lifecycle.NotYours, lifecycle.NotPossible):
            act(world, lead)
        assert kinds(lead).count(lapse) == before + (offset > timedelta(0)), offset
    check_law()


@pytest.mark.parametrize("step", STEPS)
def test_no_sweep_is_early(world: World, step: str) -> None:
    road, _act, lapse = STEPS[step]
    leads = come_to(world, step, road)
    before = [kinds(lead).count(lapse) for lead in leads]
    assert sweep(at=leads[0].due_at).count == 0
    assert sweep(at=leads[0].due_at + INSTANT).count == 3
    assert [kinds(lead).count(lapse) for lead in leads] == [count + 1 for count in before]
    events = LeadEvent.objects.filter(lead__in=leads, kind=lapse).order_by("-pk")[:3]
    if lapse != "assign":  # which opens a window, and so begins when it can be seen
        assert {event.at for event in events} == {leads[0].due_at}
    check_law()


def come_to(world: World, step: str, road: Road) -> list[Lead]:
    ids = [answer.lead_id for answer in world.capture_all([{"email": f"p{number}@acme.test"} for number in range(3)])]
    world.pass_time(4 * MINUTE)
    for part in road:
        if isinstance(part, timedelta):
            world.pass_time(part)
            continue
        for pk in ids:
            part(world, world.again(Lead(pk=pk)))
    leads = [world.again(Lead(pk=pk)) for pk in ids]
    assert {lead.due_step for lead in leads} == {step}
    return leads


def kinds(lead: Lead) -> list[str]:
    return list(LeadEvent.objects.filter(lead=lead).values_list("kind", flat=True))
