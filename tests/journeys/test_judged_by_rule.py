"""The buffer's verdicts: enrichment, ICP, intent, open deals. By rule, and never by hand."""

import pytest

from leads.models import Lead
from recycle.models import Enrolment
from routing.models import Absence, Enquiry, EnrichmentAnswer
from tests.journeys.conftest import Story
from tests.world import DAY, HOUR, MINUTE


def test_the_directory_fills_what_the_form_left_blank(story: Story) -> None:
    account = story.world.account(employee_count=300, country="NL", industry="B2B")
    lead = story.form(country="Belgium")["id"]
    story.wait(4 * MINUTE)
    known = story.lead(lead)
    assert (known["employee_count"], known["country"], known["industry"]) == (300, "BE", "B2B")
    assert known["account"]["id"] == account.pk
    answer = EnrichmentAnswer.objects.get(lead=lead)
    assert (answer.provider, answer.outcome) == ("directory", "match")
    assert set(answer.values) == {"account", "by", "employee_count", "industry"}


def test_an_answer_still_out_is_waited_for_and_no_longer_than_five_minutes(story: Story) -> None:
    lead = story.form()["id"]
    now = story.world.now
    Enquiry.objects.create(lead_id=lead, domain="acme.test", asked_at=now, next_try_at=now + DAY)
    story.wait(4 * MINUTE)
    assert (story.lead(lead)["state"], story.lead(lead)["due_step"]) == ("buffer", "ceiling")
    story.wait(MINUTE + MINUTE / 60)
    assert story.lead(lead)["state"] == "assigned"


def test_not_icp_waits_and_is_judged_again_by_the_rules_of_then(story: Story) -> None:
    lead = story.form(employee_count=3, intent_score=90)["id"]
    story.wait(4 * MINUTE)
    resting = story.lead(lead)
    assert (resting["state"], resting["reason"], resting["due_step"]) == ("nurture", "rule_not_icp", "review")
    assert story.why(lead)[0].startswith("Not ICP")
    story.world.profile.criteria = {}
    story.world.profile.save()
    story.wait(180 * DAY + MINUTE)
    assert story.lead(lead)["state"] == "buffer"
    story.wait(4 * MINUTE)
    assert story.lead(lead)["aql_at"] is not None


def test_after_three_reviews_it_is_looked_at_once_a_year(story: Story) -> None:
    lead = story.form(employee_count=3)["id"]
    waits = []
    for _review in range(4):
        story.wait(4 * MINUTE)
        entered, due = Lead.objects.values_list("entered_at", "due_at").get(pk=lead)
        waits.append(round((due - entered) / DAY))
        story.world.now = due + MINUTE
        story.wait(0 * MINUTE)
    assert waits == [180, 180, 365, 365]
    assert Enrolment.objects.filter(lead=lead, ended_at=None).count() == 0


def test_unknown_is_not_false(story: Story) -> None:
    """No size known and no score sent: both unknown, and unknown passes."""
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    assert story.lead(lead)["state"] == "assigned"
    verdict = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"][-1]
    assert verdict["steps"]["criteria"][0]["found"] is None


def test_intent_below_the_bar_comes_back_by_itself(story: Story) -> None:
    lead = story.form(intent_score=20)["id"]
    story.wait(4 * MINUTE)
    assert story.lead(lead)["reason"] == "rule_low_intent"
    story.signal(email="jo@acme.test", kind="webinar", points=10)
    assert story.lead(lead)["state"] == "nurture"
    story.signal(domain="acme.test", kind="site_visit", points=15)
    assert story.lead(lead)["state"] == "buffer"
    story.wait(4 * MINUTE)
    assert story.lead(lead)["state"] == "assigned"


def test_a_hand_raise_skips_the_bar(story: Story) -> None:
    lead = story.form(intent_score=5, hand_raise=True)["id"]
    story.wait(4 * MINUTE)
    assert story.lead(lead)["state"] == "assigned"


class TestOpenDeal:
    """An open deal at the account: its owner, past territories, caps and turns, and never the pool."""

    def test_straight_to_the_owner_whatever_the_icp_says(self, story: Story) -> None:
        owner = story.world.reps[2]
        story.world.deal(story.world.account(employee_count=2), owner)
        lead = story.form(intent_score=1)["id"]
        story.wait(4 * MINUTE)
        assert story.holder(lead).pk == owner.pk
        assert "open deal" in story.why(lead)[0]
        assert "start_routing" not in story.kinds(lead)

    @pytest.mark.parametrize(
        "changed", [{"is_closed": True}, {"last_activity_at": "old"}, {"close_date": "2026-01-01"}]
    )
    def test_a_deal_that_does_not_count(self, story: Story, changed: dict[str, object]) -> None:
        if changed.get("last_activity_at"):
            changed = {"last_activity_at": story.world.now - 91 * DAY}
        story.world.deal(story.world.account(), story.world.reps[2], **changed)
        lead = story.form()["id"]
        story.wait(4 * MINUTE)
        assert "start_routing" in story.kinds(lead)

    def test_of_several_the_one_that_knows_the_person(self, story: Story) -> None:
        account = story.world.account()
        story.world.deal(account, story.world.reps[0], name="Recent")
        story.world.deal(
            account, story.world.reps[1], name="Theirs", contacts=["Jo@acme.test"],
            last_activity_at=story.world.now - DAY,
        )  # fmt: skip
        lead = story.form()["id"]
        story.wait(4 * MINUTE)
        assert story.holder(lead).pk == story.world.reps[1].pk
        decision = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"][0]
        assert decision["steps"]["deals_left_out"][0]["why"] == "another has this person as a contact"

    def test_an_owner_who_is_away_is_stood_in_for(self, story: Story) -> None:
        away, keeper = story.world.reps[0], story.world.reps[1]
        Absence.objects.create(rep=away, starts_at=story.world.now - DAY, ends_at=story.world.now + DAY)
        story.world.deal(story.world.account(owner=keeper), away)
        lead = story.form()["id"]
        story.wait(4 * MINUTE)
        assert story.holder(lead).pk == keeper.pk

    def test_it_climbs_its_own_ladder_and_never_enters_the_pool(self, story: Story) -> None:
        owner, keeper = story.world.reps[0], story.world.reps[1]
        story.world.deal(story.world.account(owner=keeper), owner)
        lead = story.form()["id"]
        story.wait(4 * MINUTE)
        holders = [story.holder(lead).pk]
        for _hour in range(24 * 6):
            story.wait(HOUR)
            if story.holder(lead).pk != holders[-1]:
                holders.append(story.holder(lead).pk)
        world = story.world
        assert holders == [owner.pk, keeper.pk, world.manager.pk, world.revops.pk]
        assert not {"release", "reroute", "start_routing"} & set(story.kinds(lead))
