"""Whether a decision is of an event of its lead is asked once a statement; `routing/law.py` is where the law is made."""

from django.db import migrations

TRIGGERS = """\
CREATE TRIGGER decision_of_an_event AFTER INSERT ON routing_decision REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_of_an_event();
CREATE TRIGGER decision_fixed BEFORE UPDATE OF event_id, lead_id ON routing_decision FOR EACH ROW
    WHEN (OLD.event_id <> NEW.event_id OR OLD.lead_id <> NEW.lead_id) EXECUTE FUNCTION airtight_fixed();
"""

# With the last key that needed it goes what made an event and its lead unique together.
BEFORE = """
ALTER TABLE routing_decision DROP CONSTRAINT decision_for_an_event_of_its_lead;
ALTER TABLE leads_leadevent DROP CONSTRAINT event_of_its_lead;
"""

UNDO = """
DROP TRIGGER decision_fixed ON routing_decision;
DROP TRIGGER decision_of_an_event ON routing_decision;
ALTER TABLE leads_leadevent ADD CONSTRAINT event_of_its_lead UNIQUE (id, lead_id);
ALTER TABLE routing_decision ADD CONSTRAINT decision_for_an_event_of_its_lead
    FOREIGN KEY (event_id, lead_id) REFERENCES leads_leadevent (id, lead_id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0025_decisions_compressed_fast"), ("leads", "0028_legal_of_before")]
    operations = [migrations.RunSQL(BEFORE + TRIGGERS, UNDO)]
