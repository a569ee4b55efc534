"""What needs somebody now, and what came in since the last look."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.html import escape

from leads.models import Lead, Rep
from revops.models import LastLook
from routing.models import Absence
from tests.world import DAY, HOUR, MINUTE, World

Visit = Callable[[Rep], Client]


def tiles(client: Client) -> dict[str, str]:
    return {card.label: card.number.text for card in client.get("/dashboard/").context["tiles"]}


def test_the_strip_counts_what_waits(busy: World, visit: Visit) -> None:
    found = tiles(visit(busy.manager))
    assert found == {
        "Overdue": "1",
        "Lapsing within 2 h": "1",
        "In the Shark Tank": "1",
        "Accepted, untouched": "1",
        "New in the last 24 hours": "7",
    }


def test_the_pool_is_told_by_age(story: World, visit: Visit) -> None:
    story.to_state("shark_tank")
    story.pass_time(30 * MINUTE)
    card = next(card for card in visit(story.manager).get("/dashboard/").context["tiles"] if card.bar)
    assert [number.text for number in card.legend] == ["1 under an hour"]
    story.now += HOUR
    card = next(card for card in visit(story.manager).get("/dashboard/").context["tiles"] if card.bar)
    assert [number.text for number in card.legend] == ["1 for 1 to 4 hours"]


def test_first_in_line_is_the_earliest_deadline(story: World, visit: Visit) -> None:
    late = story.to_state("overdue", "late@acme.test")
    soon = story.to_state("assigned", "soon@acme.test")
    lines = visit(story.manager).get("/dashboard/").context["first"]
    assert [line.lead_id for line in lines] == [late.pk, soon.pk]
    assert lines[0].rep == late.owner.name


def test_what_has_lapsed_is_before_what_lapses_sooner(story: World, visit: Visit) -> None:
    late = story.capture("late@acme.test")
    for wait in (4 * MINUTE, HOUR):
        story.pass_time(wait)
    soon = story.capture("soon@other.test")
    for wait in (4 * MINUTE, 57 * MINUTE):
        story.pass_time(wait)
    late, soon = story.again(late), story.again(soon)
    assert (late.state, soon.state) == ("overdue", "assigned")
    assert soon.due_at < late.due_at
    lines = visit(story.manager).get("/dashboard/").context["first"]
    assert [line.lead_id for line in lines] == [late.pk, soon.pk]


def test_a_long_line_says_how_many_more_and_leads_to_them(story: World, visit: Visit) -> None:
    client = visit(story.manager)
    rows = [{"email": f"p{number}@c{number}.test", "company": f"C{number}"} for number in range(8)]
    story.capture_all(rows[:6])
    story.pass_time(4 * MINUTE)
    assert b" more</a>" not in client.get("/dashboard/").content
    story.capture_all(rows[6:])
    story.pass_time(4 * MINUTE)
    page = client.get("/dashboard/?days=7")
    assert (len(page.context["first"]), page.context["further"]) == (6, 2)
    assert f'<a href="{escape(page.context["whole_line"])}#line">and 2 more</a>' in page.content.decode()
    whole = client.get(page.context["whole_line"])
    assert (len(whole.context["first"]), whole.context["further"]) == (8, 0)


def test_who_is_away_is_named_with_their_cover(story: World, visit: Visit) -> None:
    away, cover = story.reps[:2]
    Absence.objects.create(rep=away, cover=cover, starts_at=story.now - HOUR, ends_at=story.now + DAY)
    Absence.objects.create(rep=cover, starts_at=story.now + DAY, ends_at=story.now + 2 * DAY)
    page = visit(story.manager).get("/dashboard/")
    assert [absence.rep for absence, _until in page.context["away"]] == [away]
    assert "Ben covers" in page.content.decode()


def test_a_look_shows_what_came_since_the_one_before(story: World, visit: Visit) -> None:
    client = visit(story.manager)
    assert tiles(client)["New in the last 24 hours"] == "0"
    page = client.get("/dashboard/")
    [fresh] = [card for card in page.context["tiles"] if card.label.startswith("New")]
    for text in (page.content.decode(), client.get(fresh.number.href).content.decode()):
        assert "last look" not in text, "a first visit, and its reload, had none"
        assert "New in the last 24 hours" in text
    story.now += HOUR
    story.capture("one@acme.test")
    story.pass_time(4 * MINUTE)
    assert tiles(client)["New since your last look"] == "1"
    story.now += 5 * MINUTE
    assert tiles(client)["New since your last look"] == "1", "a reload is the same look"
    story.now += HOUR
    story.pass_time(MINUTE)
    assert tiles(client)["New since your last look"] == "0"


def test_the_link_to_what_is_new_keeps_its_own_look(story: World, visit: Visit) -> None:
    client = visit(story.manager)
    client.get("/dashboard/")
    story.now += HOUR
    story.capture()
    story.pass_time(4 * MINUTE)
    [card] = [card for card in client.get("/dashboard/").context["tiles"] if card.label.startswith("New")]
    story.now += 2 * HOUR
    client.get("/dashboard/")
    assert client.get(card.number.href).context["page"].leads == 1


def test_everybody_has_looks_of_their_own(story: World, visit: Visit) -> None:
    visit(story.manager).get("/dashboard/")
    visit(story.revops).get("/dashboard/")
    assert LastLook.objects.count() == 2


@pytest.mark.parametrize(("who", "told"), [("revops", True), ("manager", False)])
def test_leads_put_aside_are_for_revops(story: World, visit: Visit, who: str, told: bool) -> None:
    lead = story.to_state("assigned")
    Lead.objects.filter(pk=lead.pk).update(retry_at=story.now + HOUR, error="boom")
    context = visit(getattr(story, who)).get("/dashboard/").context
    assert [card.label for card in context["troubles"]] == (["Put aside"] if told else [])


def test_a_lead_that_the_sweep_left_lying_is_stuck(story: World, visit: Visit) -> None:
    story.to_state("assigned")
    story.now += 3 * HOUR
    context = visit(story.revops).get("/dashboard/").context
    assert [card.label for card in context["troubles"]] == ["Stuck"]
    assert context["books"].leaked == 1
