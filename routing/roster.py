"""Who may take which lead: territories in their order, their pools, and every rep with why they are left out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F

from leads.locks import Lock
from leads.models import Lead, Rep
from routing import criteria, judging, round_robin
from routing.models import Absence, Pool, Share
from routing.qualification import facts
from routing.round_robin import Turn

# Without criteria everything would match; a territory that is to take everything says that it is the fallback.
NO_CRITERIA = "has no criteria"


def hold_roster(*, exclusive: bool = False) -> None:
    """Take the roster's advisory lock for the transaction: shared to give leads, exclusive to change who may have them.

    Taken before any row, so that switching a rep off waits for those who give and leaves nothing behind.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'' if exclusive else '_shared'}(%s)", [Lock.ROSTER])


@dataclass
class Route:
    """Where a lead goes: to a rep, or nowhere yet and why."""

    pool: Pool | None
    rep: Rep | None = None
    closed: bool = False
    steps: dict[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        if self.pool is None:
            return "No territory takes this lead, and there is no fallback."
        name = self.pool.territory.name
        if self.rep is None:
            why = "its team is closed now" if self.closed else "nobody there may take it now"
            return f"{name} takes this lead, but {why}."
        share = "it was your turn" if self.steps.get("eligible", 0) > 1 else "you are who may take it now"
        how = "as the fallback" if self.pool.is_fallback else f"because {self.steps.get('because') or 'it fits'}"
        return f"{name} takes this lead {how}; {share}."


class Roster:
    """The pools, locked until the commit, and the reps in them at one moment."""

    def __init__(self, pools: Sequence[Pool], reps: Iterable[Rep], away: set[int], *, at: datetime) -> None:
        self.at = at
        self.pools = sorted(pools, key=lambda pool: (pool.is_fallback, pool.position, pool.pk))
        self.away = away
        self.teams: dict[int, list[Rep]] = defaultdict(list)
        for rep in reps:
            self.teams[rep.team_id].append(rep)
        self.turns: dict[int, dict[int, Turn]] = {}
        self._changed: dict[tuple[int, int], Turn] = {}

    @classmethod
    def lock(cls, *, at: datetime) -> "Roster":
        """Lock the pools by id, then read the shares in a new statement, as they stand after the last to hold them."""
        lock_pools()
        pools = Pool.objects.filter(territory__active=True, territory__team__active=True)
        roster = cls(
            list(pools.select_related("territory__team")),
            Rep.objects.filter(team__active=True).select_related("user", "team").order_by("pk"),
            away_at(at),
            at=at,
        )
        roster._seat_everybody()
        return roster

    def _seat_everybody(self) -> None:
        shares: dict[int, dict[int, Turn]] = defaultdict(dict)
        for share in Share.objects.all():
            shares[share.pool_id][share.rep_id] = Turn(
                share.rep_id, share.weight, share.given, share.credit, share.in_turn
            )
        for pool in self.pools:
            turns = shares[pool.pk]
            present = {rep.pk for rep in self.teams[pool.territory.team_id] if self.left_out(rep) is None}
            for rep_id in sorted(present - set(turns)):
                turns[rep_id] = Turn(rep_id, in_turn=False)
            for turn in round_robin.seat(turns.values(), present):
                self._changed[pool.pk, turn.rep_id] = turn
            self.turns[pool.pk] = turns

    def left_out(self, rep: Rep, lead: Lead | None = None) -> str | None:
        """Why a rep may not take a lead (or any lead) now; None when they may."""
        if not rep.active or not rep.user.is_active:
            return "off"
        if not rep.takes_routing:
            return "takes no leads from routing"
        if rep.pk in self.away:
            return "away"
        return left_out_of(lead, rep.pk, at=self.at) if lead else None

    def territory_for(self, lead: Lead, *, fallback: bool = False) -> tuple[Pool | None, list[dict[str, Any]]]:
        """The first territory whose criteria the lead meets, and each one passed over with its verdict."""
        passed: list[dict[str, Any]] = []
        known = facts(lead)
        for pool in self.pools:
            why = self._why_not(pool, lead, known, fallback=fallback, passed=passed)
            if why is None:
                return pool, passed
        return None, passed

    def _why_not(
        self, pool: Pool, lead: Lead, known: dict[str, Any], *, fallback: bool, passed: list[dict[str, Any]]
    ) -> str | None:
        entry: dict[str, Any] = {"territory": pool.territory_id, "name": pool.territory.name, "version": pool.version}
        if fallback and not pool.is_fallback:
            return "only the fallback now"
        if pool.territory_id in lead.excluded_territories:
            entry["verdict"] = "left out by a recycle"
        elif not pool.is_fallback and not pool.criteria:
            entry["verdict"] = NO_CRITERIA
        elif not pool.is_fallback:
            judged = judging.judge(pool.criteria, known)
            entry |= {"verdict": judged.verdict, "criteria": [vars(verdict) for verdict in judged.criteria]}
            if judged.scores:
                entry["scores"] = [asdict(score) for score in judged.scores]
            if judged.verdict == criteria.MET:
                passed.append(entry)
                return None
        else:
            passed.append(entry | {"verdict": "fallback"})
            return None
        passed.append(entry)
        return str(entry["verdict"])

    def route(self, lead: Lead, *, is_open: "OpenNow", fallback: bool = False) -> Route:
        """Pick the territory and, where somebody may take the lead now, the rep; counts the lead for that rep."""
        pool, passed = self.territory_for(lead, fallback=fallback)
        steps: dict[str, Any] = {"territories": passed}
        if pool is None:
            return Route(None, steps=steps)
        steps["because"] = _because(passed)
        if not is_open(pool.territory.team_id):
            return Route(pool, closed=True, steps=steps | {"closed": True})
        reps = {rep.pk: rep for rep in self.teams[pool.territory.team_id]}
        out = {pk: why for pk, rep in reps.items() if (why := self.left_out(rep, lead)) is not None}
        turns = [turn for pk, turn in self.turns[pool.pk].items() if pk in reps and pk not in out]
        steps |= {
            "strategy": "round robin",
            "left_out": [{"rep": pk, "why": why} for pk, why in sorted(out.items())],
            "turns": [vars(turn) | {"level": turn.level} for turn in sorted(turns, key=lambda turn: turn.rep_id)],
            "eligible": len(turns),
        }
        winner = round_robin.pick(turns)
        if winner is None:
            return Route(pool, steps=steps)
        winner.given += 1
        self._changed[pool.pk, winner.rep_id] = winner
        return Route(pool, reps[winner.rep_id], steps=steps)

    def save(self) -> None:
        """Write the counters that changed, in one statement."""
        if not self._changed:
            return
        rows = [(pool, rep, turn) for (pool, rep), turn in sorted(self._changed.items())]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO routing_share AS s (pool_id, rep_id, weight, given, credit, in_turn)"
                " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::float8[], %s::float8[], %s::bool[])"
                " ON CONFLICT (pool_id, rep_id) DO UPDATE SET given = excluded.given, in_turn = excluded.in_turn",
                [
                    [pool for pool, _rep, _turn in rows],
                    [rep for _pool, rep, _turn in rows],
                    [turn.weight for *_ids, turn in rows],
                    [turn.given for *_ids, turn in rows],
                    [turn.credit for *_ids, turn in rows],
                    [turn.in_turn for *_ids, turn in rows],
                ],
            )
        self._changed.clear()


def lock_pools() -> None:
    """Lock all pools in the order of their ids, until the commit."""
    list(Pool.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


class OpenNow:
    """Whether a team is open at a moment, asked once a team."""

    def __init__(self, test: Any) -> None:
        self._test = test
        self._known: dict[int, bool] = {}

    def __call__(self, team_id: int) -> bool:
        if team_id not in self._known:
            self._known[team_id] = self._test(team_id)
        return self._known[team_id]


def _because(passed: list[dict[str, Any]]) -> str:
    met = [item["text"] for item in passed[-1].get("criteria", []) if item["verdict"] == criteria.MET]
    return " and ".join(met[:2])


def away_at(at: datetime) -> set[int]:
    """The reps who are away at a moment."""
    return set(Absence.objects.filter(starts_at__lte=at, ends_at__gt=at).values_list("rep_id", flat=True))


def left_out_of(lead: Lead, rep_id: int, *, at: datetime) -> str | None:
    """Why this lead is kept from this rep: a recycle that excluded them, or the cool-down after a lapse."""
    for entry in lead.excluded_reps:
        if entry["rep"] == rep_id and (entry["until"] is None or datetime.fromisoformat(entry["until"]) > at):
            return "in cool-down after a lapse" if entry["why"] == "lapse" else "excluded by a recycle"
    return None


def owe_a_turn(rep_id: int, territory_id: int | None) -> None:
    """Credit a rep for a lead that was taken from them by no fault of theirs, under the pools' locks as routing is."""
    lock_pools()
    Share.objects.filter(rep=rep_id, pool__territory=territory_id).update(credit=F("credit") - 1)


def members(team_ids: set[int], *, at: datetime) -> dict[int, list[Rep]]:
    """By team, the reps who may be given a lead at `at`, before what a lead itself rules out."""
    reps = Rep.objects.taking_leads().filter(team__in=team_ids).exclude(pk__in=away_at(at))
    teams: dict[int, list[Rep]] = defaultdict(list)
    for rep in reps.select_related("user", "team").order_by("pk"):
        teams[rep.team_id].append(rep)
    return teams
