"""Whether weights by performance foretell anything: `python -m benchmarks performance FOLDER [--by-time SHARE]`.

FOLDER is a CRM's export: sales_pipeline….csv and sales_teams.csv. Held-back deals, won or lost, are foretold by each
agent's raw rate, by it shrunk as routing shrinks it, and by the team's rate for all. Where the second is worse
than the third the command ends with 1. No database is read.
"""

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.performance.export import BadExport, Deal, Export, read
from benchmarks.performance.planted import HISTORIES, planted
from routing.performance import FOLDS, Comparison, Fit, Tally, foretold, weights

# Of the loss of equal weights: what is beyond it is measurably worse.
BAR = 1.0005
# How far apart true rates are planted, as a standard deviation.
SPREADS = (0.0, 0.05, 0.1)
People = dict[str, dict[int, Tally]]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks performance", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--by-time",
        type=_share,
        default=0.7,
        metavar="SHARE",
        help="how much is known when split by time (0.7)",
    )
    options = parser.parse_args(arguments)
    try:
        export = read(options.folder)
    except BadExport as error:
        parser.error(str(error))
    agents = {name: number for number, name in enumerate(sorted(export.teams))}
    print(_sample(export))
    good = True
    for title, splits in _splits(export.deals, options.by_time):
        found = foretold((_teams(known, export, agents), _teams(held, export, agents)) for known, held in splits)
        good &= _verdict(title, found)
    teams = _teams(export.deals, export, agents)
    good &= _controls(teams)
    _table(export, agents)
    return 0 if good else 1


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("takes a share between 0 and 1, like 0.7")
    return value


def _sample(export: Export) -> str:
    whole = len(export.deals)
    won = sum(deal.won for deal in export.deals)
    agents = len({deal.agent for deal in export.deals})
    first, last = export.deals[0].closed_on, export.deals[-1].closed_on
    return (
        f"{whole:,} deals closed from {first} to {last}, {won:,} won ({won / whole:.1%}), by {agents} agents with deals"
        f" of {len(export.teams)} in {len(set(export.teams.values()))} teams"
    )


def _splits(deals: Sequence[Deal], by_time: float) -> list[tuple[str, list[tuple[list[Deal], list[Deal]]]]]:
    """By time, the earlier foretelling the later; and by deal, each fifth foretold by the rest."""
    cut = int(len(deals) * by_time)
    folds = [
        (
            [deal for place, deal in enumerate(deals) if place % FOLDS != fold],
            [deal for place, deal in enumerate(deals) if place % FOLDS == fold],
        )
        for fold in range(FOLDS)
    ]
    return [
        (f"by time: the first {by_time:.0%} foretell the rest", [(list(deals[:cut]), list(deals[cut:]))]),
        (f"by deal: each {FOLDS}th foretold by the others", folds),
    ]


def _teams(deals: Iterable[Deal], export: Export, agents: dict[str, int]) -> list[dict[int, Tally]]:
    return list(_people(deals, export, agents).values())


def _people(deals: Iterable[Deal], export: Export, agents: dict[str, int]) -> People:
    found: People = {team: {} for team in sorted(set(export.teams.values()))}
    for agent, team in export.teams.items():
        found[team][agents[agent]] = Tally()
    for deal in deals:
        found[export.teams[deal.agent]][agents[deal.agent]] += Tally(1, int(deal.won))
    return found


def _verdict(title: str, found: Comparison) -> bool:
    print(f"\n{title}\n  log-loss over {found.n:,} held-back deals, in nats; less is better")
    worth: list[tuple[str, float]] = [("raw", found.raw), ("shrunk", found.shrunk), ("equal", found.equal)]
    for name, loss in worth:
        print(f"    {name:<7}{loss:.5f}   x {loss / found.equal if found.equal else 1.0:.5f} of equal")
    good = found.ratio <= BAR
    says = "no worse than equal weights" if good else "WORSE than equal weights"
    print(f"  {'met   ' if good else 'MISSED'}  shrunk / equal = {found.ratio:.5f} (bar: <= {BAR}): {says}")
    return good


def _controls(teams: Sequence[dict[int, Tally]]) -> bool:
    """What the strategy does where the truth is known, with as many deals of each agent as in the export."""
    print(f"\n{HISTORIES} made-up histories of as many deals, each {FOLDS}th foretold by the others")
    good = True
    for spread in SPREADS:
        found = planted(teams, spread, bar=BAR)
        ratio = found.shrunk / found.equal
        met = ratio <= BAR
        good &= met
        print(
            f"  {'met   ' if met else 'MISSED'}  true rates {spread:.0%} apart: raw x {found.raw / found.equal:.5f},"
            f" shrunk x {ratio:.5f} of equal; measurably worse in {found.worse} of {HISTORIES}"
        )
    return good


def _table(export: Export, agents: dict[str, int]) -> None:
    """Each agent as routing would weigh them, by this one measure."""
    parts = [_people(export.deals[fold::FOLDS], export, agents) for fold in range(FOLDS)]
    names = sorted(parts[0])
    folded = {
        number: {agent: [part[team][agent] for part in parts] for agent in parts[0][team]}
        for number, team in enumerate(names)
    }
    fit = Fit.of(folded)
    held = "acted on" if fit.comparison.holds else "not acted on, so that all weigh the same"
    if math.isinf(fit.strength):
        said = "Agents differ no more than chance would have them: each is taken to be at the team's mean"
    else:
        said = f"A team's mean counts as {fit.strength:,.0f} deals of each agent; the shrunk rates are {held}"
    print(f"\n{said}.\n")
    print(f"{'team':<20}{'agent':<22}{'n':>5}{'won':>6}{'raw':>9}{'shrunk':>9}{'weight':>8}{'equal':>7}")
    name_of = {number: name for name, number in agents.items()}
    for number, team in enumerate(names):
        worth = weights(number, [fit])
        for agent, tally in sorted(fit.tallies[number].items(), key=_best):
            raw = "–" if tally.rate is None else f"{tally.rate:.1%}"
            print(
                f"{team[:19]:<20}{name_of[agent][:21]:<22}{tally.n:>5}{tally.k:>6}{raw:>9}"
                f"{fit.shrunk(number, agent):>9.1%}{worth[agent]:>8.2f}{1:>7.2f}"
            )


def _best(row: tuple[int, Tally]) -> tuple[float, int]:
    agent, tally = row
    return -(tally.rate or 0.0), agent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
