"""Criteria judged, as a table; and three-valued logic held against every way to fill in what is not known."""

from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.explaining import _scores
from routing.criteria import MET, NOT_MET, UNKNOWN
from routing.criteria_checking import Malformed, check
from routing.judging import Judgement, judge


def asks(name: str, **more: Any) -> dict[str, Any]:
    return {"field": f"custom.{name}", "op": "is", "value": "yes", **more}


def facts(**known: bool | None) -> dict[str, Any]:
    said = {True: "yes", False: "no", None: None}
    return {f"custom.{name}": said[value] for name, value in known.items()}


A, B, C = asks("a"), asks("b"), asks("c")
SCORE = {"score": [{"weight": 3, **A}, {"weight": 2, "any": [B, C]}, {"weight": -2, **asks("free")}], "at_least": 3}


@pytest.mark.parametrize(
    ("node", "known", "verdict"),
    [
        ({}, {}, MET),
        ({"all": [A, B]}, {"a": True, "b": None}, UNKNOWN),
        ({"all": [A, B]}, {"a": False, "b": None}, NOT_MET),
        ({"any": [A, B]}, {"a": True, "b": None}, MET),
        ({"any": [A, B]}, {"a": False, "b": None}, UNKNOWN),
        ({"none": [A, B]}, {"a": True, "b": None}, NOT_MET),
        ({"none": [A, B]}, {"a": False, "b": None}, UNKNOWN),
        ({"none": [A, B]}, {"a": False, "b": False}, MET),
        ({"none": [{"none": [A]}]}, {"a": True}, MET),
        ({"all": [asks("a", unknown="pass"), B]}, {"b": True}, MET),
        ({"none": [asks("a", unknown="pass")]}, {}, NOT_MET),
        ({"none": [asks("a", unknown="fail")]}, {}, MET),
        (SCORE, {"a": True, "free": False}, MET),
        (SCORE, {"a": True, "free": None}, UNKNOWN),
        (SCORE, {"a": True, "b": True, "free": None}, MET),
        (SCORE, {"a": True, "b": False, "c": False, "free": True}, NOT_MET),
        (SCORE, {"a": False}, NOT_MET),
        (SCORE, {"a": None, "b": True, "free": True}, UNKNOWN),
        ({"all": [C, SCORE]}, {"c": False, "a": True, "b": True}, NOT_MET),
        ({"all": [C, SCORE]}, {"c": True, "a": True, "b": True}, MET),
        ({"none": [SCORE]}, {"a": True, "b": True}, NOT_MET),
        ({"score": [{"weight": 2, **asks("a", unknown="pass")}, {"weight": 1, **B}], "at_least": 2}, {}, MET),
        ({"score": [{"weight": 2, **asks("a", unknown="fail")}, {"weight": 1, **B}], "at_least": 2}, {}, NOT_MET),
    ],
)  # fmt: skip
def test_the_verdict(node: dict[str, Any], known: dict[str, bool | None], verdict: str) -> None:
    check(node)
    assert judge(node, facts(**known)).verdict == verdict


def told(judged: Judgement) -> list[tuple[str, str]]:
    return [(said.text, said.counts_as) for said in judged.criteria]


@pytest.mark.parametrize(
    ("node", "known", "record", "because"),
    [
        ({"none": [A]}, {"a": True}, [("a is not yes", NOT_MET)], ("a is not yes (not met)",)),
        ({"none": [A]}, {"a": False}, [("a is not yes", MET)], ()),
        ({"none": [{"none": [A]}]}, {"a": False}, [("a is yes", NOT_MET)], ("a is yes (not met)",)),
        ({"none": [asks("a", unknown="pass")]}, {}, [("a is not yes", NOT_MET)], ("a is not yes (not known)",)),
        ({"all": [{"any": [A, B]}, C]}, {"a": False, "b": True, "c": False},
         [("a is yes", NOT_MET), ("b is yes", MET), ("c is yes", NOT_MET)], ("c is yes (not met)",)),
        ({"score": [{"weight": 1, **A}, {"weight": -2, **B}], "at_least": 1}, {"a": True, "b": True},
         [("a is yes", MET), ("b is not yes", NOT_MET)], ("the score is -1, and 1 are needed",)),
        ({"score": [{"weight": 1, **A}, {"weight": 2, **B}], "at_least": 3}, {"a": False},
         [("a is yes", NOT_MET), ("b is yes", UNKNOWN)], ("the score is 2 at most, and 3 are needed",)),
        ({"none": [{"score": [{"weight": 2, **A}, {"weight": 1, **B}], "at_least": 2}]}, {"a": True},
         [("a is not yes", NOT_MET), ("b is not yes", UNKNOWN)], ("the score is 2 at least, and must be below 2",)),
    ],
)  # fmt: skip
def test_what_is_told_is_what_is_wanted_of_the_lead(
    node: dict[str, Any], known: dict[str, bool | None], record: list[tuple[str, str]], because: tuple[str, ...]
) -> None:
    judged = judge(node, facts(**known))
    assert told(judged) == record
    assert judged.because == because


def test_a_score_says_how_it_added_up() -> None:
    node = {"score": [{"weight": 3, **A}, {"weight": 2, **B}, {"weight": 1, **C}], "at_least": 4}
    [score] = judge(node, facts(a=True, b=None, c=False)).scores
    assert (score.least, score.most, score.verdict) == (3, 5, UNKNOWN)
    stored = {**vars(score), "parts": [vars(part) for part in score.parts]}
    assert _scores({"scores": [stored]}) == (
        "Not known whether reached: 3 to 5 points, 4 needed. Counted: 3 for a is yes. Not known: 2 for b is yes."
        " Not counted: 1 for c is yes.",
    )


def test_a_text_where_a_number_is_asked_for_is_unknown_and_does_what_unknown_does() -> None:
    node = {"field": "custom.seats", "op": "at_least", "value": 5, "unknown": "pass"}
    [said] = judge(node, {"custom.seats": "many"}).criteria
    assert (said.verdict, said.counts_as) == (UNKNOWN, MET)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"score": [], "at_least": 1}, "criteria.score: expected a list"),
        ({"score": [A], "at_least": 1}, "criteria.score[0].weight: give its points"),
        ({"score": [{"weight": 0, **A}], "at_least": 1}, "criteria.score[0].weight"),
        ({"score": [{"weight": 1.5, **A}], "at_least": 1}, "criteria.score[0].weight"),
        ({"score": [{"weight": True, **A}], "at_least": 1}, "criteria.score[0].weight"),
        ({"score": [{"weight": 101, **A}], "at_least": 1}, "criteria.score[0].weight"),
        ({"score": [{"weight": 1, "all": [{"field": "nope"}]}], "at_least": 1}, "criteria.score[0].all[0].field"),
        ({"score": [{"weight": 1, "all": [A], "op": "is"}], "at_least": 1}, "criteria.score[0]: a group is only"),
        ({"score": ["x"], "at_least": 1}, "criteria.score[0]: expected an object"),
        ({"score": [{"weight": 3, **A}]}, "criteria.at_least: say how many"),
        ({"score": [{"weight": 3, **A}], "at_least": 4}, "criteria.at_least: 4 is never reached"),
        ({"score": [{"weight": 3, **A}], "at_least": 0}, "criteria.at_least: 0 is always reached"),
        ({"all": [{"score": [{"weight": 3, **A}], "at_least": "3"}]}, "criteria.all[0].at_least: say how many"),
        ({"all": [A], "at_least": 1}, "criteria: a group is only one of"),
        ({"score": [{"weight": 3, **A}], "at_least": 3, "all": [A]}, "criteria: a group is only one of"),
        ({"weight": 3, **A}, "criteria: unknown key weight"),
    ],
)  # fmt: skip
def test_a_score_that_cannot_be_stored(node: dict[str, Any], message: str) -> None:
    with pytest.raises(Malformed) as raised:
        check(node)
    assert str(raised.value).startswith(message)


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = "pqrstu"
MODES = ("unknown", "pass", "fail")


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """Criteria in which each field is asked for once, and the fields."""
    names = list(NAMES[: draw(st.integers(1, len(NAMES)))])
    return draw(_tree(names, 3)), names


def _tree(names: list[str], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    if len(names) == 1 and depth <= 2:
        return st.sampled_from(MODES).map(lambda mode: asks(names[0], unknown=mode))
    return _group(names, depth)


@st.composite
def _group(draw: st.DrawFn, names: list[str], depth: int) -> dict[str, Any]:
    if depth == 0:
        cuts = list(range(1, len(names)))
    else:
        cuts = sorted(draw(st.sets(st.integers(1, len(names) - 1)))) if len(names) > 1 else []
    pieces = [names[start:end] for start, end in zip([0, *cuts], [*cuts, len(names)], strict=True)]
    children = [draw(_tree(piece, 0 if len(piece) == 1 else depth - 1)) for piece in pieces]
    kind = draw(st.sampled_from(["all", "any", "none", "score"]))
    if kind != "score":
        return {kind: children}
    weights = [draw(st.integers(-4, 4).filter(bool)) for _child in children]
    least, most = sum(min(weight, 0) for weight in weights), sum(max(weight, 0) for weight in weights)
    members = [{"weight": weight, **child} for weight, child in zip(weights, children, strict=True)]
    return {"score": members, "at_least": draw(st.integers(least + 1, most))}


def settled(node: dict[str, Any], known: dict[str, bool | None]) -> dict[str, bool | None]:
    """What each criterion counts as before anything is filled in: its "pass" and "fail" are no open questions."""
    if "field" in node:
        name = node["field"].removeprefix("custom.")
        value = known[name]
        return {name: {"pass": True, "fail": False}.get(node["unknown"]) if value is None else value}
    group = next(kind for kind in ("all", "any", "none", "score") if kind in node)
    return {name: value for child in node[group] for name, value in settled(child, known).items()}


def plainly(node: dict[str, Any], known: dict[str, bool | None]) -> bool:
    """Two-valued logic, written another way."""
    if "field" in node:
        return bool(known[node["field"].removeprefix("custom.")])
    if "score" in node:
        return sum(child["weight"] for child in node["score"] if plainly(child, known)) >= node["at_least"]
    [(group, children)] = [(kind, node[kind]) for kind in ("all", "any", "none") if kind in node]
    said = [plainly(child, known) for child in children]
    return {"all": all(said), "any": any(said), "none": not any(said)}[group]


@UNHURRIED
@given(trees(), st.data())
def test_it_is_unknown_exactly_where_filling_in_could_go_either_way(
    tree: tuple[dict[str, Any], list[str]], data: st.DataObject
) -> None:
    node, names = tree
    check(node)
    known = {name: data.draw(st.sampled_from([True, False, None])) for name in names}
    counted = settled(node, known)
    open_questions = [name for name, value in counted.items() if value is None]
    fillings = product([True, False], repeat=len(open_questions))
    ends = {plainly(node, counted | dict(zip(open_questions, filling, strict=True))) for filling in fillings}
    judged = judge(node, facts(**known))
    assert judged.verdict == {(True,): MET, (False,): NOT_MET}.get(tuple(ends), UNKNOWN)
    assert bool(judged.because) == (judged.verdict == NOT_MET)


@UNHURRIED
@given(trees(), st.data())
def test_a_criterion_that_speaks_for_the_lead_never_hurts_it(
    tree: tuple[dict[str, Any], list[str]], data: st.DataObject
) -> None:
    """Turn any one criterion from not met to met, as it is told, and the verdict never gets worse."""
    node, names = tree
    known: dict[str, bool | None] = {name: data.draw(st.booleans()) for name in names}
    better = [NOT_MET, UNKNOWN, MET].index
    judged = judge(node, facts(**known))
    for position, name in enumerate(names):
        turned = judge(node, facts(**known | {name: not known[name]}))
        first, second = (judged, turned) if judged.criteria[position].verdict == NOT_MET else (turned, judged)
        assert first.criteria[position].verdict == NOT_MET
        assert better(first.verdict) <= better(second.verdict)


@pytest.mark.parametrize(
    ("node", "verdict"),
    [
        ({"all": [asks("a", unknown="fail")]}, MET),
        ({"none": [asks("a", unknown="pass")]}, MET),
        ({"all": [asks("b", unknown="fail")]}, NOT_MET),
        ({"score": [{"weight": 2, **asks("a", unknown="fail")}], "at_least": 2}, MET),
        ({"score": [{"weight": 2, **asks("b", unknown="pass")}, {"weight": -1, **asks("a", unknown="pass")}],
          "at_least": 2}, MET),
        ({"all": [A]}, UNKNOWN),
    ],
)  # fmt: skip
def test_what_a_vendor_may_still_tell_never_speaks_against_the_lead(node: dict[str, Any], verdict: str) -> None:
    check(node)
    judged = judge(node, {}, awaited={"custom.a"})
    assert judged.verdict == verdict
