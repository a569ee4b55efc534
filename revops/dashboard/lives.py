"""The lives of leads that came to sales: the sample of touch rate, speed to lead and time to assignment."""

# Every text that makes a query is of this package; every value is a parameter.
# ruff: noqa: S608

from revops.dashboard.sql import ACCEPT_S, SOURCE, TOUCH_S, WORKED_NOW, Subject, epoch, pace, slot, worked

# A life comes to sales when it leaves the buffer, as an AQL or straight to a deal's owner. A lead that is
# enriched again in one life (a `rebuffer`) may leave it twice: only its first time counts.
CAME = """
    twice AS MATERIALIZED (
        SELECT q.id, bool_or(x.kind = q.kind) AS same
        FROM leads_leadevent again
        JOIN leads_leadevent q ON q.lead_id = again.lead_id AND q.prev_seq = again.seq AND q.from_state = 'buffer'
            AND q.kind IN ('qualify', 'assign') AND q.at >= %(since)s AND q.at < %(until)s
        JOIN LATERAL (
            SELECT e.seq FROM leads_leadevent e
            WHERE e.lead_id = q.lead_id AND e.seq < q.seq AND e.kind IN ('capture', 're_engage')
            ORDER BY e.seq DESC LIMIT 1
        ) birth ON true
        JOIN leads_leadevent x ON x.lead_id = q.lead_id AND x.from_state = 'buffer'
            AND x.to_state IN ('aql', 'assigned') AND x.seq > birth.seq AND x.seq < q.seq
        WHERE again.kind = 'rebuffer' GROUP BY q.id
    ), came AS MATERIALIZED (
        SELECT q.id, q.lead_id, q.seq, q.kind, q.at AS came_at, w.id IS NULL AS first
        FROM leads_leadevent q LEFT JOIN twice w ON w.id = q.id
        WHERE q.kind IN ('qualify', 'assign') AND q.from_state = 'buffer' AND q.at >= %(since)s AND q.at < %(until)s
            AND NOT coalesce(w.same, false)
    )"""

# What became of each life before the next one. A lead keeps when its latest life began; earlier ones are looked up.
STORIES = """
    ends AS MATERIALIZED (
        SELECT c.id, min(e.at) AS at FROM came c
        JOIN leads_leadevent e ON e.lead_id = c.lead_id AND e.kind = 're_engage' AND e.seq > c.seq AND e.at >= %(since)s
        GROUP BY c.id
    ), births AS MATERIALIZED (
        SELECT c.id, max(e.at) AS at FROM ends n JOIN came c ON c.id = n.id
        JOIN leads_leadevent e ON e.lead_id = c.lead_id AND e.kind IN ('capture', 're_engage') AND e.seq < c.seq
        GROUP BY c.id
    ), lapsed AS MATERIALIZED (
        SELECT assignment_id, bool_and(cause <> 'ignored') AS explained FROM sla_breach
        WHERE at >= %(since)s GROUP BY assignment_id
    ), held AS MATERIALIZED (
        SELECT c.id, min(a.started_at) AS assigned_at, min(a.first_touch_at) AS touched_at,
            min(a.first_touch_at) FILTER (WHERE NOT a.first_touch_by_hand) AS seen_at,
            min(ARRAY[a.id, a.rep_id, a.territory_id, a.accept_within, a.touch_within]) AS first_turn,
            bool_and(x.explained) AS explained
        FROM came c LEFT JOIN ends n ON n.id = c.id
        JOIN leads_assignment a ON a.lead_id = c.lead_id AND a.started_at >= %(since)s AND a.started_at >= c.came_at
            AND (n.at IS NULL OR a.started_at < n.at)
        LEFT JOIN lapsed x ON x.assignment_id = a.id
        GROUP BY c.id
    ), pooled AS MATERIALIZED (
        SELECT DISTINCT c.id FROM came c LEFT JOIN ends n ON n.id = c.id
        JOIN leads_leadevent e ON e.lead_id = c.lead_id AND e.kind = 'release' AND e.seq > c.seq AND e.at >= %(since)s
            AND (n.at IS NULL OR e.at < n.at)
    )"""
FIRST_REP, FIRST_TERRITORY = "h.first_turn[2]", "h.first_turn[3]"
# What the first turn was given, as it was then; where nobody has had it yet, what the policy says.
ALLOWED_S = f"coalesce((h.first_turn[4] + h.first_turn[5]) * 60, {ACCEPT_S} + {TOUCH_S})"
FALLBACKS = "ARRAY(SELECT f.territory_id FROM routing_pool f WHERE f.is_fallback)"

# Times of a life are in seconds since 1970, and each is read once: OFFSET 0 keeps the planner from reading it again.
LIVES = Subject(
    "lives",
    "life",
    "lives",
    f"""
    WITH {CAME}, {STORIES}, told AS (
        SELECT c.lead_id, c.kind = 'qualify' AS is_aql, c.first, x.id IS NOT NULL AS pooled,
            {epoch("coalesce(b.at, l.life_began_at)")} AS began_at, {epoch("c.came_at")} AS came_at,
            {epoch("h.assigned_at")} AS assigned_at, {epoch("h.touched_at")} AS touched_at,
            {epoch("h.seen_at")} AS seen_at, r.id AS rep_id, coalesce(r.team_id, t.team_id) AS team_id,
            coalesce({FIRST_TERRITORY} = ANY({FALLBACKS}), false) AS fell_back, {ALLOWED_S} AS allowed_s,
            coalesce(h.explained, false) AS explained
        FROM came c JOIN leads_lead l ON l.id = c.lead_id
        LEFT JOIN births b ON b.id = c.id LEFT JOIN held h ON h.id = c.id LEFT JOIN pooled x ON x.id = c.id
        LEFT JOIN leads_rep r ON r.id = {FIRST_REP} LEFT JOIN leads_territory t ON t.id = l.territory_id
        {pace(f"coalesce({FIRST_TERRITORY}, l.territory_id)", SOURCE)} OFFSET 0
    ), clocked AS (
        SELECT told.*, {worked("began_at")} AS w_began, {worked("came_at")} AS w_came,
            {worked("assigned_at")} AS w_assigned, {worked("touched_at")} AS w_touched, {worked("seen_at")} AS w_seen,
            {WORKED_NOW} AS w_now
        FROM told LEFT JOIN desk d ON d.team_id = told.team_id OFFSET 0
    )
    SELECT lead_id, team_id, rep_id, is_aql, first, assigned_at, touched_at, pooled, fell_back, explained,
        {slot("came_at")} AS slot, w_now - w_came >= allowed_s AS ended,
        coalesce(w_seen - w_came <= allowed_s, false) AS in_time,
        coalesce(w_touched - w_came <= allowed_s, false) AS in_time_by_hand,
        came_at - began_at AS buffer_s, assigned_at - came_at AS route_s,
        assigned_at - began_at AS assign_s, w_assigned - w_began AS assign_work_s,
        touched_at - began_at AS speed_s, w_touched - w_began AS speed_work_s
    FROM clocked""",
)
