"""Intent as a lead lives it: signals that fade, visits without a name, webhooks, and the way back past the bar."""

from typing import Any

import pytest
from django.core.management import call_command

from leads.models import Arrival, Identification, IntentSignal, Lead
from revops import jobs
from revops.models import HookEvent
from routing.models import SignalKind, Source
from tests.hooks.conftest import Sender, taken
from tests.journeys.conftest import Story
from tests.world import DAY, HOUR, MINUTE


@pytest.fixture
def kinds(db: None) -> None:
    SignalKind.objects.update_or_create(name="*", defaults={"half_life_days": 30})
    SignalKind.objects.create(name="webinar", points=30, half_life_days=10)
    SignalKind.objects.create(name="page_view", points=5, half_life_days=7, cap=15)


@pytest.fixture
def segment(story: Story, kinds: None) -> Sender:
    """Its website: prices are a signal, other pages another, the form a lead."""
    sender = Sender.make("segment")
    sender.rule("page", "/pricing*", kind="pricing_visit", points=25, position=1)
    sender.rule("page", kind="page_view", position=2)
    sender.rule("track", "form submitted", does="lead", lead_source="demo form", position=3)
    return sender


def waiting(story: Story, email: str = "jo@acme.test", **fields: Any) -> int:
    """A lead below the bar of 40."""
    lead = int(story.form(email, intent_score=20, **fields)["id"])
    story.wait(4 * MINUTE)
    assert story.lead(lead)["reason"] == "rule_low_intent"
    return lead


def iso(story: Story, **ago: Any) -> str:
    return (story.world.now - ago.get("ago", 0 * DAY)).isoformat()


def page(story: Story, id: str, path: str = "/pricing", **more: Any) -> dict[str, Any]:
    told = {"type": "page", "messageId": id, "timestamp": iso(story), "properties": {"path": path}}
    return told | more


class TestFading:
    def test_what_was_done_long_ago_counts_little(self, story: Story, kinds: None) -> None:
        lead = waiting(story)
        story.signal(email="jo@acme.test", kind="webinar", occurred_at=iso(story, ago=10 * DAY))
        assert story.lead(lead)["state"] == "nurture"  # 20 and 15
        story.signal(email="jo@acme.test", kind="webinar", occurred_at=iso(story, ago=20 * DAY))
        assert story.lead(lead)["state"] == "buffer"  # and 7.5
        story.wait(4 * MINUTE)
        intent = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"][-2]["steps"]["intent"]
        assert (intent["score"], intent["passes"]) == (43, True)
        assert intent["parts"] == {"sent": 20, "signals": 23}
        [counted] = intent["kinds"]
        assert (counted["kind"], counted["n"]) == ("webinar", 2)
        assert counted["points"] == pytest.approx(22.5, abs=0.05)

    def test_points_of_a_kind_are_not_the_senders_to_name(self, story: Story, kinds: None) -> None:
        lead = waiting(story)
        for number in range(9):
            story.signal(email="jo@acme.test", kind="page_view", points=100, dedupe_id=f"v{number}")
        assert story.lead(lead)["state"] == "nurture"

    def test_faded_to_nothing_is_nothing_and_not_unknown(self, story: Story, kinds: None) -> None:
        story.signal(email="jo@acme.test", kind="page_view", occurred_at=iso(story, ago=4000 * DAY))
        lead = story.form()["id"]
        story.wait(4 * MINUTE)
        assert story.lead(lead)["reason"] == "rule_low_intent"
        assert "intent 0 is below" in story.why(lead)[0]

    def test_the_page_of_the_lead_tells_each_kind(self, story: Story, kinds: None, client: Any) -> None:
        Source.objects.create(name="webinar list", base_points=10)
        story.signal(email="jo@acme.test", kind="webinar")
        lead = story.form(source="webinar list")["id"]
        story.wait(4 * MINUTE)
        client.force_login(story.world.revops.user)
        told = client.get(f"/leads/{lead}/").content.decode()
        assert "Intent 40 clears the bar of 40: 10 from the source, 30 from signals (webinar 30)." in told


class TestTheWayBack:
    def test_a_company_brings_back_its_people_but_none_with_free_mail(self, story: Story, kinds: None) -> None:
        lead = waiting(story)
        free = waiting(story, "jo@gmail.com", website="acme.test")
        assert Lead.objects.get(pk=free).domain == "acme.test"
        story.signal(domain="acme.test", kind="webinar")
        assert story.lead(lead)["state"] == "buffer"
        assert story.lead(free)["state"] == "nurture"
        jobs.intent()
        assert story.lead(free)["state"] == "nurture"

    def test_a_form_with_a_higher_score(self, story: Story, kinds: None) -> None:
        lead = waiting(story)
        assert story.form(intent_score=35)["state"] == "nurture"
        assert story.form(intent_score=60) | {"url": ""} == {
            "id": lead, "url": "", "outcome": "joined", "merged": True, "state": "buffer",
        }  # fmt: skip

    def test_what_counted_against_somebody_fades(self, story: Story, kinds: None) -> None:
        story.signal(email="jo@acme.test", kind="unsubscribed", points=-40)
        lead = story.form(intent_score=60)["id"]
        story.wait(4 * MINUTE)
        assert story.lead(lead)["reason"] == "rule_low_intent"
        story.world.now += 20 * DAY
        assert jobs.intent() == 0
        story.world.now += 9 * DAY  # 60 - 40 / 2 ** (29 / 30) = 39.5
        assert jobs.intent() == 1
        assert story.lead(lead)["state"] == "buffer"

    def test_a_rule_that_is_changed(self, story: Story, kinds: None) -> None:
        lead = waiting(story)
        story.signal(email="jo@acme.test", kind="webinar", occurred_at=iso(story, ago=10 * DAY))
        assert jobs.intent() == 0
        SignalKind.objects.filter(name="webinar").update(half_life_days=100)
        assert jobs.intent() == 1
        assert story.lead(lead)["state"] == "buffer"


class TestVisitors:
    def test_visits_become_theirs_when_they_identify(self, story: Story, segment: Sender) -> None:
        lead = waiting(story)
        for number in range(2):
            sent = page(story, f"p{number}", anonymousId="a1", timestamp=iso(story, ago=HOUR))
            assert taken(segment.send(sent)) == {"taken": 1}
        assert IntentSignal.objects.filter(person_key="").count() == 2
        assert story.lead(lead)["state"] == "nurture"
        call = {"type": "identify", "messageId": "i1", "anonymousId": "a1", "userId": "u1",
                "traits": {"email": "Jo+web@acme.test"}, "timestamp": iso(story)}  # fmt: skip
        assert taken(segment.send(call)) == {"taken": 1}
        assert story.lead(lead)["state"] == "buffer"
        assert "stitched" in story.kinds(lead)
        assert taken(segment.send(call)) == {"duplicates": 1}
        assert story.kinds(lead).count("stitched") == 1

    def test_a_form_tells_who_the_visitor_was(self, story: Story, segment: Sender) -> None:
        segment.send(page(story, "p1", anonymousId="a1"))
        story.world.now += MINUTE
        story.form(anonymous_id="a1")
        assert set(IntentSignal.objects.values_list("person_key", "is_provisional")) == {("jo@acme.test", False)}

    def test_each_visit_goes_to_who_identified_next_and_stays(self, story: Story, segment: Sender) -> None:
        def visit(id: str) -> None:
            segment.send(page(story, id, anonymousId="a1"))
            story.world.now += HOUR

        def identify(id: str, email: str) -> None:
            call = {"type": "identify", "messageId": id, "anonymousId": "a1", "traits": {"email": email}}
            segment.send(call | {"timestamp": iso(story)})
            story.world.now += HOUR

        def owners() -> dict[str, tuple[str, bool]]:
            rows = IntentSignal.objects.values_list("dedupe_id", "person_key", "is_provisional")
            return {dedupe.rpartition(":")[2]: (person, for_now) for dedupe, person, for_now in rows}

        visit("v1")
        identify("i1", "jo@acme.test")
        visit("v2")
        assert owners() == {"v1": ("jo@acme.test", False), "v2": ("jo@acme.test", True)}
        identify("i2", "bo@acme.test")
        assert owners() == {"v1": ("jo@acme.test", False), "v2": ("bo@acme.test", False)}
        identify("i3", "jo@acme.test")
        assert owners() == {"v1": ("jo@acme.test", False), "v2": ("bo@acme.test", False)}

    def test_a_visit_that_comes_late_finds_its_person(self, story: Story, segment: Sender) -> None:
        """B19: the identification first, then the page before it; and a page after it, of a person known by then."""
        call = {"type": "identify", "messageId": "i1", "anonymousId": "a1", "traits": {"email": "jo@acme.test"}}
        segment.send(call | {"timestamp": iso(story, ago=HOUR)})
        segment.send(page(story, "v1", anonymousId="a1", timestamp=iso(story, ago=2 * HOUR)))
        segment.send(page(story, "v2", anonymousId="a1"))
        segment.send(page(story, "v3", anonymousId="a1", timestamp=iso(story, ago=95 * DAY)))
        found = dict(IntentSignal.objects.values_list("dedupe_id", "is_provisional").exclude(person_key=""))
        assert {name.rpartition(":")[2]: for_now for name, for_now in found.items()} == {"v1": False, "v2": True}

    def test_the_look_back_ends(self, story: Story, segment: Sender) -> None:
        segment.send(page(story, "old", anonymousId="a1", timestamp=iso(story, ago=91 * DAY)))
        segment.send(page(story, "new", anonymousId="a1", timestamp=iso(story, ago=89 * DAY)))
        story.form(anonymous_id="a1")
        assert IntentSignal.objects.get(person_key="").dedupe_id.endswith("old")
        jobs.prune()
        assert IntentSignal.objects.count() == 2  # it came in today
        story.wait(91 * DAY)
        jobs.prune()
        assert IntentSignal.objects.get().person_key == "jo@acme.test"

    def test_a_user_who_is_known_needs_no_address_any_more(self, story: Story, segment: Sender) -> None:
        segment.send(page(story, "v1", userId="u1"))
        assert IntentSignal.objects.get().person_key == ""
        call = {"type": "identify", "messageId": "i1", "userId": "u1", "traits": {"email": "jo@acme.test"}}
        segment.send(call | {"timestamp": iso(story)})
        segment.send(page(story, "v2", userId="u1", anonymousId="a1"))
        segment.send(page(story, "v3", anonymousId="a1"))
        alias = {"type": "alias", "messageId": "l1", "previousId": "old", "userId": "u1", "timestamp": iso(story)}
        segment.send(alias)
        segment.send(page(story, "v4", anonymousId="old"))
        assert set(IntentSignal.objects.values_list("person_key", flat=True)) == {"jo@acme.test"}

    def test_a_friends_address_in_an_event_is_not_who_did_it(self, story: Story, segment: Sender) -> None:
        segment.rule("track", "Invite Sent", kind="invite", position=4)
        call = {"type": "track", "event": "Invite Sent", "messageId": "t1", "anonymousId": "a1",
                "properties": {"email": "friend@other.test"}}  # fmt: skip
        assert taken(segment.send(call)) == {"taken": 1}
        assert (IntentSignal.objects.get().person_key, Identification.objects.count()) == ("", 0)

    def test_a_site_that_identifies_with_every_page_leaves_no_heap(self, story: Story, segment: Sender) -> None:
        for number in range(9):
            story.world.now += HOUR
            call = {"type": "identify", "messageId": f"i{number}", "anonymousId": "a1", "timestamp": iso(story)}
            segment.send(call | {"traits": {"email": "jo@acme.test"}})
        assert Identification.objects.count() == 2

    def test_a_signal_by_api_may_be_a_visitors(self, story: Story, kinds: None) -> None:
        story.signal(anonymous_id="a1", kind="webinar")
        lead = story.form(anonymous_id="a1", intent_score=20)["id"]
        story.wait(4 * MINUTE)
        assert story.lead(lead)["state"] == "assigned"


class TestLeads:
    FORM = {"type": "track", "event": "Form Submitted", "messageId": "f1", "anonymousId": "a1", "properties": {
        "email": "jo@acme.test", "firstName": "Jo", "company": {"name": "Acme", "employee_count": 50},
        "jobTitle": "COO", "intent_score": 100, "url": "https://our-own-site.test/demo", "seats": 4,
    }}  # fmt: skip

    def test_a_form_by_webhook_is_a_lead(self, story: Story, segment: Sender) -> None:
        assert taken(segment.send(self.FORM)) == {"taken": 1}
        lead = Lead.objects.get()
        assert (lead.state, lead.email, lead.first_name, lead.company) == ("buffer", "jo@acme.test", "Jo", "Acme")
        assert (lead.employee_count, lead.job_title, lead.source) == (50, "COO", "demo form")
        assert (lead.domain, lead.intent_score, lead.website) == ("acme.test", None, "")
        assert lead.raw["seats"] == 4
        arrival = Arrival.objects.get()
        assert (arrival.door, arrival.outcome, arrival.reference) == ("hook", "new", "our segment: f1")

    def test_sent_again_it_does_nothing_however_late(self, story: Story, segment: Sender) -> None:
        """B17: at once, after an hour, after thirty days, and after the tidying."""
        segment.send(self.FORM)
        for later in (0 * DAY, HOUR, 30 * DAY, 400 * DAY):
            story.wait(later)
            jobs.prune()
            assert taken(segment.send(self.FORM)) == {"duplicates": 1}
        assert (Lead.objects.count(), Arrival.objects.count(), IntentSignal.objects.count()) == (1, 1, 0)

    def test_without_an_address_it_is_refused_and_in_the_books(self, story: Story, segment: Sender) -> None:
        story.form()
        answer = segment.send({**self.FORM, "properties": {"email": "nobody"}})
        assert answer.status_code == 400
        assert "e-mail" in answer.json()["detail"]
        refused = Arrival.objects.get(outcome="refused")
        assert (refused.door, refused.code, refused.reference) == ("hook", "bad_email", "our segment: f1")
        call_command("audit")

    def test_a_bad_one_among_good_ones_is_refused_alone(self, story: Story, segment: Sender) -> None:
        batch = [page(story, "p1", anonymousId="a1"), 7, {"type": "noise"}, {**self.FORM, "properties": {}},
                 page(story, "p1", anonymousId="a1"), {"type": "screen", "messageId": "s1"}]  # fmt: skip
        assert taken(segment.send({"batch": batch})) == {"taken": 1, "refused": 3, "duplicates": 1, "ignored": 1}
        assert taken(segment.send(batch)) == {"duplicates": 3, "refused": 2, "ignored": 1}

    def test_a_bot_is_nobody(self, story: Story, segment: Sender) -> None:
        robot = {"context": {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, "anonymousId": "a1"}
        assert taken(segment.send(page(story, "p1") | robot)) == {"ignored": 1}
        assert (IntentSignal.objects.count(), HookEvent.objects.count()) == (0, 0)

    def test_rudderstack_and_anybody_who_signs(self, story: Story, kinds: None) -> None:
        rudder, anybody = Sender.make("rudderstack"), Sender.make("standard")
        rudder.rule("group", kind="trial")
        group = {"type": "group", "messageId": "g1", "groupId": "7", "traits": {"website": "https://www.acme.test/"}}
        assert taken(rudder.send(group)) == {"taken": 1}
        anybody.rule("", "webinar.*", kind="webinar_seen", points=3)
        anybody.rule("", "demo.requested", does="lead")
        seen = {"type": "webinar.attended", "timestamp": iso(story), "data": {"email": "jo@acme.test", "points": 12}}
        assert taken(anybody.send(seen, id="m1")) == {"taken": 1}
        assert taken(anybody.send(seen, id="m1")) == {"duplicates": 1}
        asked = {"type": "demo.requested", "data": {"email": "jo@acme.test", "hand_raise": True, "intent_score": 50}}
        assert taken(anybody.send(asked, id="m2")) == {"taken": 1}
        assert taken(anybody.send({"type": "invoice.paid"}, id="m3")) == {"ignored": 1}
        assert set(IntentSignal.objects.values_list("kind", "points", "person_key", "domain")) == {
            ("trial", 10, "", "acme.test"), ("webinar_seen", 12, "jo@acme.test", ""),
        }  # fmt: skip
        assert Lead.objects.get().hand_raise
