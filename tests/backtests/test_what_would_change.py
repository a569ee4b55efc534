"""What a comparison says: shares, fallback, pool, waits, verdicts, predicted breaches; and that it writes nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from leads.models import Lead, PastLead, Rep
from revops import publishing
from routing.answering import Answering, Window, usual_holding
from routing.models import IcpProfile, LoadCap, Pool, Weight
from sla.models import Policy
from tests.backtests.past import a_quarter, come, compared, live, nobody_lapses, nordic
from tests.world import DAY, HOUR, MINUTE, World


def draft(world: World) -> None:
    publishing.open_draft(at=world.now, by=world.actor(world.revops))


def test_weights_that_are_drafted_move_the_shares(world: World) -> None:
    nobody_lapses()
    come(world, 10, every=10 * MINUTE)
    live(world, world.now + HOUR)
    draft(world)
    pool = Pool.objects.get()
    pool.strategy = "weighted"
    pool.save()
    Weight.objects.create(pool=pool, rep=world.reps[0], weight=8)
    result = compared(world)
    assert [row["leads"] for row in result["base"]["reps"]] == [4, 3, 3]
    assert [row["leads"] for row in result["candidate"]["reps"]] == [8, 1, 1]
    assert result["candidate"]["teams"] == [{"team": world.team.pk, "leads": 10, "share": 1.0}]
    assert result["changed"]["rep"] == sum(result["changed"].values()) == len(result["changes"]) >= 4


def test_the_icp_and_the_intent_bar_turn_away(world: World) -> None:
    nobody_lapses()
    come(world, 8, every=10 * MINUTE, employee_count=[50, 500], intent_score=[45, 45, 90, None])
    live(world, world.now + HOUR)
    draft(world)
    profile = IcpProfile.objects.get()
    profile.criteria, profile.intent_bar = {"all": [{"field": "employee_count", "op": "at_least", "value": 100}]}, 60
    profile.save()
    result = compared(world)
    assert result["base"]["what"] == {"given": 8}
    assert result["candidate"]["what"] == {"given": 2, "low_intent": 2, "not_icp": 4}
    assert result["changed"] == {"verdict": 6, "team": 0, "rep": result["changed"]["rep"]}


def test_a_lead_is_judged_by_what_was_known_of_it_then(world: World) -> None:
    nobody_lapses()
    come(world, 2, every=10 * MINUTE, employee_count=50)
    live(world, world.now + HOUR)
    Lead.objects.update(employee_count=2, intent_score=1)
    assert compared(world)["base"]["what"] == {"given": 2}


def test_nobody_there_ends_in_the_shark_tank_after_the_fallback(world: World) -> None:
    nobody_lapses()
    reps = nordic(world)
    come(world, 4, every=10 * MINUTE, country=["SE", "US"])
    live(world, world.now + HOUR)
    Rep.objects.filter(pk__in=[rep.pk for rep in reps]).update(takes_routing=False)
    result = compared(world)
    assert result["base"]["what"] == {"given": 4}
    assert result["base"]["fallback"] == 4
    Rep.objects.update(takes_routing=False)
    result = compared(world)
    assert result["base"]["what"] == {"pooled": 4}
    assert result["base"]["waits"] == {"at_once": 0, "median": None, "p90": None, "longest": None}


def test_without_a_territory_there_is_the_last_resort(world: World) -> None:
    come(world, 2, every=10 * MINUTE)
    live(world, world.now + HOUR)
    draft(world)
    Pool.objects.all().delete()
    assert compared(world)["candidate"]["what"] == {"last_resort": 2}


def test_a_cap_makes_leads_wait_until_the_next_day(world: World) -> None:
    nobody_lapses()
    come(world, 6, every=MINUTE)
    live(world, world.now + HOUR)
    draft(world)
    LoadCap.objects.create(team=world.team, per_day=1)
    waits = compared(world)["candidate"]["waits"]
    assert waits["at_once"] == 3
    assert waits["median"] == 0
    assert timedelta(hours=22) < timedelta(seconds=waits["longest"]) < DAY


def test_breaches_are_foretold_from_how_long_each_rep_took(world: World) -> None:
    """Ada answered every second lead of before within an hour, the others after 27. Nobody else had one, so that the
    team's share is theirs. What is open for less than the time asked for says nothing yet."""
    nobody_lapses()
    come(world, 12, every=MINUTE)
    live(world, world.now + HOUR)
    came = world.now - 7 * DAY
    for number in range(10):
        took = HOUR if number % 2 else 3 * DAY
        PastLead.objects.create(
            person_key=f"p{number}@x.test", captured_at=came, accepted_at=came + took, company="X",
            owner_email=world.reps[0].user.email.upper(),
        )  # fmt: skip
    draft(world)
    Policy.objects.update(accept_within=20 * 60, release_after=40 * 60)
    result = compared(world, days=2)
    assert [(row["rep"], row["breaches"], row["by"]) for row in result["candidate"]["reps"]] == [
        (world.reps[0].pk, 2.0, "own"), (world.reps[1].pk, 2.0, "team"), (world.reps[2].pk, 2.0, "team"),
    ]  # fmt: skip
    assert (result["base"]["breaches"], result["candidate"]["breaches"]) == (0, 6)


@pytest.mark.parametrize(
    ("held", "usual"),
    [
        ([], None),
        ([(1, True), (2, True), (3, True)], 2),
        ([(1, True), (9, False), (9, False)], None),
        ([(1, True), (2, False), (3, True), (4, True)], 3),
        ([(5, False)], None),
    ],
)
def test_the_usual_time_to_hold_a_lead(held: list[tuple[int, bool]], usual: int | None) -> None:
    hours = [(timedelta(hours=took), ended) for took, ended in held]
    assert usual_holding(hours) == (None if usual is None else timedelta(hours=usual))


def test_a_window_that_is_open_says_only_what_it_can() -> None:
    short, long = timedelta(minutes=30), timedelta(minutes=500)
    windows = [Window(1, short, answered=True)] * 10 + [
        Window(1, short, answered=False),
        Window(1, long, answered=False),
    ]
    chance = Answering(windows, {1: 7}).chance(1, 120)
    assert (chance.n, chance.basis, chance.rate) == (11, "own", 1 / 11)
    assert Answering(windows, {1: 7, 2: 7}).chance(2, 120).basis == "team"
    assert Answering(windows, {1: 7, 3: 8}).chance(3, 120).basis == "all"
    assert Answering([], {1: 7}).chance(1, 120).rate is None


def test_history_counts_from_its_file(world: World) -> None:
    PastLead.objects.bulk_create(a_quarter(world.now, 60))
    PastLead.objects.filter(person_key__startswith="p1").update(
        owner_email=world.reps[0].user.email.upper(), accepted_at=world.now
    )
    result = compared(world)
    assert (result["leads"], result["past"]) == (60, 60)
    assert result["base"]["what"].keys() >= {"given", "not_icp", "low_intent"}
    assert {row["by"] for row in result["base"]["reps"]} == {"own", "team"}


def test_what_no_rule_decided_over_is_left_out_and_counted(world: World) -> None:
    world.deal(world.account(), world.reps[0])
    world.capture("boss@acme.test")
    live(world, world.now + HOUR)
    world.capture("new@other.test")
    result = compared(world)
    assert result["left_out"] == {"deal": 1, "not_yet": 1}
    assert result["leads"] == 0


def test_it_writes_nothing_and_says_the_same_again(world: World) -> None:
    nobody_lapses()
    nordic(world)
    come(world, 9, every=50 * MINUTE, country=["SE", "US"])
    PastLead.objects.bulk_create(a_quarter(world.now, 40))
    before = _counts()
    first = compared(world)
    assert compared(world) == first
    assert _counts() == before


def _counts() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        names = sorted(connection.introspection.table_names(cursor))
        found = []
        for name in names:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{name}\" t")
            found.append((name, cursor.fetchone()[0]))
    return found


def test_the_command_prints_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    nobody_lapses()
    come(world, 6, every=10 * MINUTE, country=["SE", "US"])
    live(world, world.now + HOUR)
    draft(world)
    nordic(world)
    call_command("backtest", "--days", "9")
    told = capsys.readouterr().out
    assert told.startswith("The draft against version 1, in force\n5 of 6 leads (83 %) come to something else: 3 go to")
    assert "Predicted breaches" in told
    call_command("backtest", "--json")
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert result["changed"]["team"] == 3
    assert result["candidate_name"] == "the draft"
    call_command("backtest", "--against", "1")
    assert "Nothing changes: 6 leads compared." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--days", "0"], "--days: 0 is not from 1 to 3,650"),
        (["--against", "7"], "There is no version 7 of the rules"),
    ],
)
def test_the_command_says_what_is_wrong(world: World, options: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        call_command("backtest", *options)
