"""Gaps and overlaps: what matches nothing, what matches twice, and what can never match."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.models import Lead, Territory
from routing.contradictions import never_met
from routing.coverage import Known, cover
from routing.criteria import MET
from routing.judging import judge
from routing.models import NamedList, Pool
from routing.rules import TerritoryRule, read
from tests.rules.conftest import Desk
from tests.world import World

DE = {"field": "country", "op": "is", "value": "DE"}
FR = {"field": "country", "op": "is", "value": "FR"}
BIG = {"field": "employee_count", "op": "at_least", "value": 500}


def add(world: World, name: str, criteria: dict[str, Any], position: int, **fields: Any) -> Pool:
    territory = Territory.objects.create(name=name, team=world.team)
    return Pool.objects.create(territory=territory, criteria=criteria, position=position, **fields)


def leads(world: World, *rows: dict[str, Any]) -> list[Lead]:
    return [
        world.capture(f"jo@company{number}.test", company=f"Company {number}", **row) for number, row in enumerate(rows)
    ]


def page(client: Client, query: str = "") -> Any:
    found = client.get(reverse("admin:leads_territory_coverage") + query)
    assert found.status_code == 200
    return found


def test_gaps_overlaps_and_who_takes_none_are_told_and_opened(world: World, rita: Client) -> None:
    germany = add(world, "Germany", DE, 1)
    big = add(world, "Enterprise", BIG, 2)
    named = NamedList.objects.create(name="Key", domains=["company4.test"])
    key = add(world, "Key accounts", {}, 3, named=named)
    late = add(world, "Late", {"all": [DE, BIG]}, 4)
    never = add(world, "Never", {"all": [DE, {"field": "country", "op": "in", "value": ["FR", "NL"]}]}, 5)
    made = leads(
        world,
        {"country": "DE", "employee_count": 20},
        {"country": "DE", "employee_count": 900},
        {"country": "FR", "employee_count": 10},
        {"country": "FR", "source": "web"},
        {"country": "DE", "employee_count": 30},
    )
    told = page(rita).content.decode()
    assert "2 of these leads match nothing" in told
    assert "FR (2)" in told
    assert f'href="?show={germany.territory_id}-{big.territory_id}#leads">1 lead</a>' in told
    assert f'href="?show={key.territory_id}-{germany.territory_id}#leads">1 lead</a>' in told
    assert "territories before it take all of the 1 that it would" in told
    assert "no lead can ever meet country is DE and country is one of FR, NL" in told
    assert "would take 3 if it came first" in told
    assert {late.territory.name, never.territory.name} <= {
        one.rule.name for one in page(rita).context["standings"] if one.odd
    }
    gap = page(rita, "?show=gap").content.decode()
    for lead, inside in ((made[2], True), (made[3], True), (made[0], False)):
        assert (f'href="/leads/{lead.pk}/"' in gap) == inside
    both = page(rita, f"?show={germany.territory_id}-{big.territory_id}").content.decode()
    assert f'href="/leads/{made[1].pk}/"' in both
    assert Lead.objects.filter(state="buffer").count() == 5, "nothing is routed by looking"


@pytest.mark.parametrize("query", ["?show=none", "?show=1-2-3", "?show=-", "?show=99999-1", "?show=gap&p=x", "?show=²"])
def test_a_figure_that_is_none_shows_no_leads(world: World, rita: Client, query: str) -> None:
    leads(world, {"country": "DE"})
    add(world, "Germany", DE, 1)
    assert "/leads/1/" not in page(rita, query).content.decode()


def test_leads_of_before_the_last_ninety_days_are_left_out(world: World, rita: Client) -> None:
    [lead] = leads(world, {"country": "DE"})
    add(world, "France", FR, 1)
    assert "1 of these leads matches nothing" in page(rita).content.decode()
    world.now = lead.captured_at + timedelta(days=91)
    assert "0 leads of the last 90 days" in page(rita).content.decode()


def test_a_draft_is_tried_before_it_is_published(world: World, rita: Client, desk: Desk) -> None:
    leads(world, {"country": "DE"})
    germany = add(world, "Germany", DE, 1)
    desk.open_draft()
    Pool.objects.filter(pk=germany.pk).update(criteria=FR)
    assert "1 of these leads matches nothing" in page(rita).content.decode()
    assert "No gap" in page(rita, "?in-force").content.decode()


def test_it_reads_leads_in_chunks_whatever_their_number(world: World, rita: Client) -> None:
    add(world, "Germany", DE, 1)
    counts = []
    for number in (1, 40):
        leads(world, *({"country": "DE"} for _lead in range(number)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(rita)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def rule(pk: int, criteria: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": pk, "territory_id": pk, "name": f"T{pk}", "team_id": 1, "active": True, "position": pk,
        "is_fallback": False, "criteria": criteria, "strategy": "round_robin", "owner_first": True, "skills": [],
        "skill_field": "", "longest_wait": 1, "then": "fallback", "version": 1, "named_id": None, "weights": [],
        **fields,
    }  # fmt: skip


def test_a_verdict_is_that_of_routing_for_sizes_told_as_ranges_too() -> None:
    document = {"profile": None, "load_caps": [], "territories": [rule(1, BIG), rule(2, {"none": [BIG]})]}
    facts = [
        {"employee_count": 600}, {"employee_count": 5}, {},
        {"employee_range": "501-1000"}, {"employee_range": "400-600"},
    ]  # fmt: skip
    said = read(document)
    found = cover(said, [Known(at, fact) for at, fact in enumerate(facts)], teams_on={1})
    assert (found.taken[1], found.taken[2], found.gap) == ([0, 3], [1], [2, 4])
    assert isinstance(said.territories[0], TerritoryRule)
    assert cover(said, [Known(0, facts[0])], teams_on=set()).gap == [0], "a team that is off takes none"


@pytest.mark.parametrize(
    ("criteria", "never"),
    [
        ({"all": [DE, {"field": "country", "op": "is", "value": "fr"}]}, True),
        ({"all": [DE, {"field": "country", "op": "is", "value": "de "}]}, False),
        ({"all": [DE, {"field": "country", "op": "not_in", "value": ["DE", "FR"]}]}, True),
        ({"all": [DE, {"field": "country", "op": "is_not", "value": "FR"}]}, False),
        ({"all": [{**DE, "unknown": "pass"}, {**FR, "unknown": "pass"}]}, False),
        ({"all": [{**DE, "unknown": "pass"}, FR]}, True),
        ({"all": [BIG, {"field": "employee_count", "op": "at_most", "value": 499}]}, True),
        ({"all": [BIG, {"field": "employee_count", "op": "between", "value": [1, 500]}]}, False),
        ({"all": [BIG, {"all": [{"field": "employee_count", "op": "between", "value": [1, 9]}]}]}, True),
        ({"all": [{"field": "hand_raise", "op": "is", "value": raised} for raised in (True, False)]}, True),
        ({"any": [DE, {"all": [BIG, {"field": "employee_count", "op": "at_most", "value": 1}]}]}, False),
        ({"any": [{"all": [BIG, {"field": "employee_count", "op": "at_most", "value": 1}]}]}, True),
        ({"all": [{"field": "tech_stack", "op": "has_any", "value": ["a"]},
                  {"field": "tech_stack", "op": "has_any", "value": ["b"]}]}, False),
        ({"none": [DE, FR]}, False),
        (DE, False), ({}, False),
    ],
)  # fmt: skip
def test_what_can_never_be_met_is_told(criteria: dict[str, Any], never: bool) -> None:
    assert bool(never_met(criteria)) == never


NESTED = [
    {"all": [DE, {"any": [BIG, {"field": "source", "op": "is", "value": "web"}]}]},
    {"any": [{"all": [DE, BIG]}, {"none": [DE]}]},
    {"any": [{**DE, "unknown": "pass"}, {"all": [{**BIG, "unknown": "fail"}, FR]}]},
    {"score": [{**DE, "weight": 2}, {**BIG, "weight": 1}], "at_least": 2},
    {"none": [{"any": [DE, BIG]}]},
]


@pytest.mark.parametrize("criteria", NESTED)
def test_nested_criteria_are_met_where_judging_says_so(criteria: dict[str, Any]) -> None:
    facts = [
        {"country": country, "employee_count": size, "source": source}
        for country in ("DE", "FR", "") for size in (None, 20, 900) for source in ("web", "")
    ]  # fmt: skip
    said = read({"profile": None, "load_caps": [], "territories": [rule(1, criteria)]})
    found = cover(said, [Known(at, fact) for at, fact in enumerate(facts)], teams_on={1})
    assert found.taken[1] == [at for at, fact in enumerate(facts) if judge(criteria, fact).verdict == MET]
