"""A comparison of two versions of the rules in words and tables, as the page and the command show it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leads import wording
from leads.models import Rep, Team, Territory
from routing.answering import ENOUGH

WHAT = {
    "given": "given to a rep",
    "pooled": "to the Shark Tank",
    "last_resort": "to the last resort: no territory takes it",
    "not_icp": "not ICP",
    "low_intent": "intent below the bar",
}
LEFT_OUT = {
    "deal": "went to a deal's owner",
    "suppressed": "suppressed",
    "not_yet": "not judged yet",
}
CHANGES = {"verdict": "would end otherwise", "team": "go to another team", "rep": "go to another rep of theirs"}
BY = {"own": "", "team": " (by the team’s)", "all": " (by everybody’s)"}
NOBODY, NO_TEAM, NO_TERRITORY = "somebody who left", "a team that is gone", "a territory that is gone"


@dataclass(frozen=True)
class Line:
    """One figure on both sides; `under` is one of the figure above it."""

    label: str
    base: str
    candidate: str
    change: str = ""
    under: bool = False


@dataclass(frozen=True)
class Table:
    title: str
    lines: tuple[Line, ...]
    note: str = ""


class Names:
    """The people, teams and territories of a result, by id; of today."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.teams = {team.pk: team.name for team in Team.objects.all()}
        self.territories = {territory.pk: territory.name for territory in Territory.objects.all()}
        reps = {row["rep"] for side in ("base", "candidate") for row in result[side]["reps"]}
        self.reps = {rep.pk: rep.name for rep in Rep.objects.filter(pk__in=reps).select_related("user")}

    def outcome(self, told: Mapping[str, Any]) -> str:
        """Where one lead went: 'Ada Okoye', 'Shark Tank of Nordic', 'not ICP'."""
        if told["what"] == "given":
            return self.reps.get(told["rep"], NOBODY)
        if told["what"] == "pooled":
            return f"Shark Tank of {self.teams.get(told.get('team', 0), NO_TEAM)}"
        return {"last_resort": "the last resort"}.get(told["what"], WHAT[told["what"]])

    def place(self, told: Mapping[str, Any]) -> str:
        """By which territory, for which team."""
        names = [self.territories.get(told.get("territory", 0), ""), self.teams.get(told.get("team", 0), "")]
        return " · ".join(dict.fromkeys(name for name in names if name))


def sentence(result: Mapping[str, Any]) -> str:
    """What would change, in one sentence."""
    changed = sum(result["changed"].values())
    if not result["leads"]:
        return "No lead came in this time, so there is nothing to compare."
    if not changed:
        return f"Nothing changes: {wording.count(result['leads'], 'lead')} compared."
    parts = [f"{result['changed'][kind]:,} {label}" for kind, label in CHANGES.items() if result["changed"][kind]]
    share = _percent(changed, result["leads"])
    of_all = wording.count(result["leads"], "lead")
    return f"{changed:,} of {of_all} ({share}) come to something else: {wording.listed(parts)}."


@dataclass(frozen=True)
class Headline:
    """One figure that people look at first; `tone` is ok where it becomes better, bad where worse, '' where neither."""

    label: str
    base: str
    candidate: str
    tone: str = ""


def headlines(result: Mapping[str, Any]) -> tuple[Headline, ...]:
    """What to look at before the tables: fallback and pool, how long leads wait, and what would be let pass."""
    base, candidate, leads = result["base"], result["candidate"], result["leads"]
    if not leads:
        return ()
    shares = [
        _headline("By the fallback", base["fallback"] / leads, candidate["fallback"] / leads, _share_of_all),
        _headline("To the Shark Tank", _part(base, "pooled", leads), _part(candidate, "pooled", leads), _share_of_all),
    ]
    wait = _headline("Nine of ten wait at most", base["waits"]["p90"], candidate["waits"]["p90"], _span)
    breaches = _headline("Predicted breaches", base["breaches"], candidate["breaches"], lambda n: f"{n:,.1f}")
    return (*shares, wait, breaches)


def _part(side: Mapping[str, Any], what: str, leads: int) -> float:
    return float(side["what"].get(what, 0) / leads)


def _share_of_all(part: float) -> str:
    return _percent(part, 1)


def _headline(label: str, one: float | None, two: float | None, told: Callable[[float], str]) -> Headline:
    before, after = ("–" if value is None else told(value) for value in (one, two))
    if before == after or one is None or two is None:
        return Headline(label, before, after)
    return Headline(label, before, after, "ok" if two < one else "bad")


def about(result: Mapping[str, Any]) -> list[str]:
    """What was compared, and what was not."""
    since, until = (datetime.fromisoformat(result[name]) for name in ("since", "until"))
    lines = [f"Leads that came from {since:%-d %B %Y} to {until:%-d %B %Y}."]
    if result["past"]:
        lines.append(f"Of them {result['past']:,} from files of history.")
    if result["left_out"]:
        told = [f"{count:,} {LEFT_OUT[why]}" for why, count in result["left_out"].items()]
        lines.append(f"Not tried, for no rule of these decides over them: {wording.listed(told)}.")
    return lines


def tables(result: Mapping[str, Any], names: Names) -> tuple[Table, ...]:
    base, candidate = result["base"], result["candidate"]
    if not result["leads"]:
        return ()
    return (
        _fates(base, candidate, result["leads"]),
        _waits(base["waits"], candidate["waits"], base["what"].get("given", 0), candidate["what"].get("given", 0)),
        Table(
            "Leads by team and rep", tuple(_people(base, candidate, names)), "A rep's share is of their team's leads."
        ),
        Table("By territory", tuple(_territories(base["territories"], candidate["territories"], names))),
        _breaches(base, candidate, names),
    )


def _fates(base: Mapping[str, Any], candidate: Mapping[str, Any], leads: int) -> Table:
    lines = []
    for what, label in WHAT.items():
        one, two = base["what"].get(what, 0), candidate["what"].get(what, 0)
        if one or two or what in ("given", "pooled"):
            lines.append(_counted(label[0].upper() + label[1:], one, two, leads))
    lines.insert(1, _counted("By the fallback territory", base["fallback"], candidate["fallback"], leads, under=True))
    return Table("What becomes of them", tuple(lines))


def _counted(label: str, one: int, two: int, of: int, *, under: bool = False) -> Line:
    return Line(label, _share(one, of), _share(two, of), _signed(two - one), under)


def _share(count: int, of: int) -> str:
    return f"{count:,} ({_percent(count, of)})" if of else f"{count:,}"


def _percent(count: float, of: float) -> str:
    part = 100 * count / of if of else 0.0
    return f"{part:.0f} %" if part >= 10 or part == 0 else f"{part:.1f} %"


def _signed(change: float, places: int = 0) -> str:
    return "±0" if round(change, places) == 0 else f"{change:+,.{places}f}".replace("-", "−")


def _waits(one: Mapping[str, Any], two: Mapping[str, Any], given: int, given_then: int) -> Table:
    lines = [
        Line(
            "At once", _share(one["at_once"], given), _share(two["at_once"], given_then),
            _signed(two["at_once"] - one["at_once"]),
        )
    ]  # fmt: skip
    for name, label in (("median", "Half within"), ("p90", "Nine of ten within"), ("longest", "Longest")):
        lines.append(Line(label, _span(one[name]), _span(two[name]), _longer(one[name], two[name])))
    return Table("Wait for a rep", tuple(lines), "From qualified to given, on the clock on the wall.")


def _span(seconds: float | None) -> str:
    if seconds == 0:
        return "at once"
    return "–" if seconds is None else wording.span(timedelta(seconds=seconds))


def _longer(one: float | None, two: float | None) -> str:
    if one is None or two is None:
        return ""
    return "±0" if one == two else f"{'+' if two > one else '−'}{wording.span(timedelta(seconds=abs(two - one)))}"


def _people(base: Mapping[str, Any], candidate: Mapping[str, Any], names: Names) -> Iterable[Line]:
    teams_one, teams_two = ({row["team"]: row for row in side["teams"]} for side in (base, candidate))
    reps_one, reps_two = _by_rep(base), _by_rep(candidate)
    for team in _sorted({*teams_one, *teams_two}, names.teams):
        yield _rows(names.teams.get(team, NO_TEAM), teams_one.get(team), teams_two.get(team))
        members = {rep for of_team, rep in (*reps_one, *reps_two) if of_team == team}
        for rep in _sorted(members, names.reps):
            one, two = reps_one.get((team, rep)), reps_two.get((team, rep))
            yield _rows(names.reps.get(rep, NOBODY), one, two, under=True)


def _by_rep(side: Mapping[str, Any]) -> dict[tuple[int, int], Mapping[str, Any]]:
    return {(row["team"], row["rep"]): row for row in side["reps"]}


def _sorted(ids: Iterable[int], names: Mapping[int, str]) -> list[int]:
    return sorted(ids, key=lambda pk: (names.get(pk, NOBODY).casefold(), pk))


def _rows(label: str, one: Mapping[str, Any] | None, two: Mapping[str, Any] | None, *, under: bool = False) -> Line:
    before, after = (row["leads"] if row else 0 for row in (one, two))
    told, told_then = (f"{row['leads']:,} ({_percent(row['share'], 1)})" if row else "0" for row in (one, two))
    return Line(label, told, told_then, _signed(after - before), under)


def _territories(one: Mapping[str, int], two: Mapping[str, int], names: Names) -> Iterable[Line]:
    for pk in _sorted({int(pk) for pk in (*one, *two)}, names.territories):
        before, after = one.get(str(pk), 0), two.get(str(pk), 0)
        yield Line(names.territories.get(pk, NO_TERRITORY), f"{before:,}", f"{after:,}", _signed(after - before))


def _breaches(base: Mapping[str, Any], candidate: Mapping[str, Any], names: Names) -> Table:
    change = candidate["breaches"] - base["breaches"]
    lines = [Line("All", f"{base['breaches']:,.1f}", f"{candidate['breaches']:,.1f}", _signed(change, 1))]
    reps_one, reps_two = _by_rep(base), _by_rep(candidate)
    for key in sorted({*reps_one, *reps_two}, key=lambda key: (names.reps.get(key[1], NOBODY).casefold(), key)):
        lines.append(_missed(names.reps.get(key[1], NOBODY), reps_one.get(key), reps_two.get(key)))
    note = (
        "Windows that would be let pass: of the leads each rep is given, the part that they did not answer in time "
        "in the last 180 days, measured in business time against the time that each version gives. "
        f"For a rep with fewer than {ENOUGH} windows it is their team’s part, or else everybody’s."
    )
    return Table("Predicted breaches", tuple(lines), note)


def _missed(name: str, one: Mapping[str, Any] | None, two: Mapping[str, Any] | None) -> Line:
    by = next((row["by"] for row in (one, two) if row), "own")
    if by == "nothing":
        return Line(f"{name} (not known)", "–", "–", under=True)
    before, after = (row["breaches"] if row else 0.0 for row in (one, two))
    return Line(f"{name}{BY[by]}", f"{before:,.1f}", f"{after:,.1f}", _signed(after - before, 1), under=True)
