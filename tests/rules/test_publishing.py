"""From one version of the rules to the next: at once, by a draft, and back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from leads.models import Draft, RuleSet, Team, Territory
from revops import rules
from revops.lifecycle import DraftIsOpen, NoDraft
from revops.publishing import ChangedMeanwhile, NameTaken
from revops.rule_changes import differences
from revops.rule_words import names_for
from routing.models import Decision, IcpProfile, LoadCap, NamedList, Pool, Weight
from sla.models import Policy
from tests.rules.conftest import Desk
from tests.world import MINUTE, World, check_law, person

GERMANY = {"field": "country", "op": "is", "value": "DE"}


def west(world: World, **fields: Any) -> Pool:
    territory = Territory.objects.create(name="West", team=world.team, active=False)
    return Pool.objects.create(territory=territory, **{"criteria": GERMANY, "position": 1, **fields})


def apart(before: int | RuleSet, after: RuleSet) -> list[str]:
    """The differences in words, each with its part."""
    first = RuleSet.objects.get(pk=before if isinstance(before, int) else before.pk)
    after.refresh_from_db()
    parts = differences(first.document, after.document, names_for([first.document, after.document]))
    return [f"{part.title}: {line}" for part in parts for line in part.lines]


def test_without_a_draft_a_save_is_in_force_at_once_as_somebodys_version(world: World, desk: Desk) -> None:
    first = desk.as_written()
    assert (first.number, first.by, first.at) == (1, world.revops.user, world.now)
    assert desk.as_written() is None, "nothing changed"
    pool = west(world)
    second = desk.as_written(note="Germany is worked by itself.")
    assert (second.number, second.note) == (2, "Germany is worked by itself.")
    assert Territory.objects.get(pk=pool.territory_id).active
    assert rules.standing().pk == second.pk
    assert "Territory “West”, new: Takes: country is DE" in apart(first, second)


def test_what_a_draft_says_waits_until_it_is_published(world: World, desk: Desk) -> None:
    other = Team.objects.create(name="Enterprise")
    base = desk.as_written()
    draft = desk.open_draft()
    assert draft.base_id == base.pk
    pool = west(world, team=other)
    Pool.objects.filter(territory=world.territory).update(team=other, active=False)
    IcpProfile.objects.get().save()
    assert desk.as_written() is None
    assert rules.in_force(at=world.now).pk == base.pk
    world.territory.refresh_from_db()
    assert (world.territory.team, world.territory.active) == (world.team, True)
    assert not Territory.objects.get(pk=pool.territory_id).active
    world.now += MINUTE
    kept = desk.publish(note="Enterprise takes over.")
    assert (kept.number, kept.note, kept.by, kept.at) == (2, "Enterprise takes over.", world.revops.user, world.now)
    assert not Draft.objects.exists()
    world.territory.refresh_from_db()
    assert (world.territory.team, world.territory.active) == (other, False)
    assert set(apart(base, kept)) >= {
        "Territory “Everywhere”: switched off",
        "Territory “Everywhere”: team: Mid-market → Enterprise",
    }


def test_a_draft_that_changes_nothing_is_only_closed(world: World, desk: Desk) -> None:
    base = desk.as_written()
    desk.open_draft()
    assert desk.publish() is None
    assert not Draft.objects.exists()
    assert rules.standing().pk == base.pk


def test_there_is_one_draft_and_each_verb_says_when_it_cannot(world: World, desk: Desk) -> None:
    first = desk.as_written()
    for verb in (desk.publish, desk.discard):
        with pytest.raises(NoDraft):
            verb()
    desk.open_draft()
    with pytest.raises(DraftIsOpen):
        desk.open_draft()
    with pytest.raises(DraftIsOpen):
        desk.roll_back(first.pk)
    assert Draft.objects.count() == 1


def everything(world: World) -> None:
    """Each table of the rules says something."""
    pool = west(world, named=NamedList.objects.create(name="West", domains=["acme.test"]), strategy="weighted")
    Weight.objects.create(pool=pool, rep=world.reps[0], weight=3)
    LoadCap.objects.create(team=world.team, per_day=9)
    LoadCap.objects.create(rep=world.reps[1], open_leads=4)
    Policy.objects.create(name="West", territory=pool.territory, accept_within=30)


def otherwise(world: World) -> None:
    """Each says something else, and some of it is gone."""
    pool = Pool.objects.get(territory__name="West")
    pool.named, pool.strategy, pool.criteria = None, "round_robin", {"field": "country", "op": "is", "value": "AT"}
    pool.save()
    Weight.objects.all().delete()
    LoadCap.objects.filter(team=world.team).delete()
    LoadCap.objects.update(open_leads=8)
    Policy.objects.filter(name="West").delete()
    Policy.objects.update(touch_within=45)
    Pool.objects.filter(is_fallback=True).update(is_fallback=False, criteria=GERMANY)
    Pool.objects.filter(pk=pool.pk).update(is_fallback=True)
    profile = IcpProfile.objects.get()
    profile.intent_bar = 70
    profile.save()
    Pool.objects.create(territory=Territory.objects.create(name="North", team=world.team), criteria=GERMANY)


def said(pk: int) -> dict[str, Any]:
    """A document without the counters that only go up, and what came later switched off."""
    document = RuleSet.objects.get(pk=pk).document
    document["profile"].pop("version")
    document["territories"] = [row for row in document["territories"] if row["name"] != "North" or row["active"]]
    for row in document["territories"]:
        row.pop("version")
    return dict(document)


@pytest.mark.parametrize("road", ["discard", "roll back"])
def test_what_was_is_again_row_by_row(world: World, desk: Desk, road: str) -> None:
    everything(world)
    base = desk.as_written()
    ids = {model: set(model._default_manager.values_list("pk", flat=True)) for model in (LoadCap, Policy)}
    if road == "discard":
        desk.open_draft()
        otherwise(world)
        desk.discard()
    else:
        otherwise(world)
        desk.as_written()
        desk.roll_back(base.pk)
    kept = RuleSet.objects.latest("number")
    assert kept.restores_id == base.pk
    assert said(kept.pk) == said(base.pk)
    for model, were in ids.items():
        assert set(model._default_manager.values_list("pk", flat=True)) == were, model
    assert not Pool.objects.get(territory__name="North").active
    assert not Territory.objects.get(name="North").active
    assert Pool.objects.get(is_fallback=True).territory == world.territory
    check_law()


def test_a_profile_s_own_versions_go_on_when_it_is_rolled_back(world: World, desk: Desk) -> None:
    base = desk.as_written()
    world.profile.intent_bar = 90
    world.profile.save()
    desk.as_written()
    desk.roll_back(base.pk)
    profile = IcpProfile.objects.get()
    assert (profile.intent_bar, profile.version) == (40, 3)
    assert list(profile.versions.order_by("number").values_list("intent_bar", flat=True)) == [40, 90, 40]
    assert profile.versions.get(number=3).by == world.revops.user
    check_law()


def test_another_profile_in_force_is_rolled_back_too(world: World, desk: Desk) -> None:
    base = desk.as_written()
    world.profile.active = False
    world.profile.save()
    IcpProfile.objects.create(name="Second", criteria=GERMANY)
    second = desk.as_written()
    assert "ICP: name: ICP → Second" in apart(base, second)
    desk.roll_back(base.pk)
    assert list(IcpProfile.objects.filter(active=True)) == [world.profile]
    check_law()


def test_names_weights_and_the_fallback_of_then_come_back_and_count(world: World, desk: Desk) -> None:
    pool, everywhere = west(world), Pool.objects.get(is_fallback=True)
    Weight.objects.create(pool=pool, rep=(gone := person("gone@airtight.test", world.team)), weight=5)
    LoadCap.objects.create(rep=gone, per_day=1)
    base = desk.as_written()
    for territory, name in ((pool.territory_id, "x"), (everywhere.territory_id, "West"), (pool.territory_id, "All")):
        Territory.objects.filter(pk=territory).update(name=name)
    Pool.objects.filter(pk=everywhere.pk).update(is_fallback=False)
    gone.delete()
    desk.as_written()
    desk.roll_back(base.pk)
    assert [Territory.objects.get(pk=one.territory_id).name for one in (pool, everywhere)] == ["West", "Everywhere"]
    assert list(Pool.objects.order_by("pk").values_list("pk", "is_fallback", "version")) == [
        (everywhere.pk, True, 2), (pool.pk, False, 2),
    ]  # fmt: skip
    check_law()


def test_what_bears_a_name_of_then_by_now_is_named(world: World, desk: Desk) -> None:
    base = desk.as_written()
    world.profile.name = "Old"
    world.profile.save()
    other = IcpProfile.objects.create(name="ICP", active=False)
    with pytest.raises(NameTaken, match="Another ICP profile is called “ICP” by now"):
        desk.roll_back(base.pk)
    other.name = "Other"
    other.save()
    Territory.objects.update(name="Nowhere")
    Territory.objects.create(name="Everywhere", team=world.team)
    with pytest.raises(NameTaken, match="Another territory is called “Everywhere” by now"):
        desk.roll_back(base.pk)


def test_what_is_saved_after_the_last_look_is_not_published(world: World, desk: Desk) -> None:
    desk.open_draft()
    seen = rules.written().digest
    Pool.objects.update(longest_wait=3)
    with pytest.raises(ChangedMeanwhile):
        desk.publish(seen=seen)
    assert Draft.objects.exists()
    assert desk.publish(seen=rules.written().digest)


def test_rolling_back_to_what_is_in_force_is_no_version(world: World, desk: Desk) -> None:
    first = desk.as_written()
    assert desk.roll_back(first.pk) is None
    with pytest.raises(RuleSet.DoesNotExist):
        desk.roll_back(first.pk + 100)
    assert RuleSet.objects.count() == 1


def test_a_lead_goes_by_the_base_while_a_draft_is_open_and_names_its_version(world: World, desk: Desk) -> None:
    pool = west(world)
    base = desk.as_written()
    desk.open_draft()
    Pool.objects.filter(pk=pool.pk).update(criteria={"field": "country", "op": "is", "value": "FR"})
    during = world.to_state("assigned", "d@one.test", country="DE", company="One")
    assert during.territory_id == pool.territory_id
    desk.publish()
    after = world.to_state("assigned", "d@two.test", country="DE", company="Two")
    assert after.territory == world.territory
    by = dict(Decision.objects.filter(rules__isnull=False).values_list("lead", "rules"))
    assert (by[during.pk], by[after.pk]) == (base.pk, rules.standing().pk)
    assert by[during.pk] != by[after.pk]


def test_the_tables_of_two_saves_between_two_leads_are_one_version(world: World, desk: Desk) -> None:
    west(world)
    LoadCap.objects.create(team=world.team, per_week=90)
    lead = world.to_state("assigned")
    [kept] = RuleSet.objects.all()
    assert kept.by is None
    assert set(Decision.objects.filter(lead=lead).values_list("rules", flat=True)) == {kept.pk}
    assert lead.captured_at <= kept.at <= lead.captured_at + timedelta(hours=1)


@pytest.mark.parametrize("table", ["leads_ruleset", "routing_namedlist"])
@pytest.mark.parametrize("act", ["UPDATE {} SET at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_versions_and_lists_are_only_ever_added(world: World, desk: Desk, table: str, act: str) -> None:
    everything(world)
    desk.as_written()
    check_law()
    with connection.cursor() as cursor, pytest.raises(Exception, match="versions are only ever added"):
        cursor.execute(act.format(table))
