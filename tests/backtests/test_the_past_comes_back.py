"""The anchor: the rules in force over a past in which only they acted give back what they really gave."""

from typing import Any

import pytest

from leads.models import Lead
from revops import backtesting
from routing.backtest import GIVEN, Key, Outcome
from routing.comparing import Comparison
from routing.models import Absence, LoadCap, Pool, Weight
from tests.backtests.past import come, compared, given_in_truth, live, nobody_lapses, nordic
from tests.world import DAY, HOUR, MINUTE, World


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> dict[Key, Outcome]:
    """What the base gives to each lead."""
    found: dict[Key, Outcome] = {}
    tell = Comparison.tell

    def watched(self: Comparison, side: str, key: Key, outcome: Outcome) -> None:
        if side == "base":
            found[key] = outcome
        tell(self, side, key, outcome)

    monkeypatch.setattr(backtesting.Comparison, "tell", watched)
    return found


def lived(world: World) -> None:
    """Three days of leads, nights and a weekend's edge included."""
    nobody_lapses()
    fields: dict[str, Any] = {"country": ["SE", "US", "NL"], "employee_count": [40, 3, None, 900]}
    come(world, 45, every=97 * MINUTE, intent_score=[80, 10, None, 55, 41], hand_raise=[False] * 6 + [True], **fields)
    live(world, world.now + 5 * DAY)


RULES: dict[str, dict[str, Any]] = {
    "round robin": {},
    "weighted": {"strategy": "weighted"},
    "load balanced": {"strategy": "load_balanced"},
    "short waits": {"longest_wait": 1},
    "then the pool": {"longest_wait": 0, "then": "shark_tank"},
}


FIRST, *OTHERS = RULES


@pytest.mark.parametrize("rule", [FIRST, *[pytest.param(rule, marks=pytest.mark.long) for rule in OTHERS]])
def test_it_gives_back_what_was_given(world: World, outcomes: dict[Key, Outcome], rule: str) -> None:
    nordic(world, **RULES[rule])
    Pool.objects.filter(is_fallback=True).update(**RULES[rule])
    Weight.objects.create(pool=Pool.objects.get(position=1), rep=world.reps[0], weight=3)
    Weight.objects.create(pool=Pool.objects.get(is_fallback=True), rep=world.reps[1], weight=4)
    if rule != "then the pool":  # whose own gifts count against caps, and are no rule's
        LoadCap.objects.create(team=world.team, per_hour=2, per_day=9)
        LoadCap.objects.create(rep=world.reps[2], open_leads=11)
    Absence.objects.create(rep=world.reps[0], starts_at=world.now + DAY, ends_at=world.now + DAY + 5 * HOUR)
    lived(world)
    result = compared(world)
    assert {key: one.rep_id for key, one in outcomes.items() if one.what == GIVEN} == {
        key: rep for key, rep in given_in_truth().items() if key in outcomes and _by_routing(key)
    }
    assert len(outcomes) == Lead.objects.count() == result["leads"]
    assert result["changed"] == {"verdict": 0, "team": 0, "rep": 0}
    assert result["changes"] == []


def _by_routing(key: Key) -> bool:
    """Not by the pool or the ladder, which are nobody's rule."""
    return Lead.objects.get(pk=key[1]).assignments.order_by("pk")[0].how not in ("pool", "ladder")
