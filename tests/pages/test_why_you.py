"""The sentence of why a lead is somebody's reads well for every strategy, to the rep and of them."""

import pytest

from leads.models import Territory
from leads.wording import told_of
from routing.routes import ACCOUNT_OWNER, YOUR_TURN, Route
from routing.rules import TerritoryRule
from routing.strategies import NAMES

RULE = TerritoryRule(
    territory=Territory(pk=1, name="DACH", team_id=1),
    position=1,
    is_fallback=False,
    criteria={},
    strategy="round_robin",
    owner_first=True,
    skills=frozenset(),
    skill_field="",
    longest_wait=96,
    then="fallback",
    version=1,
    pool_id=1,
)
TOLD = {
    "round_robin": "it was Ada's turn.",
    "weighted": "by weight Ada was due their next one first.",
    "load_balanced": "Ada had the fewest open leads for their weight.",
    "performance": "weighted by results Ada was due their next one first.",
    ACCOUNT_OWNER: "the account is Ada's.",
}


@pytest.mark.parametrize("how", [*NAMES, ACCOUNT_OWNER])
def test_every_way_is_told_to_the_rep_and_of_them(how: str) -> None:
    found = Route(RULE, rep=object(), how=how, steps={"eligible": 3, "because": "country is DE"})  # type: ignore[arg-type]
    mine = YOUR_TURN.get(how, "the account is yours")
    assert found.sentence == f"DACH takes this lead because country is DE; {mine}."
    assert told_of("Ada", found.sentence) == f"DACH takes this lead because country is DE; {TOLD[how]}"


def test_of_one_alone_it_is_no_turn() -> None:
    found = Route(RULE, rep=object(), how="weighted", steps={"eligible": 1})  # type: ignore[arg-type]
    assert found.sentence == "DACH takes this lead because it fits; you are who may take it now."


def test_what_decisions_of_before_say_is_told_of_them_too() -> None:
    assert told_of("Ada", "DACH takes this lead; it was your turn by weight.").endswith("it was Ada's turn by weight.")
    assert told_of("Ada", "x; it was your turn, weighted by results.") == "x; it was Ada's turn, weighted by results."
