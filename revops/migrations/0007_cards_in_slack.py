"""Cards that were posted before know which state of their lead they show, so that they are brought up to date too.

That they change is no delivery of its own any more: those that wait to be sent are dropped.
"""

from django.db import migrations

POSTED = """
UPDATE leads_delivery d SET shows = e.seq
FROM leads_leadevent e JOIN leads_lead l ON l.id = e.lead_id
WHERE e.id = d.event_id AND d.status = 'sent' AND d.kind IN ('slack.assigned', 'slack.reminder', 'slack.pool')
    AND d.answer ? 'ts' AND NOT d.answer ? 'decided' AND d.shows IS NULL AND e.seq IS NOT NULL
    AND l.state NOT IN ('converted', 'suppressed', 'merged', 'nurture')
"""

DROPPED = """
UPDATE leads_delivery SET status = 'dropped', done_at = greatest(now(), created_at)
WHERE kind = 'slack.decided' AND status = 'pending'
"""


class Migration(migrations.Migration):
    dependencies = [("revops", "0006_alarms_and_digests"), ("leads", "0023_conversations")]

    operations = [
        migrations.RunSQL(POSTED, "UPDATE leads_delivery SET shows = NULL WHERE shows IS NOT NULL"),
        migrations.RunSQL(DROPPED, migrations.RunSQL.noop),
    ]
