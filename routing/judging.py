"""Criteria judged: purely, with three values, each one telling what it said.

An unknown value makes a criterion *unknown*, not false, and that is what is recorded of it. In its group it counts as
met where `"unknown": "pass"` stands, with "fail" as not met, else as unknown (Kleene's three-valued logic). A score is
met when its points reach what is needed whatever the unknown ones may be, not met when they could not, else unknown.

Criteria that are met only because unknown passes say nothing of the lead: their verdict has no ground. An exclusion
that does not hit is one only where nothing else is asked: not being free mail makes nobody a fit of a large company.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from routing import ranges
from routing.criteria import MET, NOT_MET, OPERATORS, SCORE, UNKNOWN, describe, is_unknown
from routing.criteria_words import in_words

NEGATED = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}
# What a verdict rests on: no known value, an exclusion that was looked at, a known value that was asked for.
NOTHING, SPARED, KNOWN = range(3)


@dataclass(frozen=True)
class Verdict:
    """What one criterion said, told as what is wanted of the lead: inside "none" it is the opposite that is wanted, so
    that *met* always speaks for the lead and *not met* against it.

    `found` is the lead's value as it was read, or the range that tells it. `passes` tells what an unknown value does
    here: it passes, it fails, or, as for a known one, None. With `awaited` it passes because a vendor that may know had
    not answered.
    """

    text: str
    found: Any
    verdict: str
    passes: bool | None = None
    awaited: bool = False

    @property
    def counts_as(self) -> str:
        return self.verdict if self.passes is None else MET if self.passes else NOT_MET


@dataclass(frozen=True)
class Part:
    """One member of a score: what it asks, its points, and what it counted as."""

    text: str
    weight: int
    verdict: str


@dataclass(frozen=True)
class Score:
    """How a score added up: `least` without the unknown parts that would help, `most` with them."""

    at_least: int
    least: int
    most: int
    verdict: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Judgement:
    """The verdict, every criterion in its order, every score, and in words what a verdict of *not met* rests on.

    `grounded` is False of a verdict that no known value led to.
    """

    verdict: str
    criteria: tuple[Verdict, ...]
    scores: tuple[Score, ...] = ()
    because: tuple[str, ...] = ()
    grounded: bool = True


@dataclass(frozen=True)
class _Said:
    """One node's own verdict, before any "none" around it, and what it rests on: in words, and how much is known."""

    verdict: str
    because: tuple[str, ...] = ()
    ground: int = NOTHING


def judge(node: Mapping[str, Any], facts: Mapping[str, Any], *, awaited: Collection[str] = frozenset()) -> Judgement:
    """Judge checked criteria over a lead's facts (`{field: value}`, absent, None, '' and [] being unknown).

    `awaited` are the fields that a vendor may still tell: not knowing one of these never speaks against the lead.
    """
    if not node:
        return Judgement(MET, ())
    judging = _Judging(facts, awaited)
    said = judging.node(node, wanted=True)
    because = said.because if said.verdict == NOT_MET else ()
    grounded = said.ground >= (KNOWN if judging.asks else SPARED)
    return Judgement(said.verdict, tuple(judging.criteria), tuple(judging.scores), because, grounded)


class _Judging:
    """One walk over criteria; `wanted` is False inside an odd number of "none" and of points below 0. It `asks` where
    anything is wanted."""

    def __init__(self, facts: Mapping[str, Any], awaited: Collection[str]) -> None:
        self.facts = facts
        self.awaited = awaited
        self.criteria: list[Verdict] = []
        self.scores: list[Score] = []
        self.asks = False

    def node(self, node: Mapping[str, Any], *, wanted: bool) -> _Said:
        if "all" in node:
            return _weakest([self.node(child, wanted=wanted) for child in node["all"]])
        if "any" in node:
            return _strongest([self.node(child, wanted=wanted) for child in node["any"]])
        if "none" in node:
            said = _strongest([self.node(child, wanted=not wanted) for child in node["none"]])
            return replace(said, verdict=NEGATED[said.verdict])
        if SCORE in node:
            return self._score(node, wanted=wanted)
        return self._criterion(node, wanted=wanted)

    def _criterion(self, node: Mapping[str, Any], *, wanted: bool) -> _Said:
        value, own = self._read(node)
        passes = {"pass": True, "fail": False}.get(node.get("unknown", "")) if own == UNKNOWN else None
        awaited = node["field"] in self.awaited and passes is (not wanted)
        said = Verdict(describe(node), value, own, wanted if awaited else passes, awaited)
        told = said if wanted else _opposite(node, said)
        self.criteria.append(told)
        self.asks = self.asks or wanted
        return _Said(said.counts_as, (_missed(told),), NOTHING if own == UNKNOWN else KNOWN if wanted else SPARED)

    def _read(self, node: Mapping[str, Any]) -> tuple[Any, str]:
        """The value, or the range that tells it, and what the criterion makes of it."""
        value = self.facts.get(node["field"])
        in_between = ranges.told_as_range(node["field"], self.facts) if is_unknown(value) else ""
        return (in_between, ranges.reads(node, in_between)) if in_between else (value, _asked(node, value))

    def _score(self, node: Mapping[str, Any], *, wanted: bool) -> _Said:
        place = len(self.scores)
        said = [self.node(child, wanted=wanted == (child["weight"] > 0)) for child in node[SCORE]]
        parts = tuple(
            Part(in_words(child), child["weight"], one.verdict) for child, one in zip(node[SCORE], said, strict=True)
        )
        score = _added_up(node["at_least"], parts)
        self.scores.insert(place, score)
        counted = [one.ground for part, one in zip(parts, said, strict=True) if _led_to(score, part)]
        because = _fell_short(score) if wanted else _went_over(score)
        return _Said(score.verdict, (because,), max(counted, default=NOTHING))


def _asked(node: Mapping[str, Any], value: Any) -> str:
    if is_unknown(value):
        return UNKNOWN
    try:
        return MET if OPERATORS[node["op"]](value, node["value"]) else NOT_MET
    except TypeError:  # a custom field may hold a text where the criterion asks for a number
        return UNKNOWN


def _opposite(node: Mapping[str, Any], said: Verdict) -> Verdict:
    passes = None if said.passes is None else not said.passes
    return Verdict(describe(node, wanted=False), said.found, NEGATED[said.verdict], passes, said.awaited)


def _missed(told: Verdict) -> str:
    if told.verdict != UNKNOWN:
        return f"{told.text} (not met)"
    return f"{told.text} ({'not known' if is_unknown(told.found) else f'known only as {told.found}'})"


def _fell_short(score: Score) -> str:
    if score.most > score.least:
        return f"the score is {score.most} at most, and {score.at_least} are needed"
    return f"the score is {score.least}, and {score.at_least} are needed"


def _went_over(score: Score) -> str:
    shown = f"{score.least} at least" if score.most > score.least else f"{score.least}"
    return f"the score is {shown}, and must be below {score.at_least}"


def _added_up(at_least: int, parts: tuple[Part, ...]) -> Score:
    known = sum(part.weight for part in parts if part.verdict == MET)
    unknown = [part.weight for part in parts if part.verdict == UNKNOWN]
    least = known + sum(min(weight, 0) for weight in unknown)
    most = known + sum(max(weight, 0) for weight in unknown)
    verdict = MET if least >= at_least else NOT_MET if most < at_least else UNKNOWN
    return Score(at_least, least, most, verdict, parts)


def _led_to(score: Score, part: Part) -> bool:
    """Whether the part pulled towards what the score came to: points counted, or points against it that were not."""
    towards = part.weight > 0 if score.verdict == MET else part.weight < 0
    return part.verdict == (MET if towards else NOT_MET)


def _weakest(said: list[_Said]) -> _Said:
    return _first_of((NOT_MET, UNKNOWN, MET), said)


def _strongest(said: list[_Said]) -> _Said:
    return _first_of((MET, UNKNOWN, NOT_MET), said)


def _first_of(order: tuple[str, ...], said: list[_Said]) -> _Said:
    """The first verdict of this order that anybody said, resting on all who said it."""
    verdict = next(one for one in order if any(part.verdict == one for part in said))
    agreed = [part for part in said if part.verdict == verdict]
    because = tuple(why for part in agreed for why in part.because)
    return _Said(verdict, because, max(part.ground for part in agreed))
