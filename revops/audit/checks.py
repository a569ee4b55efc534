"""Each impossibility as a query for the rows that would prove it possible. All of them must find nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from leads import states
from leads.deliveries import NEEDS_A_REP, OWED
from revops.audit.findings import FIRST, Finding

# Deliveries may be deleted after this, so a missing one proves nothing any more.
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Check:
    """`sql` selects one column: the ids of what is off. `of` says what they are ids of."""

    key: str
    title: str
    sql: str
    of: str = "lead"

    def run(self, params: dict[str, Any]) -> Finding:
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH off (id) AS MATERIALIZED (SELECT DISTINCT x.* FROM ({self.sql}) x)"  # noqa: S608
                f" SELECT (SELECT count(*) FROM off), ARRAY(SELECT id FROM off ORDER BY id LIMIT {FIRST})",
                params,
            )
            [(count, first)] = cursor.fetchall()
        return Finding(self.key, self.title, self.of, count, tuple(first))


def params_of(*, since: datetime, at: datetime, tolerance: timedelta) -> dict[str, Any]:
    """What the queries name. Values only: the table of states and what is owed are part of the parameters too."""
    owed = [(kind, delivery) for kind, deliveries in OWED.items() for delivery in deliveries]
    return {
        "at": at,
        "since": since,
        "kept_since": max(since, at - KEPT),
        "tolerance": tolerance,
        "states": list(states.STATES),
        "open": list(states.OPEN),
        "owned": list(states.OWNED),
        "reasoned": list(states.REASONED),
        "births": list(states.BIRTHS),
        "not_for_deals": list(states.NOT_FOR_DEALS),
        "pair_from": [source for source, _target in states.PAIRS],
        "pair_to": [target for _source, target in states.PAIRS],
        "step_state": [state for state, steps in states.STEPS.items() for _step in steps],
        "step": [step for steps in states.STEPS.values() for step in steps],
        "owed_kind": [kind for kind, _delivery in owed],
        "needs_a_rep": list(NEEDS_A_REP),
        "owed_delivery": [delivery for _kind, delivery in owed],
    }


RECORD = (
    Check(
        "recount",
        "Every lead is where its events, counted from its birth, say it is",
        """
        SELECT l.id FROM leads_lead l
        LEFT JOIN (
            SELECT lead_id, count(*) AS counted, min(seq) AS first, max(seq) AS last
            FROM leads_leadevent WHERE seq IS NOT NULL GROUP BY lead_id
        ) s ON s.lead_id = l.id
        LEFT JOIN leads_leadevent e ON e.lead_id = l.id AND e.seq = l.seq
        WHERE s.first IS DISTINCT FROM 1 OR s.last IS DISTINCT FROM l.seq OR s.counted IS DISTINCT FROM l.seq
            OR e.to_state IS DISTINCT FROM l.state OR e.at IS DISTINCT FROM l.entered_at""",
    ),
    Check(
        "chain",
        "Every event follows the one before it, in state and in time",
        """
        SELECT lead_id FROM (
            SELECT lead_id, seq, prev_seq, from_state, at,
                lag(seq) OVER w AS last_seq, lag(to_state) OVER w AS last_state, lag(at) OVER w AS last_at
            FROM leads_leadevent WHERE seq IS NOT NULL WINDOW w AS (PARTITION BY lead_id ORDER BY seq)
        ) e
        WHERE prev_seq IS DISTINCT FROM last_seq OR from_state IS DISTINCT FROM last_state OR at < last_at""",
    ),
    Check(
        "pairs",
        "Every transition and every birth is one of the table's",
        """
        SELECT e.lead_id FROM leads_leadevent e
        LEFT JOIN unnest(%(pair_from)s::text[], %(pair_to)s::text[]) AS p (f, t)
            ON p.f = e.from_state AND p.t = e.to_state
        WHERE e.seq IS NOT NULL AND ((e.seq > 1 AND p.f IS NULL)
            OR (e.seq = 1 AND (e.from_state IS NOT NULL OR e.to_state <> ALL(%(births)s))))""",
    ),
    Check("states", "Every lead is in a known state", "SELECT id FROM leads_lead WHERE state <> ALL(%(states)s)"),
    Check(
        "deadlines",
        "Every open lead has one deadline of its state's; no ended lead has one",
        """
        SELECT l.id FROM leads_lead l
        LEFT JOIN unnest(%(step_state)s::text[], %(step)s::text[]) AS s (state, step)
            ON s.state = l.state AND s.step = l.due_step
        WHERE (l.state = ANY(%(open)s) AND (l.due_at IS NULL OR s.step IS NULL))
            OR (l.state <> ALL(%(open)s) AND (l.due_at IS NOT NULL OR l.due_step IS NOT NULL))""",
    ),
    Check(
        "owners",
        "Assigned, overdue and accepted leads have an owner, all others none",
        "SELECT id FROM leads_lead WHERE (state = ANY(%(owned)s)) <> (owner_id IS NOT NULL)",
    ),
    Check(
        "turns",
        "The owner is the rep of the lead's one open assignment",
        """
        SELECT coalesce(l.id, a.lead_id) FROM (SELECT id, owner_id FROM leads_lead WHERE owner_id IS NOT NULL) l
        FULL JOIN (
            SELECT lead_id, min(rep_id) AS rep_id, count(*) AS open
            FROM leads_assignment WHERE ended_at IS NULL GROUP BY lead_id
        ) a ON a.lead_id = l.id
        WHERE a.rep_id IS DISTINCT FROM l.owner_id OR a.open <> 1""",
    ),
    Check(
        "holders",
        "The owner is whom the last assignment or claim on the timeline names",
        """
        SELECT l.id FROM leads_lead l
        LEFT JOIN LATERAL (
            SELECT e.data->>'rep' AS rep FROM leads_leadevent e
            WHERE e.lead_id = l.id AND e.kind IN ('assign', 'claim') ORDER BY e.seq DESC LIMIT 1
        ) given ON true
        WHERE l.owner_id IS NOT NULL AND given.rep IS DISTINCT FROM l.owner_id::text""",
    ),
    Check(
        "persons",
        "No person has two open leads; a person is told by the address without case and +tag",
        """
        SELECT id FROM (
            SELECT id, count(*) OVER (PARTITION BY person_key) AS open FROM leads_lead WHERE state = ANY(%(open)s)
        ) p WHERE open > 1
        UNION ALL
        SELECT id FROM leads_lead
        WHERE person_key <> lower(person_key) OR split_part(person_key, '@', 1) LIKE '_%%+%%'
            OR (email ~ '^[ -~]+$' AND person_key <> lower(regexp_replace(email, '^([^@+]+)[+][^@]*@', '\\1@')))""",
    ),
    Check(
        "reasons",
        "Nurtured and suppressed leads have a reason",
        "SELECT id FROM leads_lead WHERE state = ANY(%(reasoned)s) AND reason_id IS NULL",
    ),
    Check(
        "outcomes",
        "Every reason has an outcome, and a track where its outcome asks for one",
        "SELECT id FROM leads_reason WHERE outcome = '' OR (outcome = 'nurture' AND track_id IS NULL)",
        of="reason",
    ),
    Check(
        "deals",
        "A deal owner's lead is never routed nor pooled",
        "SELECT id FROM leads_lead WHERE ladder = 'deal' AND state = ANY(%(not_for_deals)s)",
    ),
    Check(
        "merged",
        "A merged lead lives on in another, and following those ends at one that was not merged",
        """
        WITH RECURSIVE road (start, here, steps) AS (
            SELECT id, merged_into_id, 1 FROM leads_lead WHERE state = 'merged'
            UNION ALL
            SELECT r.start, l.merged_into_id, r.steps + 1 FROM road r JOIN leads_lead l ON l.id = r.here
            WHERE l.state = 'merged' AND r.steps < 100
        )
        SELECT start FROM road GROUP BY start HAVING bool_or(here IS NULL) OR max(steps) >= 100""",
    ),
    Check(
        "windows",
        "Every rep has the time to answer that their assignment gave them",
        """
        SELECT l.id FROM leads_lead l JOIN leads_assignment a ON a.lead_id = l.id AND a.ended_at IS NULL
        WHERE a.terms->'steps' ? 'accept' AND NOT l.terms ? 'told_revops' AND (
            a.accept_by IS DISTINCT FROM (a.terms->'steps'->'accept'->>'at')::timestamptz
            OR (l.state = 'assigned' AND l.due_at IS DISTINCT FROM a.accept_by)
            OR (l.state = 'overdue'
                AND l.due_at IS DISTINCT FROM (a.terms->'steps'->'release'->>'at')::timestamptz))""",
    ),
    Check(
        "terms",
        "Every deadline is the one that the lead's terms say",
        """
        SELECT id FROM leads_lead
        WHERE due_at IS DISTINCT FROM (terms->'steps'->due_step->>'at')::timestamptz AND due_at IS NOT NULL""",
    ),
)
# What a change must leave behind besides its event.
CONSEQUENCES = (
    Check(
        "knocks",
        "Every lead has knocked at the door once",
        """
        SELECT l.id FROM leads_lead l
        LEFT JOIN (SELECT lead_id, count(*) AS new FROM leads_arrival WHERE outcome = 'new' GROUP BY lead_id) a
            ON a.lead_id = l.id
        WHERE l.captured_at >= %(since)s AND a.new IS DISTINCT FROM 1""",
    ),
    Check(
        "deliveries",
        "Every change has the deliveries it owes to the world outside",
        """
        SELECT e.lead_id FROM leads_leadevent e
        JOIN unnest(%(owed_kind)s::text[], %(owed_delivery)s::text[]) AS o (kind, delivery) ON o.kind = e.kind
        LEFT JOIN leads_delivery d ON d.event_id = e.id AND d.kind = o.delivery
        WHERE coalesce(e.noticed_at, e.at) >= %(kept_since)s AND d.id IS NULL AND (
            o.delivery <> ALL(%(needs_a_rep)s) OR (
                SELECT p.to_state FROM leads_leadevent p
                WHERE p.lead_id = e.lead_id AND p.seq IS NOT NULL AND p.id < e.id ORDER BY p.seq DESC LIMIT 1
            ) = ANY(%(owned)s))""",
    ),
    Check(
        "strays",
        "Every delivery stands for a change of its own lead",
        """
        SELECT d.lead_id FROM leads_delivery d
        LEFT JOIN leads_leadevent e ON e.id = d.event_id AND e.lead_id = d.lead_id
        WHERE e.id IS NULL""",
    ),
    Check(
        "named",
        "Every delivery and decision names a rep, team, territory and version of the rules that there are",
        """
        SELECT d.lead_id FROM leads_delivery d WHERE d.created_at >= %(since)s AND (
            d.rep_id NOT IN (SELECT id FROM leads_rep) OR d.team_id NOT IN (SELECT id FROM leads_team))
        UNION
        SELECT d.lead_id FROM routing_decision d WHERE d.at >= %(since)s AND (
            d.rep_id NOT IN (SELECT id FROM leads_rep) OR d.team_id NOT IN (SELECT id FROM leads_team)
            OR d.territory_id NOT IN (SELECT id FROM leads_territory)
            OR d.rules_id NOT IN (SELECT id FROM leads_ruleset))""",
    ),
    Check(
        "decisions",
        "Every assignment and every verdict of the rules has its decision",
        """
        SELECT e.lead_id FROM leads_leadevent e LEFT JOIN routing_decision d ON d.event_id = e.id
        WHERE (e.kind IN ('assign', 'qualify') OR (e.kind = 'nurture' AND e.from_state = 'buffer'))
            AND e.at >= %(since)s AND d.id IS NULL""",
    ),
    Check(
        "breaches",
        "Every lapse is in the coaching record",
        """
        SELECT e.lead_id FROM (
            SELECT id, lead_id, CASE
                WHEN kind = 'expire' THEN 'accept'
                WHEN kind = 'flag_untouched' THEN 'touch'
                WHEN kind LIKE 'lapse_%%' THEN substr(kind, 7)
                WHEN kind = 'release' AND from_state = 'overdue' THEN 'release'
                WHEN kind = 'release' AND from_state = 'accepted' THEN 'untouched'
                WHEN kind = 'reroute' AND NOT data ?| ARRAY['reason', 'why'] THEN 'disposition' END AS step
            FROM leads_leadevent WHERE at >= %(since)s
        ) e LEFT JOIN sla_breach b ON b.event_id = e.id AND b.step = e.step
        WHERE e.step IS NOT NULL AND b.id IS NULL""",
    ),
    Check(
        "sent_back",
        "Every lead that was sent back has who had it and why beside it",
        """
        SELECT e.lead_id FROM leads_leadevent e
        LEFT JOIN leads_sentback s ON s.event_id = e.id AND s.lead_id = e.lead_id
        WHERE e.kind = 'sent_back' AND e.at >= %(since)s AND s.rep_id::text IS DISTINCT FROM e.data->>'rep'""",
    ),
    Check(
        "enrolments",
        "A lead is enrolled on a track exactly while it is in nurture (a waiting backlog is not)",
        """
        SELECT coalesce(l.id, n.lead_id) FROM (SELECT id, seq FROM leads_lead WHERE state = 'nurture') l
        FULL JOIN (SELECT lead_id FROM recycle_enrolment WHERE ended_at IS NULL) n ON n.lead_id = l.id
        WHERE l.id IS NULL OR (n.lead_id IS NULL AND l.seq > 1)""",
    ),
    Check(
        "loads",
        "Every rep's count of open leads is right",
        """
        SELECT r.id FROM leads_rep r
        LEFT JOIN (SELECT rep_id, count(*) AS open FROM leads_assignment WHERE ended_at IS NULL GROUP BY rep_id) a
            ON a.rep_id = r.id
        WHERE r.open_leads <> coalesce(a.open, 0)""",
        of="rep",
    ),
)
CLOCK = (
    Check(
        "aside",
        "No lead is put aside because the system fails on it",
        "SELECT id FROM leads_lead WHERE retry_at IS NOT NULL",
    ),
    Check(
        "late",
        "No lead is past its deadline by more than the sweep may take",
        "SELECT id FROM leads_lead WHERE due_at < %(at)s - %(tolerance)s::interval AND retry_at IS NULL",
    ),
)
CHECKS = (*RECORD, *CONSEQUENCES, *CLOCK)
