"""What points to a row that is never changed or deleted is asked once a statement; `leads/law.py` is where the law is
made."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

CONSTRAINTS = """\
ALTER TABLE leads_leadevent ADD CONSTRAINT event_legal CHECK (CASE
    WHEN seq IS NULL THEN prev_seq IS NULL AND from_state IS NULL AND to_state IS NULL
    WHEN to_state IS NULL THEN false
    WHEN seq = 1 THEN prev_seq IS NULL AND from_state IS NULL AND to_state IN ('buffer', 'nurture')
    WHEN prev_seq IS NULL OR seq <> prev_seq + 1 THEN false
    ELSE CASE from_state
        WHEN 'buffer' THEN to_state IN ('aql', 'assigned', 'merged', 'nurture', 'suppressed')
        WHEN 'aql' THEN to_state IN ('merged', 'routing', 'suppressed')
        WHEN 'routing' THEN to_state IN ('assigned', 'merged', 'shark_tank', 'suppressed')
        WHEN 'assigned' THEN to_state IN ('accepted', 'assigned', 'buffer', 'merged', 'nurture', 'overdue', 'routing', 'suppressed')
        WHEN 'overdue' THEN to_state IN ('accepted', 'assigned', 'buffer', 'merged', 'nurture', 'routing', 'shark_tank', 'suppressed')
        WHEN 'shark_tank' THEN to_state IN ('accepted', 'assigned', 'merged', 'suppressed')
        WHEN 'accepted' THEN to_state IN ('assigned', 'buffer', 'converted', 'merged', 'nurture', 'routing', 'shark_tank', 'suppressed')
        WHEN 'nurture' THEN to_state IN ('buffer', 'merged', 'suppressed')
        ELSE false
    END
END);
"""

FUNCTIONS = """\
CREATE OR REPLACE FUNCTION airtight_lead_moves_by_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What nearly every change is, asked at once: a move by an event to a deadline that its terms have.
    IF NEW.seq > OLD.seq AND NEW.id = OLD.id AND NEW.merged_into_id IS NULL AND OLD.merged_into_id IS NULL
        AND (NEW.due_at IS NULL OR NEW.due_at = (NEW.terms->'steps'->NEW.due_step->>'at')::timestamptz)
    THEN
        RETURN NEW;
    END IF;
    IF NEW.seq < OLD.seq THEN
        RAISE EXCEPTION 'lead %: seq may not go back from % to %', OLD.id, OLD.seq, NEW.seq
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.seq = OLD.seq AND (NEW.state <> OLD.state OR NEW.owner_id IS DISTINCT FROM OLD.owner_id) THEN
        RAISE EXCEPTION 'lead %: a new state or owner needs an event', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.seq = OLD.seq AND NEW.reason_id IS DISTINCT FROM OLD.reason_id THEN
        RAISE EXCEPTION 'lead %: another reason needs an event', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'lead %: its id may not change', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.seq = OLD.seq AND NEW.entered_at <> OLD.entered_at THEN
        RAISE EXCEPTION 'lead %: it entered its state when its event says', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.due_at, NEW.due_step, NEW.terms) IS DISTINCT FROM (OLD.due_at, OLD.due_step, OLD.terms)
        AND NEW.due_at IS NOT NULL AND NEW.due_step IS NOT NULL
        AND NEW.due_at IS DISTINCT FROM (NEW.terms->'steps'->NEW.due_step->>'at')::timestamptz
    THEN
        RAISE EXCEPTION 'lead %: its deadline is not what its terms say', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id THEN
        RAISE EXCEPTION 'lead %: it was merged for good', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'merged' AND OLD.state <> 'merged' THEN
        PERFORM FROM leads_lead WHERE id = NEW.merged_into_id AND state <> 'merged' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'lead %: merged into one that was itself merged', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION airtight_lead_birth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> 1 OR NEW.state NOT IN ('buffer', 'nurture') THEN
        RAISE EXCEPTION 'a lead is born at seq 1 in one of: buffer, nurture'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.due_at IS DISTINCT FROM (NEW.terms->'steps'->NEW.due_step->>'at')::timestamptz THEN
        RAISE EXCEPTION 'a lead is born with the deadline that its terms say'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION airtight_events_follow() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE off bigint;
BEGIN
    SELECT e.lead_id INTO off FROM fresh e WHERE NOT coalesce(
        (SELECT coalesce(e.seq, 1) <= l.seq FROM leads_lead l WHERE l.id = e.lead_id), false) LIMIT 1;
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
CREATE OR REPLACE FUNCTION airtight_of_an_event() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE off bigint;
BEGIN
    SELECT f.id INTO off FROM fresh f WHERE f.lead_id IS DISTINCT FROM
        (SELECT e.lead_id FROM leads_leadevent e WHERE e.id = f.event_id) LIMIT 1;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION '% %: its event is not there, or another lead''s', TG_TABLE_NAME, off
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION airtight_turn_of_a_lead() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE off bigint;
BEGIN
    SELECT t.id INTO off FROM fresh t
        WHERE (SELECT l.id FROM leads_lead l WHERE l.id = t.lead_id) IS NULL LIMIT 1;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'turn %: its lead is not there', off USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION airtight_kept_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % is refused, it is kept for good', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION airtight_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% %: what it is of may not change', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION airtight_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % is refused, events are only ever added', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE OR REPLACE FUNCTION airtight_delivery_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'pending' OR OLD.created_at > now() - interval '90 days' THEN
        RAISE EXCEPTION 'delivery %: kept for 90 days, and until it is done', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE OR REPLACE FUNCTION airtight_delivery_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id <> OLD.event_id OR NEW.lead_id <> OLD.lead_id OR NEW.kind <> OLD.kind THEN
        RAISE EXCEPTION 'delivery %: what it is for may not change', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

TRIGGERS = """\
CREATE TRIGGER lead_kept BEFORE DELETE ON leads_lead FOR EACH ROW EXECUTE FUNCTION airtight_kept_for_good();
CREATE TRIGGER lead_no_truncate BEFORE TRUNCATE ON leads_lead
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_kept_for_good();
CREATE TRIGGER events_follow AFTER INSERT ON leads_leadevent REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_events_follow();
CREATE TRIGGER turn_of_a_lead AFTER INSERT ON leads_assignment REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_turn_of_a_lead();
CREATE TRIGGER turn_kept BEFORE DELETE ON leads_assignment FOR EACH ROW EXECUTE FUNCTION airtight_kept_for_good();
CREATE TRIGGER turn_no_truncate BEFORE TRUNCATE ON leads_assignment
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_kept_for_good();
CREATE TRIGGER turn_fixed BEFORE UPDATE OF lead_id, rep_id ON leads_assignment FOR EACH ROW
    WHEN (OLD.lead_id <> NEW.lead_id OR OLD.rep_id <> NEW.rep_id) EXECUTE FUNCTION airtight_fixed();
CREATE TRIGGER delivery_of_an_event AFTER INSERT ON leads_delivery REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_of_an_event();
CREATE TRIGGER alert_of_an_event AFTER INSERT ON leads_alert REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_of_an_event();
"""

BEFORE = """
DROP TRIGGER event_not_ahead ON leads_leadevent;
DROP FUNCTION airtight_event_not_ahead();
ALTER TABLE leads_leadevent DROP CONSTRAINT event_follows_its_predecessor;
ALTER TABLE leads_leadevent DROP CONSTRAINT event_legal;
ALTER TABLE leads_delivery DROP CONSTRAINT delivery_for_an_event_of_its_lead;
"""
# Whether those of before comply is asked by the next migration, which holds nobody up.
NOT_VALID = CONSTRAINTS.rstrip().rstrip(";") + " NOT VALID;\n"

UNDO = (
    """
DROP TRIGGER alert_of_an_event ON leads_alert;
DROP TRIGGER delivery_of_an_event ON leads_delivery;
DROP TRIGGER turn_fixed ON leads_assignment;
DROP TRIGGER turn_no_truncate ON leads_assignment;
DROP TRIGGER turn_kept ON leads_assignment;
DROP TRIGGER turn_of_a_lead ON leads_assignment;
DROP TRIGGER events_follow ON leads_leadevent;
DROP TRIGGER lead_no_truncate ON leads_lead;
DROP TRIGGER lead_kept ON leads_lead;
DROP FUNCTION airtight_events_follow(), airtight_of_an_event(), airtight_turn_of_a_lead();
DROP FUNCTION airtight_kept_for_good(), airtight_fixed();
ALTER TABLE leads_leadevent DROP CONSTRAINT event_legal;
ALTER TABLE leads_leadevent ADD CONSTRAINT event_follows_its_predecessor
    FOREIGN KEY (lead_id, prev_seq, from_state) REFERENCES leads_leadevent (lead_id, seq, to_state)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE leads_delivery ADD CONSTRAINT delivery_for_an_event_of_its_lead
    FOREIGN KEY (event_id, lead_id) REFERENCES leads_leadevent (id, lead_id) DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER event_not_ahead AFTER INSERT ON leads_leadevent REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_event_not_ahead();
"""
    + import_module("leads.migrations.0002_law").CONSTRAINTS.partition(";")[0]
    + ";"
)


class Migration(migrations.Migration):
    dependencies = [("leads", "0026_defaults_of_the_database")]
    operations = [
        migrations.AlterField(
            model_name="assignment",
            name="lead",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="leads.lead"
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="event",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="leads.leadevent"
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="owner",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="leads", to="leads.rep"
            ),
        ),
        migrations.AlterField(
            model_name="leadevent",
            name="lead",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="leads.lead"
            ),
        ),
        migrations.RunSQL(BEFORE + NOT_VALID + FUNCTIONS + TRIGGERS, UNDO),
        # Undone first, for what is undone above needs the functions of before.
        migrations.RunSQL(migrations.RunSQL.noop, import_module("leads.migrations.0011_reasons_by_events").FUNCTIONS),
    ]
