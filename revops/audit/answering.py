"""What people answer for: no lapse stands against who was never told, and no alert lies about unseen."""

from revops.audit.checks import Check

# By breach before an acceptance, the delivery that told its rep, and whether anything had by that deadline.
TOLD = """
    SELECT b.id, b.lead_id, b.cause, b.because, d.status, (
        SELECT bool_or((m.status = 'sent' AND m.done_at <= b.at) OR m.mailed_at <= b.at) FROM leads_delivery m
        WHERE m.lead_id = b.lead_id AND m.rep_id = b.rep_id AND m.created_at = a.started_at
            AND m.kind IN ('slack.assigned', 'slack.reminder')
    ) AS told, (
        SELECT min(coalesce(m.mailed_at, m.done_at)) FROM leads_delivery m
        WHERE m.lead_id = b.lead_id AND m.rep_id = b.rep_id AND m.created_at = a.started_at AND m.status = 'sent'
            AND m.kind IN ('slack.assigned', 'slack.reminder')
    ) AS told_at, a.started_at, b.at
    FROM sla_breach b JOIN leads_assignment a ON a.id = b.assignment_id
    JOIN leads_delivery d ON d.lead_id = b.lead_id AND d.rep_id = b.rep_id AND d.kind = 'slack.assigned'
        AND d.created_at = a.started_at AND d.status NOT IN ('skipped', 'dropped')
    WHERE b.step IN ('accept', 'release') AND b.at >= %(since)s"""
ANSWERING = (
    Check(
        "blamed",
        "No lapse is held against a rep whose alert had not arrived",
        f"SELECT lead_id FROM ({TOLD}) b WHERE cause = 'ignored' AND told IS NOT TRUE",  # noqa: S608
    ),
    Check(
        "untold",
        "No lapse is laid to an alert that arrived at once",
        f"SELECT lead_id FROM ({TOLD}) b WHERE cause = 'not_told' AND told_at < started_at + (at - started_at) / 100",  # noqa: S608
    ),
    Check(
        "alerts",
        "No alert that nobody has seen is past the time to pass it on",
        "SELECT lead_id FROM leads_alert WHERE due_at < %(at)s - %(tolerance)s::interval",
    ),
)
