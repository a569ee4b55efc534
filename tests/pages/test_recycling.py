"""Giving a lead back from the page: the reasons, what each asks, and what is said when it is not answered."""

from importlib import import_module

import pytest
from django.apps import apps

from leads.models import Reason
from recycle.choosing import answers, outcome
from recycle.models import Feature


def said(response):
    return response.content.decode()


@pytest.fixture
def held(story):
    Feature.objects.create(key="sso", name="Single sign-on")
    story.capture("jim@acme.test")
    return story.to_state("assigned")


def test_every_reason_is_there_with_its_outcome(held, visit):
    text = said(visit(held.owner).get(f"/leads/{held.pk}/recycle/"))
    for reason in Reason.objects.filter(for_people=True):
        assert f'value="{reason.code}"' in text
        assert reason.hint.replace("'", "&#x27;") in text
    assert "Comes back in 90 days" in text
    assert "rule_not_icp" not in text


@pytest.mark.parametrize(
    ("form", "state", "words"),
    [
        ({"reason": "timing"}, "nurture", "comes back on 31 Jan 2027"),
        ({"reason": "timing", "until-timing": "2026-12-24"}, "nurture", "comes back on 24 Dec 2026"),
        ({"reason": "budget", "note": "next year"}, "nurture", "judged again on"),
        ({"reason": "feature_gap", "feature-feature_gap": "sso"}, "nurture", "judged again on"),
        ({"reason": "not_icp"}, "suppressed", "no sales outreach"),
        ({"reason": "bad_data", "field-bad_data": "country"}, "buffer", "enrichment buffer now"),
    ],
)
def test_a_reason_does_what_it_says(form, state, words, held, story, visit):
    response = visit(held.owner).post(f"/leads/{held.pk}/recycle/", form, follow=True)
    assert story.again(held).state == state
    assert words in said(response)


def test_a_duplicate_is_picked_from_what_the_system_offers(held, story, visit):
    client = visit(held.owner)
    other = held.__class__.objects.exclude(pk=held.pk).get()
    assert f'<option value="{other.pk}"' in said(client.get(f"/leads/{held.pk}/recycle/"))
    client.post(f"/leads/{held.pk}/recycle/", {"reason": "duplicate", "lead-duplicate": other.pk})
    assert story.again(held).merged_into_id == other.pk


@pytest.mark.parametrize(
    ("form", "beside"),
    [
        ({}, "reason-error"),
        ({"reason": "rule_not_icp"}, "reason-error"),
        ({"reason": "feature_gap"}, "feature-feature_gap-error"),
        ({"reason": "bad_data"}, "field-bad_data-error"),
        ({"reason": "duplicate"}, "lead-duplicate-error"),
        ({"reason": "timing", "until-timing": "2026-11-03"}, "until-timing-error"),
        ({"reason": "timing", "until-timing": "never"}, "until-timing-error"),
        ({"reason": "budget", "note": "x" * 501}, "note-error"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(form, beside, held, story, visit):
    response = visit(held.owner).post(f"/leads/{held.pk}/recycle/", form)
    assert response.status_code == 422
    assert f'id="{beside}"' in said(response)
    if form.get("reason") == "budget":
        assert "x" * 501 in said(response)
    if form.get("reason") == "bad_data":
        assert "one of Company, Domain, Website," in said(response)
    assert story.again(held).state == "assigned"


def test_by_htmx_a_bad_answer_goes_back_into_the_dialog(held, visit):
    response = visit(held.owner, htmx=True).post(f"/leads/{held.pk}/recycle/", {"reason": "feature_gap"})
    assert response["HX-Retarget"] == "#dialog"
    assert said(response).startswith("<dialog")


def test_by_htmx_a_good_one_answers_with_the_page_it_came_from(held, visit):
    client = visit(held.owner, htmx=True)
    response = client.post(f"/leads/{held.pk}/recycle/", {"reason": "timing", "next": "/"}, follow=True)
    assert 'id="live"' in said(response)
    assert "comes back on" in said(response)


def test_the_chosen_reason_s_own_answers_are_read():
    posted = {"reason": "bad_data", "field-bad_data": "city", "field-wrong_territory": "country", "note": "n"}
    assert answers(posted) == {
        "reason": "bad_data",
        "note": "n",
        "until": "",
        "feature": "",
        "field": "city",
        "lead": "",
    }


def test_outcomes_in_words(world):
    words = {reason.code: outcome(reason) for reason in Reason.objects.select_related("track")}
    assert words["timing"] == "Comes back in 90 days"
    assert words["budget"] == "Judged again in 180 days, or when they look at the prices"
    assert words["wrong_territory"] == "Routed again now"


class TestFeatures:
    def ask(self, story, held, visit):
        visit(held.owner).post(
            f"/leads/{held.pk}/recycle/", {"reason": "feature_gap", "feature-feature_gap": "sso", "note": "needs SCIM"}
        )

    def test_the_queue_names_who_asked_to_who_may_know(self, held, story, visit, stranger):
        self.ask(story, held, visit)
        text = said(visit(story.revops).get("/features/"))
        assert "Single sign-on" in text
        assert "needs SCIM" in text
        assert f"/leads/{held.pk}/" in text
        own = said(visit(held.owner).get("/features/"))
        assert "needs SCIM" in own
        assert f'"/leads/{held.pk}/"' not in own
        other = said(visit(stranger).get("/features/"))
        assert "needs SCIM" not in other
        assert "1 company waiting" in other

    def test_only_revops_ships(self, held, story, visit):
        self.ask(story, held, visit)
        assert "Ship…" not in said(visit(story.manager).get("/features/"))
        assert visit(story.manager).post("/features/sso/ship/").status_code == 403
        response = visit(story.revops).post("/features/sso/ship/", follow=True)
        assert "Shipped. 1 lead comes back" in said(response)
        assert story.again(held).state == "buffer"

    def test_a_feature_that_is_not_there_is_404(self, story, visit):
        assert visit(story.revops).post("/features/nothing/ship/").status_code == 404

    def test_an_empty_list_says_what_comes(self, story, visit):
        assert "Nobody has asked for a feature yet" in said(visit(story.revops).get("/features/"))


def test_the_shipped_words_of_timing_are_renewed_and_those_of_revops_stay(story):
    migration = import_module("recycle.migrations.0004_timing_in_slack")
    timing = Reason.objects.filter(code="timing")
    assert timing.get().hint == migration.NEW
    for before, after in ((migration.OLD, migration.NEW), ("Not now.", "Not now.")):
        timing.update(hint=before)
        migration.reword(apps, None)
        assert timing.get().hint == after
