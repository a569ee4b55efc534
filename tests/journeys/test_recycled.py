"""Given back with a reason, and every reason has its own way on."""

from datetime import timedelta

import pytest

from leads.models import Assignment, Delivery, IntentSignal, Lead, Suppression
from recycle.models import Dispute, Enrolment, Feature
from revops import lifecycle
from routing.models import Pool, Share
from tests.journeys.conftest import Story
from tests.world import DAY, HOUR, MINUTE


@pytest.fixture
def lead(story: Story) -> int:
    """With a rep, not yet accepted."""
    lead_id: int = story.form(intent_score=80, employee_count=200)["id"]
    story.wait(4 * MINUTE)
    return lead_id


def day(story: Story, days: int) -> str:
    return (story.world.now + timedelta(days=days)).date().isoformat()


def test_timing_comes_back_in_ninety_days(story: Story, lead: int) -> None:
    resting = story.do(lead, "recycle", reason="timing")
    assert (resting["state"], resting["reason"], resting["owner"]) == ("nurture", "timing", None)
    assert resting["due_at"][:10] == day(story, 90)
    assert Delivery.objects.filter(kind="map.enrol", lead=lead).exists()
    story.wait(90 * DAY + MINUTE)
    assert story.lead(lead)["state"] == "buffer"
    story.wait(4 * MINUTE)
    assert story.lead(lead)["state"] in ("assigned", "routing")
    assert story.lead(lead)["life"] == 2


@pytest.mark.parametrize(("days", "status"), [(13, 400), (14, 200), (365, 200), (366, 400)])
def test_timing_with_a_date(story: Story, lead: int, days: int, status: int) -> None:
    answer = story.do(lead, "recycle", reason="timing", until=day(story, days), expect=status)
    if status == 200:
        assert answer["due_at"][:10] == day(story, days)
    else:
        assert "14 to 365" in answer["errors"]["until"][0]


def test_budget_comes_back_with_a_pricing_visit(story: Story, lead: int) -> None:
    rep = story.holder(lead)
    story.do(lead, "recycle", reason="budget")
    story.signal(email="jo+later@acme.test", kind="blog_visit", points=1)
    assert story.lead(lead)["state"] == "nurture"
    story.signal(email="Jo@Acme.test", kind="pricing_visit", points=10, dedupe_id="v1")
    story.signal(email="Jo@Acme.test", kind="pricing_visit", points=10, dedupe_id="v1")
    assert story.lead(lead)["state"] == "buffer"
    told = Delivery.objects.get(kind="slack.pricing_visit")
    assert (told.rep, told.team) == (rep, story.world.team)
    assert IntentSignal.objects.filter(kind="pricing_visit").count() == 1


def test_a_feature_gap_comes_back_when_it_ships(story: Story, lead: int) -> None:
    Feature.objects.create(key="sso", name="Single sign-on")
    asked = story.do(lead, "recycle", reason="feature_gap", expect=400)
    assert "feature" in asked["errors"]
    story.do(lead, "recycle", reason="feature_gap", feature="sso")
    assert Enrolment.objects.get(lead=lead).feature_id == Feature.objects.get().pk
    revops = story.world.revops.user
    assert story.api.post("features/sso/ship/", story.world.reps[0].user).status_code == 403
    assert story.api.post("features/sso/ship/", revops).status_code == 200
    assert story.lead(lead)["state"] == "buffer"
    assert story.api.post("features/sso/ship/", revops).status_code == 200
    assert story.kinds(lead).count("re_engage") == 1


@pytest.mark.long
def test_a_shipped_feature_is_no_flood(story: Story) -> None:
    """Returns are paced per rep and day."""
    Feature.objects.create(key="sso", name="Single sign-on")
    leads = [story.form(f"p{number}@acme.test")["id"] for number in range(40)]
    story.wait(4 * MINUTE)
    for each in leads:
        story.do(each, "recycle", reason="feature_gap", feature="sso")
    story.api.post("features/sso/ship/", story.world.revops.user)
    story.wait(DAY)
    back = Lead.objects.exclude(state="nurture").count()
    assert 1 <= back <= 3 * 10 + 1
    story.wait(DAY)
    assert not Lead.objects.filter(state="nurture").exists()


def test_not_icp_is_suppressed_for_good_and_disputed(story: Story, lead: int) -> None:
    ended = story.do(lead, "recycle", reason="not_icp")
    assert (ended["state"], ended["due_at"]) == ("suppressed", None)
    [dispute] = Dispute.objects.all()
    assert dispute.criteria_met == ["employee count is at least 10"]
    again = story.form("JO+again@acme.test", hand_raise=True)
    assert again["state"] == "suppressed"
    assert Lead.objects.count() == 1
    assert story.kinds(lead)[-1] == "came_back"
    assert Suppression.objects.get().person_key == "jo@acme.test"
    assert story.form("ann@acme.test")["state"] == "buffer"


def test_wrong_territory_is_routed_again_and_not_held_against_the_rep(story: Story, lead: int) -> None:
    rep = story.holder(lead)
    assert "field" in story.do(lead, "recycle", reason="wrong_territory", expect=400)["errors"]
    story.do(lead, "recycle", reason="wrong_territory", field="country")
    moved = story.lead(lead)
    # The only territory is left out now, so it is for the team's manager to say whose it is.
    assert moved["state"] == "assigned"
    assert story.holder(lead).pk != rep.pk
    assert Share.objects.get(pool=Pool.objects.get(), rep=rep).credit == 1


def test_bad_data_is_enriched_and_judged_again(story: Story) -> None:
    story.world.account(employee_count=500, country="DE")
    lead = story.form(country="France")["id"]
    story.wait(4 * MINUTE)
    assert story.lead(lead)["country"] == "FR"
    story.do(lead, "recycle", reason="bad_data", field="country")
    assert story.lead(lead)["state"] == "buffer"
    story.wait(4 * MINUTE)
    mended = story.lead(lead)
    assert (mended["state"], mended["country"]) == ("assigned", "DE")


def test_a_duplicate_is_merged_into_one_the_system_offers(story: Story, lead: int) -> None:
    other = story.form("ann@acme.test")["id"]
    elsewhere = story.form("max@else.test", company="Else")["id"]
    assert "lead" in story.do(lead, "recycle", reason="duplicate", lead=elsewhere, expect=400)["errors"]
    merged = story.do(lead, "recycle", reason="duplicate", lead=other)
    assert (merged["state"], merged["merged_into"]) == ("merged", other)


def test_a_customer_goes_to_the_accounts_owner(story: Story) -> None:
    owner = story.world.reps[2]
    lead = story.form()["id"]
    story.wait(4 * MINUTE)
    account = story.world.account(owner=owner)
    Lead.objects.filter(pk=lead).update(account=account)
    story.do(lead, "recycle", reason="customer")
    assert story.holder(lead).pk == owner.pk


def test_there_is_no_third_option(story: Story, lead: int) -> None:
    unknown = story.do(lead, "recycle", reason="snooze", expect=400)
    assert "timing" in unknown["errors"]["reason"][0]
    for verb in ("reject", "reassign", "snooze"):
        rep = story.holder(lead)
        assert story.api.post(f"leads/{lead}/{verb}/", rep.user, {}).status_code == 404
    assert story.api.client(story.world.revops.user).patch(f"/api/v1/leads/{lead}/", {}).status_code == 405


def test_recycling_untouched_after_hours_still_counts_once(story: Story, lead: int) -> None:
    story.wait(2 * HOUR + MINUTE)
    story.do(lead, "recycle", reason="timing")
    assert story.kinds(lead)[-2:] == ["expire", "nurture"]


def test_suppressing_somebody_ends_the_lead_they_have(story: Story, lead: int) -> None:
    other = story.form("ann@mail.acme.test")["id"]
    row = Suppression(domain="acme.test", scope="sales", note="A competitor")
    ended = lifecycle.suppress(row, at=story.world.now, by=story.world.actor(story.world.revops))
    assert ended == 2
    assert {story.lead(lead)["state"], story.lead(other)["state"]} == {"suppressed"}
    assert story.form("new@acme.test")["state"] == "suppressed"


@pytest.mark.parametrize(("reason", "answers"), [("wrong_territory", {"field": "country"}), ("customer", {})])
def test_the_reason_stays_with_the_turn_on_every_road(
    story: Story, lead: int, reason: str, answers: dict[str, str]
) -> None:
    story.do(lead, "recycle", reason=reason, **answers)
    turn = Assignment.objects.filter(lead=lead).order_by("pk").first()
    assert turn is not None
    assert turn.reason is not None
    assert (turn.outcome, turn.reason.code) == ("recycled", reason)


def test_bad_data_is_no_endless_snooze(story: Story, lead: int) -> None:
    """Three slips in one life and the manager has it."""
    for _turn in range(3):
        story.do(lead, "recycle", reason="bad_data", field="country")
        story.wait(4 * MINUTE)
    assert story.holder(lead) == story.world.manager


def test_two_leads_never_end_in_each_other(story: Story, lead: int) -> None:
    other = story.form("ann@acme.test")["id"]
    story.wait(4 * MINUTE)
    story.do(lead, "recycle", reason="duplicate", lead=other)
    assert "lead" in story.do(other, "recycle", reason="duplicate", lead=lead, expect=400)["errors"]
    assert story.lead(other)["state"] == "assigned"


def test_a_shipped_feature_is_nothing_to_wait_for(story: Story, lead: int) -> None:
    Feature.objects.create(key="sso", name="Single sign-on", shipped_at=story.world.now)
    refused = story.do(lead, "recycle", reason="feature_gap", feature="sso", expect=400)
    assert "shipped already" in refused["errors"]["feature"][0]


@pytest.mark.long
def test_returns_on_one_date_are_no_flood(story: Story) -> None:
    """Three reps, ten a day each: the rest of fifty waits for its slot, and nothing waits for ever."""
    leads = [story.form(f"p{number}@acme.test")["id"] for number in range(50)]
    story.wait(4 * MINUTE)
    for each in leads:
        story.do(each, "recycle", reason="timing")
    story.wait(90 * DAY + MINUTE)
    assert Lead.objects.exclude(state="nurture").count() == 30
    assert story.kinds(leads[-1])[-1] == "paced"
    # The next day's worth is spread over the next day.
    story.wait(DAY)
    story.wait(DAY)
    assert not Lead.objects.filter(state="nurture").exists()
