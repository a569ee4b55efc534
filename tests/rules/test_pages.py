"""The pages of the rules: what is saved is a version or waits in the draft, and says so."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import Draft, RuleSet, Territory
from revops import rules
from routing.models import IcpProfile, LoadCap, Pool, Weight
from sla.models import Policy
from tests.admin.conftest import said, typed
from tests.admin.test_people import change, save
from tests.admin.test_rules import errors
from tests.rules.conftest import Desk
from tests.world import World

VERSIONS = "/admin/leads/ruleset/"
WAITS = "stays in force until it is published"


def page_of(name: str, *args: Any) -> str:
    return reverse(f"admin:leads_ruleset_{name}", args=args)


def text(client: Client, url: str) -> str:
    page = client.get(url)
    assert page.status_code == 200, url
    return str(page.content.decode())


def test_a_save_on_any_page_of_the_rules_is_a_version_with_its_author(world: World, rita: Client) -> None:
    cap = LoadCap.objects.create(team=world.team, per_day=9)
    rules.keep(at=world.now)
    saves: list[tuple[Any, dict[str, Any], str]] = [
        (world.territory, {"pool-0-longest_wait": 24}, "Longest wait: 96 h → 24 h"),
        (world.profile, {"intent_bar": 55}, "Intent bar: 40 → 55"),
        (world.policy, {"accept_within": 90}, "Accept within (min): 120 → 90"),
        (cap, {"per_day": 12}, "Each of Mid-market: at most 9 a day → at most 12 a day"),
    ]
    for number, (row, changes, told) in enumerate(saves, start=2):
        page = save(rita, change(row), **changes)
        kept = RuleSet.objects.latest("number")
        assert (kept.number, kept.by, kept.at) == (number, world.revops.user, world.now), row
        assert (
            f'In force now, as <a class="message-link" href="{page_of("change", kept.pk)}">version {number}</a>'
            in said(page)
        )
        assert told in text(rita, page_of("change", kept.pk)), row
    rita.post(reverse("admin:routing_loadcap_delete", args=[cap.pk]), {"post": "yes"})
    many = {"action": "delete_selected", "_selected_action": [Policy.objects.create(name="Web", source="web").pk]}
    rita.post(reverse("admin:sla_policy_changelist"), many | {"post": "yes"})
    assert "Load caps: each of Mid-market: at most 12 a day → none" in text(rita, VERSIONS)
    assert not Policy.objects.filter(name="Web").exists()
    assert rules.standing().pk == RuleSet.objects.latest("number").pk


@pytest.mark.parametrize(("cap", "unit"), [("per_hour", "an hour"), ("open_leads", "held at a time")])
def test_a_cap_of_0_is_warned_of(world: World, rita: Client, cap: str, unit: str) -> None:
    page = save(rita, change(LoadCap.objects.create(team=world.team, per_day=9)), **{cap: 0})
    assert f"With 0 {unit}, a rep of {world.team}" in said(page)
    assert "With 0" not in said(save(rita, change(LoadCap.objects.get()), **{cap: 4, "claims_per_day": 0}))


def test_what_is_typed_in_another_way_is_no_version(world: World, rita: Client) -> None:
    Pool.objects.update(skills=["german"])
    rules.keep(at=world.now)
    for typed_anew in ("german, ", " GERMAN"):
        page = save(rita, change(world.territory), **{"pool-0-skills": typed_anew})
        kept = Pool.objects.get()
        told = "In force now" in said(page)
        assert told == (kept.skills != ["german"]), (typed_anew, kept.skills)
    one = {"field": "country", "op": "is", "value": "DE"}
    for criteria in ({"all": [one]}, {"all": [{"all": [one]}]}):
        assert "In force now" in said(save(rita, change(world.profile), criteria=json.dumps(criteria)))
    told = text(rita, VERSIONS)
    assert "Nothing that is told in words here" not in told
    assert "ICP: the same in another way: country is DE" in told


def test_saving_without_a_change_is_no_version(world: World, rita: Client) -> None:
    rules.keep(at=world.now)
    for row in (world.territory, world.profile, world.policy):
        assert "In force now" not in said(save(rita, change(row)))
    assert RuleSet.objects.count() == 1


def test_what_another_saved_since_is_not_written_over_unseen(world: World, rita: Client) -> None:
    """Two look, one saves: the other is told what saving theirs would write over, and may then do so."""
    cap = LoadCap.objects.create(team=world.team, per_day=9, per_hour=3)
    saves: list[tuple[Any, dict[str, Any], dict[str, Any], str]] = [
        (world.territory, {"pool-0-longest_wait": 50}, {"pool-0-skill_field": "custom.x"}, "Longest wait (h) (now 50)"),
        (world.profile, {"intent_bar": 55}, {"name": "Other"}, "Intent bar (now 55)"),
        (world.policy, {"accept_within": 90}, {"name": "Other"}, "Accept within (now 90)"),
        (cap, {"per_day": 12}, {"per_hour": 4}, "Per day (now 12)"),
    ]
    for row, theirs, mine, told in saves:
        stale = typed(rita, change(row), **mine)
        save(rita, change(row), **theirs)
        versions = RuleSet.objects.count()
        page = rita.post(change(row), stale)
        assert page.status_code == 200, row
        assert "changed this since you opened it" in page.content.decode(), row
        assert told in said(page), row
        assert RuleSet.objects.count() == versions, row
        [now] = theirs
        assert str(typed(rita, change(row))[now]) == str(theirs[now]), "theirs stands"
        again = stale | theirs | {"seen": page.context["adminform"].form["seen"].value()}
        assert "In force now" in said(rita.post(change(row), again, follow=True)), row
        [name] = mine
        assert str(typed(rita, change(row))[name]) == str(mine[name]), row


def test_a_form_that_does_not_say_what_it_showed_saves_nothing(world: World, rita: Client) -> None:
    data = typed(rita, change(world.policy), accept_within=90)
    del data["seen"]
    assert "changed this since you opened it" in rita.post(change(world.policy), data).content.decode()
    assert Policy.objects.get(pk=world.policy.pk).accept_within == 120


def test_every_page_of_the_rules_says_that_a_draft_is_open(world: World, rita: Client, desk: Desk) -> None:
    cap = LoadCap.objects.create(rep=world.reps[0], open_leads=9)
    urls = [change(row) for row in (world.territory, world.profile, world.policy, cap)]
    urls += [url.rsplit("/", 3)[0] + "/" for url in urls]
    assert not any(WAITS in text(rita, url) for url in urls)
    desk.open_draft()
    for url in urls:
        assert WAITS in text(rita, url), url
    page = save(rita, change(world.profile), intent_bar=60)
    assert WAITS in said(page)
    assert "In force now" not in said(page)
    assert rules.standing().routing.intent_bar == 40
    assert "A draft of the rules is open: version 1" in text(rita, "/admin/")


def test_a_draft_is_opened_filled_and_published_with_a_note(world: World, rita: Client) -> None:
    assert "Open a draft?" in text(rita, page_of("open_draft"))
    assert not Draft.objects.exists(), "looking opens none"
    rita.post(page_of("open_draft"))
    assert Draft.objects.get().by == world.revops.user
    assert "Nothing is changed in it yet." in text(rita, VERSIONS)
    save(rita, change(world.policy), accept_within=60)
    assert "Accept within (min): 120 → 60" in text(rita, VERSIONS)
    asked = rita.get(page_of("publish"))
    assert "Accept within (min): 120 → 60" in asked.content.decode()
    seen = asked.context["form"]["seen"].value()
    page = rita.post(page_of("publish"), {"seen": seen, "note": " Faster. "}, follow=True)
    assert "Version 2 is in force." in said(page)
    kept = RuleSet.objects.latest("number")
    assert (kept.note, kept.by) == ("Faster.", world.revops.user)
    assert not Draft.objects.exists()


def test_what_changed_since_it_was_looked_at_is_not_published_unseen(world: World, rita: Client) -> None:
    rita.post(page_of("open_draft"))
    seen = rita.get(page_of("publish")).context["form"]["seen"].value()
    save(rita, change(world.policy), accept_within=60)
    page = rita.post(page_of("publish"), {"seen": seen, "note": "n"})
    assert "The draft was changed meanwhile." in page.content.decode()
    assert Draft.objects.exists()
    seen = page.context["form"]["seen"].value()
    assert "Version 2 is in force." in said(rita.post(page_of("publish"), {"seen": seen}, follow=True))


def test_a_draft_without_a_fallback_warns_before_it_is_published(world: World, rita: Client) -> None:
    rita.post(page_of("open_draft"))
    assert "is the fallback now" not in text(rita, page_of("publish"))
    Pool.objects.update(active=False)
    assert "leads which fit nowhere go to the last resort" in text(rita, page_of("publish"))


def test_a_draft_is_discarded_after_showing_what_is_lost(world: World, rita: Client) -> None:
    rita.post(page_of("open_draft"))
    save(rita, change(world.profile), intent_bar=80)
    assert "Intent bar: 40 → 80" in text(rita, page_of("discard"))
    rita.post(page_of("discard"), _seen(rita, "discard"))
    assert IcpProfile.objects.get().intent_bar == 40
    assert not Draft.objects.exists()


def test_rolling_back_takes_one_click_and_one_yes(world: World, rita: Client) -> None:
    rules.keep(at=world.now)
    first = RuleSet.objects.get()
    save(rita, change(world.profile), intent_bar=80)
    one = text(rita, page_of("change", first.pk))
    assert "Intent bar: 80 → 40" in one
    assert page_of("roll_back", first.pk) in one
    assert page_of("roll_back", first.pk) not in text(rita, page_of("change", rules.standing().pk))
    page = rita.post(page_of("roll_back", first.pk), _seen(rita, "roll_back", first.pk), follow=True)
    assert "Version 3 is in force: it says what version 1 says." in said(page)
    assert IcpProfile.objects.get().intent_bar == 40
    assert "Version 1 was in force already." in said(
        rita.post(page_of("roll_back", first.pk), _seen(rita, "roll_back", first.pk), follow=True)
    )


def test_a_verb_that_is_not_possible_says_so_and_changes_nothing(world: World, rita: Client) -> None:
    for name in ("publish", "discard"):
        for page in (rita.get(page_of(name), follow=True), rita.post(page_of(name), {"seen": ""}, follow=True)):
            assert "No draft is open any more." in said(page)
    rita.post(page_of("open_draft"))
    assert "A draft is open: publish or discard it first." in said(rita.post(page_of("open_draft"), follow=True))
    first = RuleSet.objects.get()
    for page in (
        rita.get(page_of("roll_back", first.pk), follow=True),
        rita.post(page_of("roll_back", first.pk), follow=True),
    ):
        assert "A draft is open" in said(page)
    assert rita.get(page_of("roll_back", first.pk + 99)).status_code == 404
    assert rita.get(f"{VERSIONS}none/change/").status_code == 404


def test_what_is_in_force_by_now_is_not_rolled_back_unseen(world: World, rita: Client) -> None:
    """The page was opened before somebody published: it shows what rolling back takes away now, then does it."""
    rules.keep(at=world.now)
    first = RuleSet.objects.get()
    save(rita, change(world.profile), intent_bar=80)
    asked = _seen(rita, "roll_back", first.pk)
    rita.post(page_of("open_draft"))
    save(rita, change(world.policy), accept_within=60)
    rita.post(page_of("publish"), _seen(rita, "publish"))
    page = rita.post(page_of("roll_back", first.pk), asked)
    assert "What is in force was changed meanwhile." in page.content.decode()
    assert "Accept within (min): 60 → 120" in page.content.decode()
    assert RuleSet.objects.latest("number").number == 3
    again = {"seen": page.context["form"]["seen"].value()}
    assert "Version 4 is in force" in said(rita.post(page_of("roll_back", first.pk), again, follow=True))


def test_a_draft_that_another_wrote_in_is_not_discarded_unseen(world: World, rita: Client) -> None:
    rita.post(page_of("open_draft"))
    asked = _seen(rita, "discard")
    save(rita, change(world.policy), accept_within=60)
    page = rita.post(page_of("discard"), asked)
    assert "The draft was changed meanwhile." in page.content.decode()
    assert "Accept within (min): 120 → 60" in page.content.decode()
    assert Draft.objects.exists()


def test_while_a_draft_is_open_no_page_offers_to_roll_back(world: World, rita: Client) -> None:
    rules.keep(at=world.now)
    first = RuleSet.objects.get()
    save(rita, change(world.profile), intent_bar=80)
    rita.post(page_of("open_draft"))
    told = text(rita, page_of("change", first.pk))
    assert "publish or discard the draft first" in told
    assert page_of("roll_back", first.pk) not in told


def _seen(client: Client, name: str, *args: Any) -> dict[str, str]:
    return {"seen": str(client.get(page_of(name, *args)).context["form"]["seen"].value())}


def test_nobody_but_revops_sees_or_changes_them(world: World, mona: Client, desk: Desk) -> None:
    first = desk.as_written()
    desk.open_draft()
    urls = [VERSIONS, page_of("change", first.pk), page_of("roll_back", first.pk), "/admin/routing/loadcap/"]
    urls += [page_of(name) for name in ("open_draft", "publish", "discard")]
    urls += [reverse("admin:leads_territory_coverage"), change(world.territory)]
    for url in urls:
        assert mona.get(url).status_code == 403, url
        assert mona.post(url, {}).status_code in (403, 405), url
        assert Client().get(url).status_code == 302, url
    assert Draft.objects.exists()


def test_a_territory_s_rule_is_all_on_its_page(world: World, rita: Client) -> None:
    ada, ben, _cleo = world.reps
    save(
        rita,
        change(world.territory),
        **{
            "pool-0-strategy": "weighted",
            f"pool-0-weights-{ada.pk}": 3,
            f"pool-0-weights-{ben.pk}": "",
            "pool-0-owner_first": None,
            "pool-0-skills": "German, healthcare,, GERMAN",
            "pool-0-skill_field": "custom.language",
            "pool-0-longest_wait": 12,
            "pool-0-then": "shark_tank",
        },
    )
    pool = Pool.objects.get()
    assert (pool.strategy, pool.owner_first, pool.skill_field, pool.longest_wait, pool.then) == (
        "weighted", False, "custom.language", 12, "shark_tank",
    )  # fmt: skip
    assert pool.skills == ["german", "healthcare"]
    assert list(Weight.objects.values_list("rep", "weight")) == [(ada.pk, 3)]
    told = text(rita, page_of("change", rules.standing().pk))
    assert "Weights: Ada 3, everybody else 1" in told
    assert "Skills its reps must have: german, healthcare" in told
    url = change(world.territory)
    save(rita, url, **{f"pool-0-weights-{ada.pk}": 1})
    assert not Weight.objects.exists()
    assert "Weight of Ada: 3 → 1" in text(rita, page_of("change", rules.standing().pk))


@pytest.mark.parametrize("weight", ["0", "101", "-1", "2.5", "many", "9" * 40])
def test_a_weight_out_of_bounds_is_told_by_name(world: World, rita: Client, weight: str) -> None:
    url = change(world.territory)
    page = rita.post(url, typed(rita, url, **{f"pool-0-weights-{world.reps[1].pk}": weight}))
    assert "Ben: give a whole number from 1 to 100." in errors(page, "weights")
    assert not Weight.objects.exists()


def test_a_rep_of_another_team_has_no_weight_here(world: World, rita: Client) -> None:
    stranger = world.revops
    url = change(world.territory)
    assert f"pool-0-weights-{stranger.pk}" not in text(rita, url), "takes no leads from routing"
    save(rita, url, **{"pool-0-strategy": "weighted", f"pool-0-weights-{stranger.pk}": 9})
    assert not Weight.objects.exists()


@pytest.mark.parametrize("field", ["custom.", "language", "owner", "custom"])
def test_a_skill_is_told_by_a_field_that_a_lead_has(world: World, rita: Client, field: str) -> None:
    url = change(world.territory)
    page = rita.post(url, typed(rita, url, **{"pool-0-skill_field": field}))
    assert f"A lead has no field “{field}”." in errors(page, "skill_field")
    assert save(rita, url, **{"pool-0-skill_field": "country"}).status_code == 200
    assert Pool.objects.get().skill_field == "country"


def test_a_skill_that_nobody_has_is_warned_of(world: World, rita: Client) -> None:
    page = save(rita, change(world.territory), **{"pool-0-skills": "welsh"})
    assert "Nobody in Mid-market has the skill welsh" in said(page)
    save(rita, change(world.reps[0]), skills="Welsh")
    world.reps[0].refresh_from_db()
    assert world.reps[0].skills == ["welsh"]
    assert "Nobody" not in said(save(rita, change(world.territory), **{"pool-0-longest_wait": 5}))


def test_criteria_that_clash_are_warned_of(world: World, rita: Client) -> None:
    clash = (
        '{"all": [{"field": "country", "op": "is", "value": "DE"}, {"field": "country", "op": "is", "value": "FR"}]}'
    )
    page = save(rita, change(world.territory), **{"pool-0-criteria": clash})
    assert "No lead can ever meet country is DE and country is FR" in said(page)


def test_a_new_territory_is_in_force_with_its_rule(world: World, rita: Client, desk: Desk) -> None:
    url = reverse("admin:leads_territory_add")
    row = '{"field": "country", "op": "is", "value": "DE"}'
    asked = {"pool-0-team": world.team.pk, "pool-0-criteria": row}
    rita.post(url, typed(rita, url, name="West", **asked))
    west = Territory.objects.get(name="West")
    assert (west.active, west.team) == (True, world.team)
    desk.open_draft()
    rita.post(url, typed(rita, url, name="East", **asked))
    assert not Territory.objects.get(name="East").active
    assert "East" not in {rule.name for rule in rules.standing().routing.territories}


def test_a_territory_is_never_deleted(world: World, rita: Client) -> None:
    url = reverse("admin:leads_territory_delete", args=[world.territory.pk])
    page = rita.post(url, {"post": "yes"}, follow=True)
    assert "A territory is never deleted" in said(page)
    many = {"action": "delete_selected", "_selected_action": [world.territory.pk], "post": "yes"}
    rita.post("/admin/leads/territory/", many)
    assert Territory.objects.filter(pk=world.territory.pk).exists()


def test_a_load_cap_is_a_team_s_or_a_rep_s_and_says_a_number(world: World, rita: Client) -> None:
    url = reverse("admin:routing_loadcap_add")
    both = {"team": world.team.pk, "rep": world.reps[0].pk, "per_day": 5}
    assert "not both" in errors(rita.post(url, both), "team")
    assert "not both" in errors(rita.post(url, {"per_day": 5}), "team")
    assert "at least one number" in errors(rita.post(url, {"team": world.team.pk}), "per_day")
    assert rita.post(url, {"team": world.team.pk, "per_day": 5}).status_code == 302
    assert errors(rita.post(url, {"team": world.team.pk, "per_day": 6}), "team")
    assert "Each rep of Mid-market" in text(rita, "/admin/routing/loadcap/")
    assert rules.standing().routing.caps(world.reps[0].pk, world.team.pk).per_day == 5


@pytest.mark.parametrize(
    ("name", "why"),
    [("everywhere", "differs by capitals alone"), ("Every\u202ewhere", "that nobody sees"), ("میان\u200cرده", "")],
)
def test_a_territory_s_name_can_be_told_from_others(world: World, rita: Client, name: str, why: str) -> None:
    other = Territory.objects.create(name="Other", team=world.team)
    Pool.objects.create(territory=other, active=False)
    page = rita.post(change(other), typed(rita, change(other), name=name))
    assert (page.status_code, why in page.content.decode()) == ((200, True) if why else (302, True))
    assert Territory.objects.get(pk=other.pk).name == ("Other" if why else name)
