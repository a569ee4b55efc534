"""Each figure on a story short enough to count by hand. The world opens at ten on a Monday, hours are nine to six."""

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from leads.models import Delivery, Lead, Territory
from revops import lifecycle
from revops.dashboard.counting import ids
from revops.dashboard.figures import FIGURES
from revops.dashboard.metrics import Metrics
from revops.dashboard.scope import Openings
from revops.dashboard.sql import preamble, worked
from routing.models import Absence, Pool
from sla import business_time
from sla.terms import Terms
from tests.dashboard.conftest import scope_of
from tests.world import DAY, HOUR, MINUTE, SECOND, World

Figures = Callable[..., Metrics]


def touch(world: World, lead: Lead, *, seen: bool) -> None:
    lead = world.again(lead)
    lifecycle.touch(lead.pk, kind="call", seen=seen, at=world.now, by=world.actor(lead.owner))


def counts(found: Metrics, *keys: str) -> list[int]:
    return [found.counts[key] for key in keys]


def test_touch_rate_counts_what_a_system_saw_in_time(world: World, figures: Figures) -> None:
    in_time, by_hand, late, _never = leads = [world.capture(f"p{n}@acme.test") for n in range(4)]
    world.pass_time(4 * MINUTE)
    for lead in leads:
        world.accept(lead)
    world.pass_time(20 * MINUTE)
    touch(world, in_time, seen=True)
    touch(world, by_hand, seen=False)
    assert figures().counts["touch_due"] == 0, "nobody is judged before the time has ended"
    world.pass_time(3 * HOUR)
    touch(world, late, seen=True)
    found = figures()
    assert counts(found, "touch_due", "touched", "touched_by_hand", "touched_late", "never_touched") == [4, 1, 1, 1, 1]
    assert found.rate("touch_rate") == 0.25
    assert found.slot_rates("touch_rate", 30)[-1] == 0.25


def test_speed_to_lead_in_wall_and_working_time_with_the_untouched_as_open(world: World, figures: Figures) -> None:
    world.now += 4 * DAY + 7 * HOUR + 50 * MINUTE
    lead, _untouched = world.capture("a@acme.test"), world.capture("b@acme.test")
    world.pass_time(4 * MINUTE)
    world.pass_time(2 * DAY + 15 * HOUR + 10 * MINUTE)
    world.accept(lead)
    touch(world, lead, seen=True)
    found = figures()
    wall = (2 * DAY + 15 * HOUR + 14 * MINUTE).total_seconds()
    assert found.spans["speed_s"] == [wall, math.inf, math.inf]
    assert found.spans["speed_work_s"][0] == 14 * 60, "ten minutes on Friday and four on Monday"
    assert counts(found, "came", "untouched") == [2, 1]


def test_time_to_assignment_is_split_into_buffer_and_routing(world: World, figures: Figures) -> None:
    world.capture()
    world.pass_time(4 * MINUTE)
    spans = figures().spans
    assert (spans["assign_s"][0], spans["buffer_s"][0], spans["route_s"][0]) == (240, 180, 60)


def test_acceptance_and_compliance_are_of_windows_that_have_ended(world: World, figures: Figures) -> None:
    in_time, late, recycled, _never = leads = [world.capture(f"p{n}@acme.test") for n in range(4)]
    world.pass_time(4 * MINUTE)
    world.pass_time(30 * MINUTE)
    world.accept(in_time)
    world.recycle(recycled, "timing")
    assert figures().rate("acceptance_rate") is None
    world.pass_time(HOUR + 31 * MINUTE)
    world.accept(late)
    found = figures()
    assert counts(found, "judged", "accepted", "in_window", "decided_late", "undecided") == [len(leads), 2, 2, 1, 1]
    assert found.spans["accept_s"] == [(2 * HOUR + MINUTE).total_seconds(), math.inf, math.inf]


def test_what_was_not_the_reps_doing_counts_against_nobody(world: World, figures: Figures, settings: Any) -> None:
    """Of three, one alert never arrives, one rep is told and lets it pass, one accepts and is away for the hour to
    call. The lists of these figures are those leads; what leads met, the touch rate, has all of them."""
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    untold, ignored, away = leads = [world.capture(f"p{n}@acme.test") for n in range(3)]
    world.pass_time(4 * MINUTE)
    Delivery.objects.filter(lead=ignored, kind="slack.assigned").update(status="sent", done_at=world.now)
    world.accept(away)
    owner = world.again(away).owner
    Absence.objects.create(rep=owner, starts_at=world.now + MINUTE, ends_at=world.now + 4 * HOUR)
    world.pass_time(HOUR + MINUTE)
    world.pass_time(HOUR)
    world.pass_time(HOUR)
    found = figures()
    assert counts(found, "judged", "answerable", "unanswerable", "undecided", "decided_late") == [3, 2, 1, 1, 0]
    assert found.rate("sla_compliance") == 0.5
    assert counts(found, "touch_judged", "touch_unjudged", "touch_in_time") == [0, 1, 0]
    assert counts(found, "touch_due", "touched", "touch_explained") == [3, 0, 2]
    lists = {key: set(ids(FIGURES[key], scope_of(world))) for key in ("unanswerable", "touch_unjudged")}
    assert lists == {"unanswerable": {untold.pk}, "touch_unjudged": {away.pk}}
    assert set(ids(FIGURES["touch_explained"], scope_of(world))) == {untold.pk, away.pk} < {lead.pk for lead in leads}


def test_neither_claims_nor_leads_taken_away_are_judged(world: World, figures: Figures) -> None:
    world.to_state("assigned", "a@acme.test")
    lead = Lead.objects.get(email="a@acme.test")
    lifecycle.switch_off(lead.owner_id, at=world.now, by=world.actor(world.revops))
    lapsed = world.again(lead).owner
    world.pass_time(2 * HOUR + MINUTE)
    world.pass_time(2 * HOUR)
    claimer = next(rep for rep in world.reps if rep != lapsed and rep.pk != lead.owner_id)
    lifecycle.claim(lead.pk, at=world.now, by=world.actor(claimer))
    found = figures()
    assert counts(found, "turns", "judged", "claims", "undecided") == [3, 1, 1, 1]


def test_recycling_by_reason_and_what_came_of_it(world: World, figures: Figures) -> None:
    one, two = world.to_state("accepted", "a@acme.test"), world.to_state("accepted", "b@acme.test")
    touch(world, one, seen=True)
    world.recycle(one, "budget")
    world.recycle(two, "timing")
    world.now += 15 * DAY
    world.capture("b@acme.test", hand_raise=True)
    found = figures()
    assert counts(found, "recycled", "recycled_untouched", "to_nurture", "reopened", "won_back") == [2, 1, 2, 1, 0]
    by_reason = {row["reason"]: (row["recycled"], row["recycled_untouched"], row["reopened"]) for row in found.reasons}
    assert by_reason == {"budget": (1, 0, 0), "timing": (1, 1, 1)}
    [row] = found.rep_reasons
    assert (row["rep_id"], row["reason"], row["recycled_untouched"]) == (two.owner_id, "timing", 1)
    assert found.rate("recycle_rate") == 1.0


def test_a_life_counts_once_and_the_next_life_again(world: World, figures: Figures) -> None:
    lead = world.to_state("accepted")
    world.recycle(lead, "bad_data", field="phone")
    world.pass_time(4 * MINUTE)
    assert counts(figures(), "aqls", "came") == [1, 1]
    world.recycle(world.accept(lead), "timing")
    world.now += 15 * DAY
    world.capture(hand_raise=True)
    world.pass_time(4 * MINUTE)
    assert counts(figures(), "aqls", "came", "untouched") == [2, 2, 2]


def test_an_open_deal_is_no_aql_but_comes_to_sales(world: World, figures: Figures) -> None:
    world.deal(world.account(), world.reps[0])
    world.to_state("assigned")
    found = figures(teams=[world.team.pk])
    assert counts(found, "aqls", "came", "assigned", "fell_back") == [0, 1, 1, 0]


def test_pool_rate_and_the_time_to_a_claim(world: World, figures: Figures) -> None:
    lead = world.to_state("shark_tank")
    lapsed = lead.assignments.get().rep
    world.pass_time(10 * MINUTE)
    claimer = next(rep for rep in world.reps if rep != lapsed)
    lifecycle.claim(lead.pk, at=world.now, by=world.actor(claimer))
    found = figures()
    assert counts(found, "pooled", "pool_times", "claimed", "unclaimed") == [1, 1, 1, 0]
    assert found.rate("pool_rate") == 1.0
    assert found.spans["claim_work_s"][0] == 10 * 60


def test_fallback_rate(world: World, figures: Figures) -> None:
    dutch = Territory.objects.create(name="Netherlands", team=world.team)
    rule = {"all": [{"field": "country", "op": "is", "value": "NL", "unknown": "fail"}]}
    Pool.objects.create(territory=dutch, position=1, criteria=rule)
    world.capture("a@acme.test", country="NL")
    world.capture("b@acme.test", country="DE")
    world.pass_time(4 * MINUTE)
    assert figures().rate("fallback_rate") == 0.5


def test_disputes_by_criterion(world: World, figures: Figures) -> None:
    world.recycle(world.to_state("accepted", employee_count=50), "not_icp")
    found = figures()
    assert counts(found, "disputes") == [1]
    [row] = found.criteria
    assert row["disputes"] == 1
    assert "10" in row["criterion"]


def test_not_icp_of_a_lead_that_the_criteria_knew_nothing_of_is_counted_apart(world: World, figures: Figures) -> None:
    world.recycle(world.to_state("accepted"), "not_icp")
    found = figures()
    assert counts(found, "disputes", "untold") == [0, 1]
    assert not found.criteria


def test_breaches_by_rep_with_our_own_delay_apart(world: World, figures: Figures) -> None:
    lead = world.to_state("assigned")
    world.pass_time(2 * HOUR + MINUTE)
    world.pass_time(3 * HOUR)
    found = figures()
    assert counts(found, "ignored", "our_delay", "not_told") == [1, 1, 0]
    told = {(row["rep_id"], row["step"]): (row["ignored"], row["our_delay"]) for row in found.breaches}
    assert told == {(lead.owner_id, "accept"): (1, 0), (lead.owner_id, "release"): (0, 1)}


def test_hollow_acceptance(world: World, figures: Figures) -> None:
    leads = [world.capture(f"p{n}@acme.test") for n in range(12)]
    world.pass_time(4 * MINUTE)
    for lead in leads:
        world.accept(lead)
    touch(world, leads[0], seen=True)
    world.pass_time(HOUR + MINUTE)
    for _ in range(3):
        world.pass_time(HOUR)
    assert figures().is_hollow
    assert not figures(teams=[]).is_hollow


def test_few_leads_are_no_proof_of_hollow_acceptance(world: World, figures: Figures) -> None:
    world.to_state("accepted")
    world.pass_time(3 * HOUR)
    assert not figures().is_hollow


def test_touches_and_conversions_are_verified_or_not(world: World, figures: Figures) -> None:
    one, two = world.to_state("accepted", "a@acme.test"), world.to_state("accepted", "b@acme.test")
    touch(world, one, seen=True)
    touch(world, two, seen=False)
    lifecycle.convert(one.pk, opportunity="006-1", at=world.now, by=world.actor(one.owner))
    lifecycle.convert(two.pk, at=world.now, by=world.actor(two.owner))
    assert counts(figures(), "seen", "by_hand", "conversions", "unverified") == [1, 1, 2, 1]


def test_only_the_days_asked_for_and_only_these_teams(world: World, figures: Figures) -> None:
    world.to_state("accepted")
    assert counts(figures(teams=[world.team.pk]), "came", "turns") == [1, 1]
    assert counts(figures(teams=[world.team.pk + 1]), "came", "turns") == [0, 0]
    world.now += 8 * DAY
    assert counts(figures(days=7), "came", "turns") == [0, 0]


def test_an_empty_house_has_figures_too(world: World, figures: Figures) -> None:
    found = figures()
    assert found.rate("touch_rate") is None
    assert found.spans["speed_s"] == [None, None, None]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/New_York"])
def test_sql_counts_working_time_as_the_engine_does(world: World, zone: str) -> None:
    world.calendar.timezone = zone
    world.calendar.save()
    world.now = datetime(2026, 11, 20, tzinfo=UTC)
    scope, hours = scope_of(world, days=90), Terms.load().hours(world.team.pk)
    dice = random.Random(1)
    spans = []
    for _ in range(60):
        start = scope.period.since + dice.uniform(0, 80) * DAY
        spans.append((start, start + dice.uniform(0, 200) * HOUR))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {preamble(scope)} SELECT {worked('x.b')} - ({worked('x.a')})"
            " FROM unnest(%(a)s::float8[], %(b)s::float8[]) WITH ORDINALITY AS x (a, b, n)"
            f" JOIN desk d ON d.team_id = {world.team.pk} ORDER BY n",
            scope.params()
            | {"a": [start.timestamp() for start, _ in spans], "b": [end.timestamp() for _, end in spans]},
        )
        found = [row[0] for row in cursor.fetchall()]
    wanted = [business_time.between(hours, start, end).total_seconds() for start, end in spans]
    assert found == pytest.approx(wanted, abs=0.01)


def test_a_team_that_never_opens_works_no_time() -> None:
    closed = business_time.WorkingHours("UTC", ((),) * 7)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    openings = Openings.of(closed, since=start, until=start + timedelta(days=90))
    assert openings.worked(start + DAY) == 0
    always = Openings.of(business_time.WorkingHours("UTC"), since=start, until=start + DAY)
    assert always.worked(start + SECOND) - always.worked(start) == 1
