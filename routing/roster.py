"""The bench that leads are given from, read and held until the commit: pools, balances, reps, what they were given."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet

from leads.locks import A_MOMENT, TRIES, Lock, letting_others_by, waiting_at_most
from leads.models import AccountDomain, Assignment, Lead, Rep, Team
from routing import scores, strategies
from routing.availability import A_PERIOD, Hours, Seat, excluded_from
from routing.models import Absence, Decision, Pool, Share, TurnCredit
from routing.qualification import facts as facts_of
from routing.routes import ACCOUNT_OWNER, Bench
from routing.rules import RoutingRules, skills_of
from routing.strategies import PERFORMANCE, Turn
from routing.territories import Case, case_of

# What counts against a cap by time: what routing and the pool gave. A deal's owner, a claim and a cover have their own
# reasons; they count among the leads held.
COUNTED = (*strategies.NAMES, ACCOUNT_OWNER, "pool")


def hold_roster(*, exclusive: bool = False, tries: int = TRIES) -> None:
    """Take the roster's advisory lock for the transaction: shared to give leads, exclusive to change who may have them.

    Taken before any row, so that switching a rep off waits for those who give and leaves nothing behind. Whoever waits
    for it exclusively has all others wait in line behind, so it steps out of the line again and again.
    """
    if exclusive:
        letting_others_by(_hold_alone, tries=tries)
    else:
        _advisory("pg_advisory_xact_lock_shared")


def _hold_alone() -> None:
    with transaction.atomic(), waiting_at_most(A_MOMENT):
        _advisory("pg_advisory_xact_lock")


def _advisory(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [Lock.ROSTER])


def lock(
    rules: RoutingRules, *, hours: Hours, at: datetime, also: Mapping[int, int], unwritten: Iterable[Assignment]
) -> Bench:
    """Lock the pools by id, and then the reps with caps, and read them in new statements, as they stand after the last
    to hold them. `also` are the leads that this transaction has given or taken and not written yet, by rep, and
    `unwritten` the turns it gave: they count against the caps as what is written does."""
    lock_pools()
    if rules.has_caps:
        list(_reps().select_for_update(no_key=True, of=("self",)).values_list("pk"))
    return read(rules, hours=hours, at=at, also=also, unwritten=unwritten)


def read(
    rules: RoutingRules,
    *,
    hours: Hours,
    at: datetime,
    also: Mapping[int, int] = MappingProxyType({}),
    unwritten: Iterable[Assignment] = (),
) -> Bench:
    """The bench as it stands, for who only looks."""
    people = list(_reps().select_related("user", "team"))
    away = {row.rep_id: row.ends_at for row in _absences(at)}
    given = _given(people, unwritten, hours=hours, at=at) if rules.has_caps else {}
    seats = {
        rep.id: Seat(
            rep,
            away_until=away.get(rep.id),
            open=rep.open_leads + also.get(rep.id, 0),
            caps=rules.caps(rep.id, rep.team_id),
            given=given.get(rep.id, {}),
            skills=skills_of(rep.skills),
        )
        for rep in people
    }
    owed = {(pool, rep): owed for pool, rep, owed in Share.objects.values_list("pool_id", "rep_id", "owed")}
    return Bench(rules, seats, owed, hours, at, weights=_weights(rules), teams_on=teams_on())


def teams_on() -> frozenset[int]:
    """The teams that take leads, which the roster's lock holds as they are."""
    return frozenset(Team.objects.filter(active=True).values_list("pk", flat=True))


def lock_pools() -> None:
    """Lock all pools in the order of their ids, until the commit."""
    list(Pool.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _reps() -> QuerySet[Rep]:
    return Rep.objects.filter(team__active=True).order_by("pk")


def _absences(at: datetime) -> QuerySet[Absence]:
    return Absence.objects.filter(starts_at__lte=at, ends_at__gt=at).order_by("ends_at")


def _weights(rules: RoutingRules) -> dict[int, float]:
    """Read only where a territory goes by them."""
    wanted = any(rule.strategy == PERFORMANCE for rule in rules.territories)
    return scores.weights() if wanted else {}


def _given(
    people: Sequence[Rep], unwritten: Iterable[Assignment], *, hours: Hours, at: datetime
) -> dict[int, dict[str, int]]:
    """What the reps of each team were given in its running hour, day and week, by rep."""
    found: dict[int, dict[str, int]] = {rep.id: dict.fromkeys(A_PERIOD, 0) for rep in people}
    for team_id in sorted({rep.team_id for rep in people}):
        since = {name: hours.period(team_id=team_id, name=name, at=at)[0] for name in A_PERIOD}
        rows = Assignment.objects.filter(rep__team=team_id, started_at__gte=min(since.values()), how__in=COUNTED)
        counts = {name: Count("pk", filter=Q(started_at__gte=start)) for name, start in since.items()}
        for rep_id, *given in rows.values_list("rep_id").annotate(**counts):
            found[rep_id] = dict(zip(counts, given, strict=True))
    for turn in unwritten:
        if turn.how in COUNTED and turn.rep_id in found:
            found[turn.rep_id] = {name: count + 1 for name, count in found[turn.rep_id].items()}
    return found


def save(bench: Bench) -> None:
    """Write the balances that changed and the leads given, in one statement."""
    if not bench.changed:
        return
    rows = [(pool, rep, bench.owed[pool, rep], given) for (pool, rep), given in sorted(bench.changed.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO routing_share AS s (pool_id, rep_id, owed, given, credit)"
            " SELECT pool, rep, owed, given, 0 FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::int[])"
            " AS u (pool, rep, owed, given)"
            " ON CONFLICT (pool_id, rep_id) DO UPDATE SET owed = excluded.owed, given = s.given + excluded.given",
            [list(column) for column in zip(*rows, strict=True)],
        )
    bench.changed.clear()


def cases(leads: Sequence[Lead], *, facts: Mapping[int, Mapping[str, Any]]) -> dict[int, Case]:
    """What routing asks of each lead, by id; `facts` are those that were read already."""
    domains = domains_of({lead.account_id for lead in leads if lead.account_id is not None})
    return {
        lead.id: case_of(lead, facts.get(lead.id) or facts_of(lead), domains.get(lead.account_id or 0, ()))
        for lead in leads
    }


def domains_of(accounts: Iterable[int] | QuerySet) -> dict[int, list[str]]:
    """The domains of each of these accounts, by its id."""
    found: dict[int, list[str]] = defaultdict(list)
    for account_id, domain in AccountDomain.objects.filter(account__in=accounts).values_list("account_id", "domain"):
        found[account_id].append(domain)
    return found


def away_at(at: datetime) -> set[int]:
    """The reps who are away at a moment."""
    return set(_absences(at).values_list("rep_id", flat=True))


def left_out_of(lead: Lead, rep_id: int, *, at: datetime) -> str | None:
    """Why this lead is kept from this rep: a recycle, the cool-down after a lapse, or a manager who sent it back."""
    found = excluded_from(lead.excluded_reps, at).get(rep_id)
    return found.why if found else None


def owe_a_turn(turn: Assignment, *, why: str, at: datetime) -> None:
    """Credit a rep for a lead that was taken from them by no fault of theirs, under the pools' locks as routing is.

    The balances of all who could have had it go back to what they were, so that they still add up to nothing. What was
    not given in turn (a claim, a cover, out of the pool) took no turn, and none is owed for it.
    """
    if turn.how not in strategies.NAMES or turn.territory_id is None:
        return
    lock_pools()
    pool = Pool.objects.filter(territory=turn.territory_id).first()
    if pool is None:
        return
    TurnCredit.objects.create(pool=pool, rep_id=turn.rep_id, lead_id=turn.lead_id, why=why, at=at)
    Share.objects.filter(pool=pool, rep=turn.rep_id).update(credit=F("credit") + 1)
    _undo(pool.pk, turn)


def _undo(pool_id: int, turn: Assignment) -> None:
    given = Decision.objects.filter(lead=turn.lead_id, rep=turn.rep_id, at=turn.started_at, outcome=turn.how)
    steps = given.order_by("-pk").values_list("steps", flat=True).first() or {}
    taking = [Turn(**one) for one in steps.get("turns", ())]
    back = {turn.rep_id: 1.0}
    for rep_id, part in strategies.shares(taking).items():
        back[rep_id] = back.get(rep_id, 0.0) - part
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE routing_share s SET owed = round((s.owed + u.owed)::numeric, %s)"
            " FROM unnest(%s::bigint[], %s::float8[]) AS u (rep, owed) WHERE s.pool_id = %s AND s.rep_id = u.rep",
            [strategies.PLACES, list(back), list(back.values()), pool_id],
        )


def members(team_ids: set[int], *, at: datetime) -> dict[int, list[Rep]]:
    """By team, the reps who may be given a lead at `at`, before what a lead itself rules out."""
    reps = Rep.objects.taking_leads().filter(team__in=team_ids).exclude(pk__in=away_at(at))
    teams: dict[int, list[Rep]] = defaultdict(list)
    for rep in reps.select_related("user", "team").order_by("pk"):
        teams[rep.team_id].append(rep)
    return teams
