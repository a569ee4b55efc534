"""What is counted: one query for each kind of thing, so that a figure and its list come from the same rows."""

# Every text that makes a query is of this package; every value is a parameter.
# ruff: noqa: S608

from leads import states
from revops.dashboard.lives import LIVES
from revops.dashboard.sql import (
    BY_REP,
    SOURCE_OF_LEAD,
    TEAM,
    TEAM_OF_LEAD,
    TOUCH_S,
    WORKED_NOW,
    Subject,
    epoch,
    pace,
    quoted,
    slot,
    worked,
)

# No reason has this code. A turn of which none was kept stands under it, so that its figures open their own leads.
NO_REASON = "(none)"
# As much of a criterion's words as an address carries; longer ones that begin alike are counted together.
CRITERION = 300
HANDED = (states.ASSIGNED, states.OVERDUE, states.SHARK_TANK, states.ACCEPTED)
HELD = Subject(
    "held",
    "lead",
    "leads",
    f"""
    SELECT l.id AS lead_id, {TEAM} AS team_id, l.owner_id AS rep_id, l.state, l.due_at, l.due_step, l.retry_at,
        l.error_count, coalesce(l.due_at < %(at)s - %(tolerance)s::interval, false) AS late,
        {epoch("%(at)s::timestamptz - l.entered_at")} AS age_s,
        coalesce(CASE WHEN %(teams)s::bigint[] IS NULL THEN l.captured_at
             ELSE coalesce(l.first_assigned_at, l.aql_at) END >= %(seen_since)s, false) AS fresh
    FROM leads_lead l {TEAM_OF_LEAD}
    WHERE l.state IN ({quoted(HANDED)}) OR l.retry_at IS NOT NULL OR l.due_at < %(at)s - %(tolerance)s::interval
        OR l.captured_at >= %(seen_since)s OR l.first_assigned_at >= %(seen_since)s OR l.aql_at >= %(seen_since)s""",
)
FAILED = Subject(
    "failed",
    "delivery",
    "deliveries",
    f"""
    SELECT x.lead_id, coalesce(x.team_id, {TEAM}) AS team_id, x.rep_id
    FROM leads_delivery x JOIN leads_lead l ON l.id = x.lead_id {TEAM_OF_LEAD} WHERE x.status = 'dead'""",
)
# A new lead has leaked when it is in no state, without a deadline, put aside because it raises, or late.
KNOCKS = Subject(
    "knocks",
    "knock",
    "knocks",
    f"""
    SELECT k.*, k.outcome = 'new' AND coalesce(
            k.state NOT IN ({quoted(states.STATES)}) OR k.retry_at IS NOT NULL
            OR (k.state IN ({quoted(states.OPEN)})
                AND (k.due_at IS NULL OR k.due_at < %(at)s - %(tolerance)s::interval)),
            true) AS leaked
    FROM (
        SELECT a.lead_id, {TEAM} AS team_id, l.owner_id AS rep_id, a.outcome, a.code, l.state, l.retry_at, l.due_at
        FROM leads_arrival a LEFT JOIN leads_lead l ON l.id = a.lead_id {TEAM_OF_LEAD}
        WHERE a.at >= %(since)s AND a.at < %(until)s
    ) k OFFSET 0""",
    by={},
)
# A turn is judged when its window has ended, unless it was taken from the rep before that without a word of theirs.
TURNS = Subject(
    "turns",
    "assignment",
    "assignments",
    f"""
    WITH back AS (
        SELECT lead_id, max(at) FILTER (WHERE kind = 're_engage') AS engaged_at,
            max(at) FILTER (WHERE kind = 'convert') AS converted_at
        FROM leads_leadevent WHERE kind IN ('re_engage', 'convert') AND at >= %(since)s GROUP BY lead_id
    ), lapsed AS MATERIALIZED (
        SELECT assignment_id, bool_and(cause <> 'ignored') FILTER (WHERE step = 'accept') AS answer,
            bool_and(cause <> 'ignored') FILTER (WHERE step = 'touch') AS touch
        FROM sla_breach WHERE step IN ('accept', 'touch') AND at >= %(since)s GROUP BY assignment_id
    )
    SELECT lead_id, team_id, rep_id, how, accept_by, accepted_at, decided_at, outcome, first_touch_at, by_hand, reason,
        to_nurture, reopened, converted_later, {slot("s_started")} AS slot,
        how <> 'claim' AND accept_by < %(at)s
            AND NOT (decided_at IS NULL AND ended_at IS NOT NULL AND ended_at <= accept_by) AS judged,
        accepted_at IS NOT NULL AND w_now - w_accepted >= touch_s AS touch_ended,
        coalesce(NOT by_hand AND w_touched - w_accepted <= touch_s, false) AS touched_in_time,
        answer_explained AND NOT coalesce(decided_at <= accept_by, false) AS answer_excused,
        touch_explained AND NOT coalesce(NOT by_hand AND w_touched - w_accepted <= touch_s, false) AS touch_excused,
        s_accepted - s_started AS accept_s, w_accepted - w_started AS accept_work_s
    FROM (
        SELECT c.*, {worked("s_started")} AS w_started, {worked("s_accepted")} AS w_accepted,
            {worked("s_touched")} AS w_touched, {WORKED_NOW} AS w_now
        FROM (
            SELECT a.lead_id, r.team_id, a.rep_id, a.how, a.started_at, a.accept_by, a.accepted_at, a.ended_at,
                a.outcome, a.first_touch_at, a.first_touch_by_hand AS by_hand,
                coalesce(n.code, '{NO_REASON}') AS reason, n.outcome = 'nurture' AS to_nurture,
                coalesce(a.accepted_at, CASE WHEN a.outcome = 'recycled' THEN a.ended_at END) AS decided_at,
                coalesce(b.engaged_at >= a.ended_at, false) AS reopened,
                coalesce(b.converted_at >= a.ended_at, false) AS converted_later,
                coalesce(x.answer, false) AS answer_explained, coalesce(x.touch, false) AS touch_explained,
                coalesce(a.touch_within * 60, {TOUCH_S}) AS touch_s,
                {epoch("a.started_at")} AS s_started, {epoch("a.accepted_at")} AS s_accepted,
                {epoch("a.first_touch_at")} AS s_touched
            FROM leads_assignment a JOIN leads_rep r ON r.id = a.rep_id
            LEFT JOIN {SOURCE_OF_LEAD} l ON l.id = a.lead_id
            LEFT JOIN leads_reason n ON n.id = a.reason_id LEFT JOIN back b ON b.lead_id = a.lead_id
            LEFT JOIN lapsed x ON x.assignment_id = a.id
            {pace("a.territory_id", "coalesce(l.source, 0)")}
            WHERE a.started_at >= %(since)s AND a.started_at < %(until)s OFFSET 0
        ) c LEFT JOIN desk d ON d.team_id = c.team_id OFFSET 0
    ) w""",
    by=BY_REP | {"reason": "reason = %(reason)s"},
)
POOLED = Subject(
    "pooled",
    "time in the pool",
    "times in the pool",
    f"""
    SELECT p.lead_id, p.team_id, p.rep_id, p.way_out, out_at - in_at AS claim_s,
        {worked("out_at")} - ({worked("in_at")}) AS claim_work_s
    FROM (
        SELECT e.lead_id, {TEAM} AS team_id, (n.data->>'rep')::bigint AS rep_id, n.kind AS way_out,
            {epoch("n.at")} AS out_at, {epoch("coalesce(e.noticed_at, e.at)")} AS in_at
        FROM leads_leadevent e JOIN leads_lead l ON l.id = e.lead_id {TEAM_OF_LEAD}
        LEFT JOIN leads_leadevent n ON n.lead_id = e.lead_id AND n.seq = e.seq + 1
            AND n.from_state = 'shark_tank' AND n.kind IN ('claim', 'assign', 'suppress', 'merge') AND n.at >= %(since)s
        WHERE e.kind = 'release' AND e.at >= %(since)s AND e.at < %(until)s OFFSET 0
    ) p LEFT JOIN desk d ON d.team_id = p.team_id""",
)
BREACHES = Subject(
    "breaches",
    "breach",
    "breaches",
    """
    SELECT b.lead_id, r.team_id, b.rep_id, b.step, b.cause
    FROM sla_breach b JOIN leads_rep r ON r.id = b.rep_id WHERE b.at >= %(since)s AND b.at < %(until)s""",
    by=BY_REP | {"step": "step = %(step)s"},
)
SENT_BACK = Subject(
    "sent_back",
    "lead sent back",
    "leads sent back",
    """
    SELECT x.lead_id, r.team_id, x.rep_id
    FROM leads_sentback x JOIN leads_rep r ON r.id = x.rep_id WHERE x.at >= %(since)s AND x.at < %(until)s""",
)
DISPUTES = Subject(
    "disputes",
    "dispute",
    "disputes",
    """
    SELECT x.lead_id, r.team_id, x.rep_id, x.criteria_met, true AS called_icp
    FROM recycle_dispute x JOIN leads_rep r ON r.id = x.rep_id WHERE x.at >= %(since)s AND x.at < %(until)s
    UNION ALL
    SELECT e.lead_id, r.team_id, a.rep_id, '[]'::jsonb, false
    FROM leads_leadevent e
    JOIN leads_assignment a ON a.lead_id = e.lead_id AND a.ended_at = e.at JOIN leads_rep r ON r.id = a.rep_id
    WHERE e.kind = 'suppress' AND e.data ? 'icp_unknown' AND e.at >= %(since)s AND e.at < %(until)s""",
    by=BY_REP
    | {
        "criterion": "EXISTS (SELECT FROM jsonb_array_elements_text(criteria_met) AS m (criterion)"
        f" WHERE left(m.criterion, {CRITERION}) = %(criterion)s)"
    },
)
# Once a dispute, even where two groups ask the same.
EACH_CRITERION = (
    f"s CROSS JOIN LATERAL (SELECT DISTINCT left(value, {CRITERION}) AS criterion"
    " FROM jsonb_array_elements_text(s.criteria_met)) m"
)
CONVERSIONS = Subject(
    "conversions",
    "conversion",
    "conversions",
    """
    SELECT a.lead_id, r.team_id, a.rep_id, l.converted_opportunity <> '' AS verified
    FROM leads_assignment a JOIN leads_rep r ON r.id = a.rep_id JOIN leads_lead l ON l.id = a.lead_id
    WHERE a.outcome = 'converted' AND a.ended_at >= %(since)s AND a.ended_at < %(until)s""",
)
SUBJECTS = {
    subject.key: subject
    for subject in (HELD, FAILED, KNOCKS, LIVES, TURNS, POOLED, BREACHES, SENT_BACK, DISPUTES, CONVERSIONS)
}
