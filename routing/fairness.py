"""How fair a territory's giving has been: each rep's share, what they had of it and what they are owed. Pure, over a
bench."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routing import availability
from routing.availability import A_PERIOD, LeftOut, Seat
from routing.routes import Bench
from routing.rules import TerritoryRule


@dataclass(frozen=True)
class CapUse:
    """How full a cap is: `period` is hour, day or week, '' for leads held at a time."""

    n: int
    most: int
    period: str = ""

    @property
    def is_full(self) -> bool:
        return self.n >= self.most


@dataclass(frozen=True)
class Standing:
    """A rep in a territory. `part` is their share of each lead that all may take, `owed` the leads of it that they have
    not had (below 0: had ahead), `out` why they may take none now."""

    seat: Seat
    part: float
    given: int
    owed: float
    caps: tuple[CapUse, ...]
    out: LeftOut | None


def standings(bench: Bench, rule: TerritoryRule, given: Mapping[int, int]) -> list[Standing]:
    """Every rep of the territory's team whom routing gives leads, and who was given some and is off by now; `given` are
    the leads each had in turn here."""
    taking = [seat for seat in bench.teams.get(rule.team_id, ()) if seat.rep.takes_routing]
    seats = [seat for seat in taking if seat.is_on or given.get(seat.rep.pk)]
    weights = {seat.rep.pk: bench.weight(rule, seat.rep.pk) if seat.is_on else 0.0 for seat in seats}
    total = sum(weights.values()) or 1.0
    return [
        Standing(
            seat,
            part=weights[seat.rep.pk] / total,
            given=given.get(seat.rep.pk, 0),
            owed=bench.owed.get((rule.pool_id, seat.rep.pk), 0.0),
            caps=caps_of(seat),
            out=_out(bench, rule, seat),
        )
        for seat in seats
    ]


def _out(bench: Bench, rule: TerritoryRule, seat: Seat) -> LeftOut | None:
    """Why they may take no lead of this territory now, whatever else the lead says."""
    return (
        availability.ever(seat, bench.at)
        or availability.for_this(seat, {}, rule.skills)
        or availability.now(seat, bench.at, bench.hours)
    )


def caps_of(seat: Seat) -> tuple[CapUse, ...]:
    """The rep's caps, the leads held at a time first."""
    held: Any = seat.caps.open_leads
    found = [CapUse(seat.open, held)] if held is not None else []
    for name in A_PERIOD:
        if (most := getattr(seat.caps, name)) is not None:
            found.append(CapUse(seat.given.get(name, 0), most, name.removeprefix("per_")))
    return tuple(found)
