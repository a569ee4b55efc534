"""SQL that the counted subjects share: business time, the policy of a lead, the team that answers for it.

Nothing here is taken from a request: values come in as the named parameters of `Scope.params`.
"""

# ruff: noqa: S608

from collections.abc import Mapping
from dataclasses import dataclass, field

from revops.dashboard.scope import DESK_PARTS, Scope

BY_REP = {"rep": "rep_id = %(rep)s"}


@dataclass(frozen=True)
class Subject:
    """A kind of thing that is counted. `sql` gives a row each, with `lead_id`, `team_id` and what figures ask about.

    `noun` and `nouns` say what a row is; `by` are the conditions that a list of them may be narrowed with.
    """

    key: str
    noun: str
    nouns: str
    sql: str
    by: Mapping[str, str] = field(default_factory=lambda: BY_REP)


@dataclass(frozen=True)
class Figure:
    """`where` is SQL over the subject's columns; a list shows the leads of exactly the rows that it holds for."""

    key: str
    subject: Subject
    title: str
    where: str
    how: str
    now: bool = False
    revops_only: bool = False


def quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def epoch(moment: str) -> str:
    """Seconds since 1970 of a moment, or the seconds of an interval."""
    return f"date_part('epoch', {moment})"


def worked(moment: str) -> str:
    """The seconds that the team of the row's desk `d` has worked until `moment`; without a team, wall time."""
    at, place = epoch(moment), f"width_bucket({epoch(moment)}, d.opens)"
    return f"coalesce(least({at} + d.gap[{place}], d.cap[{place}]), {at})"


# The same of the time at which everything is looked at.
WORKED_NOW = f"coalesce(d.now_s, {epoch('%(at)s::timestamptz')})"


def slot(moment: str) -> str:
    """The day or week of the period that a moment falls in, from 1."""
    return f"width_bucket({epoch(moment)}, %(edges)s::float8[])"


def preamble(scope: Scope) -> str:
    """The tables that durations are worked out with: each team's desk, and the policies."""
    rows = [f"({team}, %(desk_now_{team})s::float8, {_arrays(team)})" for team in scope.desks]
    nobody = "SELECT NULL::int, NULL::float8, NULL::float8[], NULL::float8[], NULL::float8[] LIMIT 0"
    return f"""
    desk (team_id, now_s, {", ".join(DESK_PARTS)}) AS MATERIALIZED ({f"VALUES {', '.join(rows)}" if rows else nobody}),
    policy (territory_id, source, accept_s, touch_s) AS MATERIALIZED (
        SELECT * FROM unnest(%(policy_territory)s::bigint[], %(policy_source)s::text[], %(policy_accept)s::int[],
                             %(policy_touch)s::int[])
    )"""


def _arrays(team: int) -> str:
    return ", ".join(f"%(desk_{part}_{team})s::float8[]" for part in DESK_PARTS)


# Where no policy asks for a source, no lead is read to learn its own.
SOURCE_OF_LEAD = "(SELECT id, source FROM leads_lead WHERE (SELECT bool_or(source <> '') FROM policy))"


def policies(territory: str) -> str:
    """Joins of the policies that may hold for lead `l` in a territory, the most particular first."""
    return f"""
    LEFT JOIN policy p3 ON p3.territory_id = {territory} AND p3.source <> '' AND p3.source = lower(l.source)
    LEFT JOIN policy p2 ON p2.territory_id = {territory} AND p2.source = ''
    LEFT JOIN policy p1 ON p1.territory_id IS NULL AND p1.source <> '' AND p1.source = lower(l.source)"""


ACCEPT_S = "coalesce(p3.accept_s, p2.accept_s, p1.accept_s, %(accept_s)s)"
TOUCH_S = "coalesce(p3.touch_s, p2.touch_s, p1.touch_s, %(touch_s)s)"

# Who answers for lead `l`: its owner's team, else its territory's, else the team that had the last turn. The last is
# looked up only where teams are asked for, and where there can have been a turn.
TEAM_OF_LEAD = """
    LEFT JOIN leads_rep o ON o.id = l.owner_id
    LEFT JOIN leads_territory t ON t.id = l.territory_id
    LEFT JOIN LATERAL (
        SELECT r.team_id FROM leads_assignment a JOIN leads_rep r ON r.id = a.rep_id
        WHERE %(teams)s::bigint[] IS NOT NULL AND o.id IS NULL AND t.id IS NULL
            AND (l.first_assigned_at IS NOT NULL OR l.life > 1) AND a.lead_id = l.id
        ORDER BY a.started_at DESC, a.id DESC LIMIT 1
    ) had ON true"""
TEAM = "coalesce(o.team_id, t.team_id, had.team_id)"
