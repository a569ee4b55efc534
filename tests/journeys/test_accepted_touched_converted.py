"""A lead that goes well: three minutes in the buffer, two hours to accept, a call within the hour, an opportunity."""

from datetime import timedelta

from leads.models import Assignment
from tests.journeys.conftest import Story
from tests.world import DAY, HOUR, MINUTE


def test_from_the_form_to_the_opportunity(story: Story) -> None:
    lead = story.form(email="jo@acme.test", intent_score=80)["id"]
    assert story.lead(lead)["state"] == "buffer"
    story.wait(4 * MINUTE)
    assert story.lead(lead)["state"] == "assigned"
    accepted = story.do(lead, "accept")
    assert accepted["state"] == "accepted"
    assert accepted["due_step"] == "touch"
    touched = story.do(lead, "touch", kind="call")
    assert touched["due_step"] == "disposition"
    story.wait(3 * DAY)
    converted = story.do(lead, "convert", opportunity="006A0001")
    assert (converted["state"], converted["due_at"], converted["owner"]) == ("converted", None, None)
    assert story.kinds(lead) == [
        "capture", "qualify", "start_routing", "assign", "accept", "touch", "convert",
    ]  # fmt: skip
    turn = Assignment.objects.get(lead=lead)
    assert turn.outcome == "converted"


def test_nobody_in_sales_sees_the_buffer(story: Story) -> None:
    lead = story.form()["id"]
    for rep in story.world.reps:
        assert story.api.get(f"leads/{lead}/", rep.user).status_code == 404
        assert story.api.get("queue/", rep.user).json()["results"] == []


def test_it_is_never_decided_before_three_minutes(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(3 * MINUTE)
    assert story.lead(lead)["state"] == "buffer"
    story.wait(timedelta(milliseconds=1))
    assert story.lead(lead)["state"] == "assigned"


def test_only_the_holder_may_accept(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    holder = story.holder(lead)
    mate = next(rep for rep in story.world.reps if rep.pk != holder.pk)
    story.do(lead, "accept", by=mate, expect=404)
    story.do(lead, "accept", by=story.world.manager, expect=403)
    story.do(lead, "accept", by=story.api.stranger, expect=404)
    story.do(lead, "accept")
    story.do(lead, "accept")
    assert story.kinds(lead).count("accept") == 1


def test_an_acceptance_at_the_deadline_is_in_time(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    holder = story.holder(lead)
    story.wait(2 * HOUR)
    assert story.do(lead, "accept", by=holder)["state"] == "accepted"
    assert "expire" not in story.kinds(lead)


def test_an_acceptance_after_it_is_late_even_before_the_sweep(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    holder = story.holder(lead)
    story.world.now += 2 * HOUR + timedelta(milliseconds=1)
    assert story.do(lead, "accept", by=holder)["state"] == "accepted"
    assert story.kinds(lead)[-2:] == ["expire", "accept"]


def test_a_booked_meeting_moves_the_disposition(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    story.do(lead, "accept")
    meeting = story.world.now + 20 * DAY
    touched = story.do(lead, "touch", kind="meeting", meeting_at=meeting.isoformat())
    assert touched["due_at"] == (meeting + DAY).isoformat().replace("+00:00", "Z")
