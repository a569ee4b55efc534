"""Which policy holds, and what its windows tell: each step in business and in wall time."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from leads.deadline import Deadline
from sla.business_time import WorkingHours
from sla.models import Policy
from sla.public_holidays import OwnDay
from sla.terms import Desk, Terms

TEAM, WEST, EAST = 1, 7, 8
AMSTERDAM = WorkingHours("Europe/Amsterdam", (((time(9), time(18)),),) * 5 + ((), ()))
# A Friday, an hour before the office closes.
FRIDAY = datetime(2026, 10, 23, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def policies(*chosen: tuple[int | None, str]) -> Terms:
    rows = [
        Policy(pk=number, name=f"{key}", territory_id=key[0], source=key[1]) for number, key in enumerate(chosen, 1)
    ]
    return Terms(rows, {TEAM: Desk(AMSTERDAM, {"id": 1, "version": 1})})


@pytest.mark.parametrize(
    ("there_are", "lead", "holds"),
    [
        ([(WEST, "demo"), (WEST, ""), (None, "demo"), (None, "")], (WEST, "demo"), (WEST, "demo")),
        ([(WEST, ""), (None, "demo"), (None, "")], (WEST, "demo"), (WEST, "")),
        ([(None, "demo"), (None, "")], (WEST, "demo"), (None, "demo")),
        ([(None, "")], (WEST, "demo"), (None, "")),
        ([(WEST, "demo"), (EAST, ""), (None, "")], (WEST, "form"), (None, "")),
        ([(WEST, "demo"), (WEST, ""), (None, "demo")], (EAST, "demo"), (None, "demo")),
        ([(WEST, "demo"), (WEST, ""), (None, "")], (None, "demo"), (None, "")),
        ([(None, "Demo Request"), (None, "")], (WEST, "DEMO request"), (None, "Demo Request")),
        ([(None, "STRASSE"), (None, "")], (WEST, "straße"), (None, "STRASSE")),
        ([(WEST, "demo")], (EAST, "form"), "built-in defaults"),
    ],
)
def test_the_most_particular_policy_holds(there_are: list[Any], lead: tuple[int | None, str], holds: Any) -> None:
    assert policies(*there_are).policy(*lead).name == str(holds)


def steps_of(deadline: Deadline) -> dict[str, tuple[float, float, str]]:
    """Each step's business and wall hours, and what it counts."""
    return {
        name: (step["business_s"] / 3600, step["wall_s"] / 3600, step.get("counts", "business"))
        for name, step in deadline.terms["steps"].items()
    }


def test_every_step_tells_business_and_wall_time() -> None:
    """Over the weekend on which the clocks went back, an hour is still open on Friday."""
    terms, who = policies((None, "")), {"team_id": TEAM, "territory_id": WEST, "source": "", "at": FRIDAY}
    over_the_weekend = 64
    assert steps_of(terms.accept(**who)) == {
        "accept": (2, 2 + over_the_weekend, "business"),
        "release": (4, 4 + over_the_weekend, "business"),
        "reminder_1": (1, 1, "business"),
        "reminder_2": (1.75, 1.75 + over_the_weekend, "business"),
    }
    # An hour of this Friday, nine working days of nine hours, and seven hours of the last Friday.
    assert steps_of(terms.touch(**who)) == {
        "touch": (1, 1, "business"),
        "untouched": (4, 4 + over_the_weekend, "business"),
        "disposition": (1 + 9 * 9 + 7, 14 * 24, "wall"),
        "touch_reminder_1": (0.5, 0.5, "business"),
    }
    assert steps_of(terms.pool(**who)) == {"alert": (1, 1, "business"), "assign": (4, 4 + over_the_weekend, "business")}
    assert steps_of(terms.fallback(**who)) == {"fallback": (0.25, 0.25, "business")}
    assert steps_of(terms.buffer(source="", at=FRIDAY)) == {
        "ready": (0.05, 0.05, "wall"),
        "ceiling": (1 / 12, 1 / 12, "wall"),
    }
    assert steps_of(terms.at_once("try", at=FRIDAY)) == {"try": (0, 0, "wall")}
    monday = FRIDAY + (1 + over_the_weekend) * HOUR
    assert steps_of(terms.until(monday, "try", team_id=TEAM, at=FRIDAY)) == {"try": (1, 65, "wall")}


def test_a_calendar_that_never_opens_holds_no_deadline_up() -> None:
    """All of a window runs by the clock on the wall, also where only its last step finds no opening; and says so."""
    week = AMSTERDAM.spans
    shut = [OwnDay(FRIDAY.date() + timedelta(days=day)) for day in range(800)]
    who = {"team_id": TEAM, "territory_id": None, "source": "", "at": FRIDAY}
    for own_days in (shut, shut[1:]):  # from today, or from tomorrow: an hour of today is left
        hours = WorkingHours("Europe/Amsterdam", week, own_days=tuple(own_days))
        terms = Terms([], {TEAM: Desk(hours, {"id": 1, "version": 1})})
        accept = terms.accept(**who)
        assert {steps_of(accept)[step][:2] for step in ("accept", "release")} == {(2, 2), (4, 4)}
        assert accept.terms["calendar"] == {"id": 1, "version": 1, "never_opens": True}
        assert terms.pool(**who).at == FRIDAY + HOUR or own_days == shut[1:]
        assert terms.seen_by(team_id=TEAM, policy=Policy(), at=FRIDAY) == FRIDAY + HOUR / 2


def test_a_deadline_that_is_moved_tells_its_times_anew() -> None:
    moved = Deadline("ready", FRIDAY + 2 * HOUR, policies((None, "")).buffer(source="", at=FRIDAY).terms)
    assert steps_of(moved)["ready"] == (2, 2, "wall")


def test_a_turn_keeps_what_its_policy_said() -> None:
    """The policy is edited after the assignment: the window that opens at the acceptance is as it was."""
    who = {"team_id": TEAM, "territory_id": None, "source": "", "at": FRIDAY}
    turn = policies((None, "")).accept(**who).terms
    edited = Terms([Policy(pk=1, name="edited", touch_within=5, untouched_after=9, version=2, touch_reminders="")], {})
    kept = steps_of(edited.touch(**who, turn=turn))
    assert (kept["touch"][0], kept["touch_reminder_1"][0]) == (1, 0.5)
    of_before = {field: value for field, value in turn.items() if field != "touch_reminders"}
    assert not any(step.startswith("touch_reminder") for step in steps_of(edited.touch(**who, turn=of_before)))
    assert edited.touch(**who, turn=turn).terms["policy"] == turn["policy"]
    assert steps_of(edited.touch(**who))["touch"][0] == pytest.approx(5 / 60)
    assert steps_of(edited.touch(**who, turn={"cool_down": 5}))["touch"][0] == pytest.approx(5 / 60), "one of before"
