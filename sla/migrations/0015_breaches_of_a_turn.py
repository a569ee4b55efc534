"""Of which turn and event a breach is, is asked once a statement; `sla/law.py` is where the law is made."""

import django.db.models.deletion
from django.db import migrations, models

FUNCTIONS = """\
CREATE OR REPLACE FUNCTION airtight_breach_of_a_turn() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE off bigint;
BEGIN
    SELECT b.id INTO off FROM fresh b WHERE NOT coalesce((SELECT t.lead_id = b.lead_id AND t.rep_id = b.rep_id
        FROM leads_assignment t WHERE t.id = b.assignment_id), false) LIMIT 1;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'breach %: its turn is not there, or another''s', off
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""

TRIGGERS = """\
CREATE TRIGGER breach_of_a_turn AFTER INSERT ON sla_breach REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_breach_of_a_turn();
CREATE TRIGGER breach_of_an_event AFTER INSERT ON sla_breach REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_of_an_event();
CREATE TRIGGER breach_fixed BEFORE UPDATE OF lead_id, event_id, assignment_id, rep_id ON sla_breach FOR EACH ROW
    WHEN ((OLD.lead_id, OLD.event_id, OLD.assignment_id, OLD.rep_id)
        IS DISTINCT FROM (NEW.lead_id, NEW.event_id, NEW.assignment_id, NEW.rep_id))
    EXECUTE FUNCTION airtight_fixed();
"""

UNDO = """
DROP TRIGGER breach_fixed ON sla_breach;
DROP TRIGGER breach_of_an_event ON sla_breach;
DROP TRIGGER breach_of_a_turn ON sla_breach;
DROP FUNCTION airtight_breach_of_a_turn();
"""


class Migration(migrations.Migration):
    dependencies = [("sla", "0014_defaults_of_the_database"), ("leads", "0028_legal_of_before")]
    operations = [
        migrations.AlterField(
            model_name="breach",
            name="assignment",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="breaches", to="leads.assignment"
            ),
        ),
        migrations.AlterField(
            model_name="breach",
            name="event",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.leadevent"
            ),
        ),
        migrations.AlterField(
            model_name="breach",
            name="lead",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="breaches", to="leads.lead"
            ),
        ),
        migrations.AlterField(
            model_name="breach",
            name="rep",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="breaches", to="leads.rep"
            ),
        ),
        migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDO),
    ]
