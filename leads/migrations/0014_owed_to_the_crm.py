"""Lapses and touches owe the CRM a word since now. Those of before owe none: nothing was connected that could take it."""

from django.db import migrations

SKIPPED = """
INSERT INTO leads_delivery
    (event_id, lead_id, kind, dedupe_key, status, send_at, next_try_at, attempts, answer, error, done_at, created_at)
SELECT e.id, e.lead_id, 'crm.state', e.lead_id || '/event-' || e.id || '/crm.state', 'skipped',
    least(e.at, '2199-12-31'), least(e.at, '2199-12-31'), 0, '{}', '', now(), now()
FROM leads_leadevent e
WHERE e.kind IN ('expire', 'touch')
    AND NOT EXISTS (SELECT 1 FROM leads_delivery d WHERE d.event_id = e.id AND d.kind = 'crm.state')
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_crm_leads")]

    operations = [migrations.RunSQL(SKIPPED, migrations.RunSQL.noop)]
