from typing import Any

from django.db import migrations

# Lapses of before were held against reps whose alert had not arrived by then.
UNTOLD = """
    UPDATE sla_breach b SET cause = 'not_told', because = jsonb_build_object('delivery', d.id, 'status', d.status)
    FROM leads_assignment a, leads_delivery d
    WHERE a.id = b.assignment_id AND b.cause = 'ignored' AND b.step IN ('accept', 'release')
        AND d.lead_id = b.lead_id AND d.rep_id = b.rep_id AND d.kind = 'slack.assigned'
        AND d.created_at = a.started_at AND d.status NOT IN ('skipped', 'dropped')
        AND NOT EXISTS (
            SELECT FROM leads_delivery m
            WHERE m.lead_id = b.lead_id AND m.rep_id = b.rep_id AND m.created_at = a.started_at
                AND m.kind IN ('slack.assigned', 'slack.reminder')
                AND ((m.status = 'sent' AND m.done_at <= b.at) OR m.mailed_at <= b.at)
        )"""


def explain(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(UNTOLD)


class Migration(migrations.Migration):
    dependencies = [("leads", "0024_contact_hidden_by_choice"), ("sla", "0011_coaching")]
    operations = [migrations.RunPython(explain, migrations.RunPython.noop)]
