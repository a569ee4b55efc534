"""That a lead agrees with its last event is a foreign key of its number; of the state the event's insertion is asked, so
that each event is in one index less. `leads/law.py` is where the law is made."""

from importlib import import_module

from django.db import migrations

CONSTRAINTS = """\
ALTER TABLE leads_lead ADD CONSTRAINT lead_agrees_with_its_last_event
    FOREIGN KEY (id, seq) REFERENCES leads_leadevent (lead_id, seq) DEFERRABLE INITIALLY DEFERRED;
"""

FUNCTIONS = """\
CREATE OR REPLACE FUNCTION airtight_events_follow() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE off bigint;
BEGIN
    -- Of the lead's own number, its state too: the lead keeps that for as long as it keeps the number.
    SELECT e.lead_id INTO off FROM fresh e WHERE NOT coalesce(
        (SELECT e.seq IS NULL OR e.seq < l.seq OR (e.seq = l.seq AND e.to_state = l.state)
        FROM leads_lead l WHERE l.id = e.lead_id), false) LIMIT 1;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'lead %: an event without the change', off USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT e.lead_id INTO off FROM fresh e WHERE e.prev_seq IS NOT NULL AND e.from_state IS DISTINCT FROM
        (SELECT p.to_state FROM leads_leadevent p WHERE p.lead_id = e.lead_id AND p.seq = e.prev_seq) LIMIT 1;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'lead %: an event that does not follow the one before', off
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
"""

BEFORE = """
ALTER TABLE leads_lead DROP CONSTRAINT lead_agrees_with_its_last_event;
ALTER TABLE leads_leadevent DROP CONSTRAINT event_state_once;
"""
# Whether the leads of before comply is asked by the next migration, which holds nobody up.
NOT_VALID = CONSTRAINTS.rstrip().rstrip(";") + " NOT VALID;\n"

UNDO = """
ALTER TABLE leads_lead DROP CONSTRAINT lead_agrees_with_its_last_event;
ALTER TABLE leads_leadevent ADD CONSTRAINT event_state_once UNIQUE (lead_id, seq, to_state);
ALTER TABLE leads_lead ADD CONSTRAINT lead_agrees_with_its_last_event
    FOREIGN KEY (id, seq, state) REFERENCES leads_leadevent (lead_id, seq, to_state) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0029_due_in_order")]
    operations = [
        # The new function before the new key and undone after it, so that the state is held at every moment.
        migrations.RunSQL(FUNCTIONS + BEFORE + NOT_VALID, UNDO + import_module("leads.migrations.0027_asked_once_a_statement").FUNCTIONS)
    ]
