"""B19: deliveries come out of order. Whichever way round a sender's events arrive, the same is known in the end."""

from collections.abc import Iterable, Sequence
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from leads.models import Identification, IntentSignal, Lead
from tests.hooks.conftest import Sender, taken
from tests.journeys.conftest import Story
from tests.world import DAY, HOUR, MINUTE

Event = dict[str, Any]


class Undone(Exception):
    """Ends the transaction in which one order was tried."""


@pytest.fixture
def segment(story: Story) -> Sender:
    sender = Sender.make("segment")
    sender.rule("page", "/pricing*", kind="pricing_visit", points=25, position=1)
    sender.rule("track", "form submitted", does="lead", lead_source="demo form", position=2)
    return sender


def event(story: Story, id: str, type: str, *, ago: Any, **more: Any) -> Event:
    return {"type": type, "messageId": id, "timestamp": (story.world.now - ago).isoformat(), **more}


def visitors_day(story: Story) -> list[Event]:
    """Seen under an id, then under another that is told to be the same; named; a form that is sent and corrected."""
    form = {"email": "jo@acme.test", "company": {"name": "Acme"}}
    return [
        event(story, "v1", "page", ago=5 * HOUR, anonymousId="a1", properties={"path": "/pricing"}),
        event(story, "i1", "identify", ago=4 * HOUR, anonymousId="a1", userId="u1", traits={"email": "jo@acme.test"}),
        event(story, "f1", "track", ago=3 * HOUR, anonymousId="a1", event="Form Submitted", properties=form),
        event(story, "f2", "track", ago=2 * HOUR, anonymousId="a1", event="Form Submitted",
              properties=form | {"country": "NL", "opt_out": True}),
        event(story, "v2", "page", ago=HOUR, userId="u1", properties={"path": "/pricing/all"}),
    ]  # fmt: skip


def in_the_end(story: Story, segment: Sender, events: Sequence[Event]) -> tuple[Any, ...]:
    """What is known when these have come in, one a minute, and the lead is judged; nothing of it stays."""
    found: list[tuple[Any, ...]] = []
    began = story.world.now
    try:
        with transaction.atomic():
            for one in events:
                assert taken(segment.send(one)) == {"taken": 1}
                story.world.now += MINUTE
            story.world.now = began + 10 * MINUTE
            story.wait(5 * MINUTE)
            found.append(_known())
            raise Undone
    except Undone:
        story.world.now = began
    return found[0]


def _known() -> tuple[Any, ...]:
    lead = Lead.objects.get()
    signals = IntentSignal.objects.filter(kind="pricing_visit").values_list(
        "kind", "points", "person_key", "occurred_at"
    )
    named = Identification.objects.values_list("person_key", flat=True).distinct()
    return (lead.email, lead.company, lead.country, lead.opt_out, lead.source, sorted(signals), sorted(named))


def different(story: Story, segment: Sender, orders: Iterable[Sequence[Event]]) -> list[list[str]]:
    """Those of these orders of a day after which anything else is known than after the day as it was."""
    expected = in_the_end(story, segment, visitors_day(story))
    assert expected[:4] == ("jo@acme.test", "Acme", "NL", True)
    assert [signal[2] for signal in expected[5]] == ["jo@acme.test"] * 2
    return [[one["messageId"] for one in order] for order in orders if in_the_end(story, segment, order) != expected]


def test_the_correction_before_the_form_and_the_visit_before_the_name(story: Story, segment: Sender) -> None:
    day = visitors_day(story)
    places = ((4, 3, 2, 1, 0), (3, 2, 0, 1, 4), (0, 4, 3, 2, 1), (1, 3, 0, 4, 2))
    assert different(story, segment, ([day[place] for place in order] for order in places)) == []


@pytest.mark.long
def test_in_any_order_the_same_is_known(story: Story, segment: Sender) -> None:
    """All 120."""
    assert different(story, segment, permutations(visitors_day(story))) == []


def test_what_ended_a_person_is_not_undone_by_what_happened_before(story: Story, segment: Sender) -> None:
    """Ended first, created afterwards: no form that was sent earlier and comes late brings them back."""
    _v1, _i1, form, correction, _v2 = visitors_day(story)
    assert taken(segment.send(correction)) == {"taken": 1}
    story.wait(4 * MINUTE)
    story.do(Lead.objects.get().pk, "recycle", reason="not_icp")
    assert taken(segment.send(form)) == {"taken": 1}
    story.wait(DAY)
    assert not Lead.objects.open().exists()
    assert Lead.objects.count() == 1
