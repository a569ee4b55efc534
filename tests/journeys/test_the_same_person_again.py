"""The same person never makes a second open lead; what a second form does depends on where the first one stands."""

from leads.models import Arrival, Delivery, Lead
from tests.journeys.conftest import Story
from tests.world import DAY, HOUR, MINUTE


def test_in_the_buffer_it_joins_and_fills_in(story: Story) -> None:
    first = story.form("jo@acme.test", intent_score=20)
    second = story.form("Jo+demo@ACME.test", intent_score=70, country="NL")
    assert (second["id"], second["merged"]) == (first["id"], True)
    lead = story.lead(first["id"])
    assert (lead["intent_score"], lead["country"], lead["email"]) == (70, "NL", "jo@acme.test")
    assert Arrival.objects.filter(lead=first["id"]).count() == 2


def test_with_a_rep_its_holder_is_told(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    holder = story.holder(lead)
    story.form()
    assert Delivery.objects.get(kind="slack.joined").rep == holder
    assert story.lead(lead)["state"] == "assigned"


def test_a_hand_raise_on_an_accepted_lead_starts_the_first_touch_anew(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    story.do(lead, "accept")
    story.do(lead, "touch", kind="call")
    story.wait(DAY)
    story.form(hand_raise=False)
    assert story.lead(lead)["due_step"] == "disposition"
    story.form(hand_raise=True)
    called = story.lead(lead)
    assert called["due_step"] == "touch"
    assert called["due_at"] == (story.world.now + HOUR).isoformat().replace("+00:00", "Z")


def test_in_nurture_a_form_counts_after_a_rest_that_only_a_hand_raise_breaks(story: Story) -> None:
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    story.do(lead, "recycle", reason="timing")
    story.wait(13 * DAY)
    story.form()
    assert story.lead(lead)["state"] == "nurture"
    story.wait(2 * DAY)
    story.form()
    assert story.lead(lead)["state"] == "buffer"
    story.wait(4 * MINUTE)
    story.do(lead, "recycle", reason="timing")
    story.form(hand_raise=True)
    assert story.lead(lead)["state"] == "buffer"


def test_after_conversion_it_is_a_new_lead_with_a_link(story: Story) -> None:
    first = story.form()["id"]
    story.wait(4 * MINUTE)
    story.do(first, "accept")
    story.do(first, "convert", opportunity="006")
    second = story.form()
    assert second["id"] != first
    assert story.lead(second["id"])["previous"] == first
    assert Lead.objects.count() == 2


def test_two_forms_in_one_file_make_one_lead(story: Story) -> None:
    answers = story.world.capture_all([{"email": "a@b.test"}, {"email": "A+1@b.test"}, {"email": "c@b.test"}])
    assert [answer.outcome for answer in answers] == ["new", "joined", "new"]
