"""A lead's reason changes by an event, as its state does; `leads/law.py` is where the law is made."""

from importlib import import_module

from django.db import migrations

FUNCTIONS = """\
CREATE OR REPLACE FUNCTION airtight_lead_moves_by_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
CREATE OR REPLACE FUNCTION airtight_event_not_ahead() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ahead bigint;
BEGIN
    SELECT e.lead_id INTO ahead FROM fresh e JOIN leads_lead l ON l.id = e.lead_id WHERE e.seq > l.seq LIMIT 1;
    IF ahead IS NOT NULL THEN
        RAISE EXCEPTION 'lead %: an event without the change', ahead USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
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

BEFORE: str = import_module("leads.migrations.0004_law_of_deadlines").FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("leads", "0010_times_in_sight")]
    operations = [migrations.RunSQL(FUNCTIONS, BEFORE)]
