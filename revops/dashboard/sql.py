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


def worked(at: str) -> str:
    """The seconds that the team of the row's desk `d` has worked until `at`, a column of seconds since 1970.

    Wall time without a desk.
    """
    place = f"width_bucket({at}, d.opens)"
    return f"coalesce(least({at} + d.gap[{place}], d.cap[{place}]), {at})"


# The same of the time at which everything is looked at.
WORKED_NOW = f"coalesce(d.now_s, {epoch('%(at)s::timestamptz')})"


def slot(at: str) -> str:
    """The day or week of the period that `at`, a column of seconds since 1970, falls in, from 1."""
    return f"width_bucket({at}, %(edges)s::float8[])"


def preamble(scope: Scope) -> str:
    """The tables that durations are worked out with: the desks of teams with working hours, and the paces."""
    rows = [f"({team}, %(desk_now_{team})s::float8, {_arrays(team)})" for team in scope.desks]
    nobody = "SELECT NULL::int, NULL::float8, NULL::float8[], NULL::float8[], NULL::float8[] LIMIT 0"
    return f"""
    desk (team_id, now_s, {", ".join(DESK_PARTS)}) AS MATERIALIZED ({f"VALUES {', '.join(rows)}" if rows else nobody}),
    pace (territory_id, source, accept_s, touch_s) AS MATERIALIZED (
        SELECT * FROM unnest(%(pace_territory)s::bigint[], %(pace_source)s::int[], %(pace_accept)s::int[],
                             %(pace_touch)s::int[])
    )"""


def _arrays(team: int) -> str:
    return ", ".join(f"%(desk_{part}_{team})s::float8[]" for part in DESK_PARTS)


# Which of the sources that policies name a lead `l` has, from 1; 0 for any other. Where none is named no text is read.
SOURCE = """CASE WHEN cardinality(%(sources)s::text[]) > 0
    THEN coalesce(array_position(%(sources)s::text[], lower(l.source)), 0) ELSE 0 END"""
# The sources of the leads, of those alone that have one of them.
SOURCE_OF_LEAD = f"(SELECT l.id, {SOURCE} AS source FROM leads_lead l WHERE lower(l.source) = ANY(%(sources)s::text[]))"


def pace(territory: str, source: str) -> str:
    """Joins the policy that holds in a territory for a source."""
    return f"LEFT JOIN pace ON pace.territory_id = coalesce({territory}, 0) AND pace.source = {source}"


ACCEPT_S = "coalesce(pace.accept_s, %(accept_s)s)"
TOUCH_S = "coalesce(pace.touch_s, %(touch_s)s)"

# Who answers for lead `l`: its owner's team, else its territory's, else the team that had the last turn. The last is
# looked up only where teams are asked for, and where there can have been a turn.
TEAM_OF_LEAD = """
    LEFT JOIN leads_rep o ON o.id = l.owner_id
    LEFT JOIN leads_territory t ON t.id = l.territory_id"""
TEAM = """coalesce(o.team_id, t.team_id, CASE
    WHEN %(teams)s::bigint[] IS NOT NULL AND (l.first_assigned_at IS NOT NULL OR l.life > 1) THEN (
        SELECT r.team_id FROM leads_assignment had JOIN leads_rep r ON r.id = had.rep_id
        WHERE had.lead_id = l.id ORDER BY had.started_at DESC, had.id DESC LIMIT 1
    ) END)"""
