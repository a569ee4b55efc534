"""A lead's page: what is told, to whom, and in how many queries."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.explaining import explain
from leads.models import LeadEvent
from leads.timeline import TELL, Names, told
from revops import lifecycle
from revops.returns import Signal
from routing.models import Decision, Pool, Weight
from tests.world import CLIENT, DAY, HOUR, MINUTE


def said(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_it_tells_where_the_lead_stands_and_why(story, visit):
    lead = story.to_state("assigned", employee_count=50)
    text = said(visit(lead.owner).get(f"/leads/{lead.pk}/"))
    for words in (
        "with <strong>you</strong>",
        "Why you",
        "it was your turn",
        "Whose turn it was",
        "could not take it then",
        "Territories, in their order",
        "fallback",
        "Employee count is at least 10",
        "Qualified: ICP as far as known" if lead.employee_count is None else "Qualified: ICP",
        "2 h to accept",
        "Came in",
        "Into routing",
        "another system through the API",
        "12:04 today",
    ):
        assert words in text, words
    assert "Left out" not in text
    seen_by_the_manager = said(visit(story.manager).get(f"/leads/{lead.pk}/"))
    assert "Left out" in seen_by_the_manager
    assert "takes no leads from routing" in seen_by_the_manager


def test_what_the_directory_said_is_marked(story, visit):
    story.account(industry="Logistics", country="NL")
    lead = story.to_state("assigned", employee_count=50)
    text = said(visit(lead.owner).get(f"/leads/{lead.pk}/"))
    assert '<dd><bdi>Logistics</bdi> <span class="badge info">directory</span></dd>' in text
    assert "<dd><bdi>50 people</bdi></dd>" in text


def test_a_lapse_is_told_with_when_it_was_noticed(story, visit):
    lead = story.to_state("overdue")
    text = said(visit(lead.owner).get(f"/leads/{lead.pk}/"))
    assert "Overdue: nobody accepted or recycled it in time" in text
    assert ", noticed <time" in text


def test_signals_are_listed(story, visit):
    lead = story.to_state("assigned")
    sent = Signal("pricing_visit", 20, story.now, person_key=lead.person_key)
    lifecycle.signal(sent, at=story.now, by=CLIENT)
    text = said(visit(lead.owner).get(f"/leads/{lead.pk}/"))
    assert "Looked at the prices" in text
    assert "Signal: pricing visit (+20)" in text


def test_who_had_it_once_is_told_where_it_is_now(story, visit):
    lead = story.to_state("assigned")
    first = lead.owner
    story.recycle(lead, "budget")
    text = said(visit(first).get(f"/leads/{lead.pk}/"))
    assert "This lead is no longer with you" in text
    assert "Nurture" in text
    assert "jo@acme.test" not in text


def test_a_team_mate_does_not_see_it(story, visit):
    lead = story.to_state("assigned")
    mate = next(rep for rep in story.reps if rep.pk != lead.owner_id)
    assert visit(mate).get(f"/leads/{lead.pk}/").status_code == 404


def test_the_manager_sees_deliveries_and_the_rep_does_not(story, visit, settings):
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    lead = story.to_state("overdue")
    assert "Slack: overdue" in said(visit(story.manager).get(f"/leads/{lead.pk}/"))
    assert "Deliveries" not in said(visit(lead.owner).get(f"/leads/{lead.pk}/"))


def test_the_manager_reads_the_sentence_as_the_rep_s(story, visit):
    lead = story.to_state("assigned")
    text = said(visit(story.manager).get(f"/leads/{lead.pk}/"))
    whose = f"{lead.owner.name}&#x27;s"
    for words in (f"it was {whose} turn.", f"Then it is overdue and {whose} manager is told."):
        assert words in text, words
    for words in ("your turn", "your manager"):
        assert words not in text, words
    assert Decision.objects.filter(lead=lead, sentence__endswith="it was your turn.").exists()
    text = said(visit(lead.owner).get(f"/leads/{lead.pk}/"))
    assert "it was your turn." in text
    assert "your manager is told" in text


def test_the_page_says_who_was_due_first_in_the_order_that_picked(story, visit):
    """By weight the one who gets it is at the head, ahead of who is owed more."""
    pool = Pool.objects.get()
    Pool.objects.update(strategy="weighted")
    Weight.objects.create(pool=pool, rep=story.reps[0], weight=3)
    for number in range(4):
        lead = story.to_state("assigned", email=f"p{number}@acme{number}.test")
        one = Decision.objects.get(lead=lead, kind="routing")
        told = explain(one, reps={rep.pk: rep.name for rep in story.reps}, deals={})
        assert told.turns[0][0] == lead.owner.name
        assert told.turns[0][1].startswith("due "), told.turns
    text = said(visit(lead.owner).get(f"/leads/{lead.pk}/"))
    for words in ("by weight you were due your next one first.", "is due first and gets it", "not due yet"):
        assert words in text, words


def test_every_end_of_a_lead_has_a_page(story, visit):
    client = visit(story.revops)
    for number, (state, reason) in enumerate(
        [("nurture", "timing"), ("suppressed", "not_icp"), ("buffer", "bad_data")]
    ):
        lead = story.to_state("assigned", email=f"p{number}@acme{number}.test")
        story.recycle(lead, reason, **({"field": "country"} if reason == "bad_data" else {}))
        assert story.again(lead).state == state
        said(client.get(f"/leads/{lead.pk}/"))


def test_a_whole_life_is_told_in_words(story, visit):
    lead = story.to_state("shark_tank")
    for _day in range(6):
        story.pass_time(DAY)
    kinds = set(LeadEvent.objects.filter(lead=lead).values_list("kind", flat=True))
    assert kinds <= set(TELL), kinds - set(TELL)
    text = said(visit(story.revops).get(f"/leads/{lead.pk}/"))
    assert "Something was recorded" not in text
    assert "Into the Shark Tank" in text
    assert "up the ladder" in text


def test_an_event_of_a_kind_not_known_yet_is_still_told():
    assert told(LeadEvent(kind="something_new"), Names({}, {})) == "Something was recorded"


def test_the_number_of_queries_does_not_grow_with_the_history(story, visit):
    lead = story.to_state("assigned")
    client = visit(story.revops)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            said(client.get(f"/leads/{lead.pk}/"))
        return len(seen)

    queries()
    few = queries()
    for _time in range(6):
        story.pass_time(8 * HOUR + MINUTE)
        story.capture()
    assert lead.events.count() > 12
    assert abs(queries() - few) <= 1
