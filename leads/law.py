"""The law that only SQL can hold, written from the table of transitions. A migration carries a literal copy.

The events carry it: a legal pair, an unbroken chain, and a lead that agrees with its last event. The lead's own CHECKs
are on the model. What points to a row that is never changed or deleted is asked once a statement, for all its rows: a
foreign key asks row by row, and locks what it finds.

`manage.py audit` holds the copy in the database against this module.
"""

from leads import states


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _ways_on() -> str:
    ways = {source: tuple(target for start, target in states.PAIRS if start == source) for source in states.STATES}
    cases = (f"WHEN '{source}' THEN to_state IN ({_quoted(targets)})" for source, targets in ways.items() if targets)
    return "\n        ".join(cases)


# Asked of every event: only the ways on from one state are compared, and not all pairs there are.
EVENT_LEGAL = f"""CASE
    WHEN seq IS NULL THEN prev_seq IS NULL AND from_state IS NULL AND to_state IS NULL
    WHEN to_state IS NULL THEN false
    WHEN seq = 1 THEN prev_seq IS NULL AND from_state IS NULL AND to_state IN ({_quoted(states.BIRTHS)})
    WHEN prev_seq IS NULL OR seq <> prev_seq + 1 THEN false
    ELSE CASE from_state
        {_ways_on()}
        ELSE false
    END
END"""

CONSTRAINTS = f"""
ALTER TABLE leads_leadevent ADD CONSTRAINT event_legal CHECK ({EVENT_LEGAL});
ALTER TABLE leads_leadevent ADD CONSTRAINT event_once UNIQUE (lead_id, seq);
ALTER TABLE leads_lead ADD CONSTRAINT lead_agrees_with_its_last_event
    FOREIGN KEY (id, seq) REFERENCES leads_leadevent (lead_id, seq) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE leads_lead ADD CONSTRAINT lead_id_owner UNIQUE (id, owner_id);
ALTER TABLE leads_lead ADD CONSTRAINT lead_owner_has_the_open_assignment
    FOREIGN KEY (id, owner_id) REFERENCES leads_assignment (lead_id, open_rep) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE leads_assignment ADD CONSTRAINT assignment_open_is_the_owners
    FOREIGN KEY (lead_id, open_rep) REFERENCES leads_lead (id, owner_id) DEFERRABLE INITIALLY DEFERRED;
"""

FUNCTIONS = f"""
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
    IF NEW.state = '{states.MERGED}' AND OLD.state <> '{states.MERGED}' THEN
        PERFORM FROM leads_lead WHERE id = NEW.merged_into_id AND state <> '{states.MERGED}' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'lead %: merged into one that was itself merged', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION airtight_lead_birth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> 1 OR NEW.state NOT IN ({_quoted(states.BIRTHS)}) THEN
        RAISE EXCEPTION 'a lead is born at seq 1 in one of: {", ".join(states.BIRTHS)}'
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

TRIGGERS = """
CREATE TRIGGER lead_moves_by_events BEFORE UPDATE ON leads_lead
    FOR EACH ROW EXECUTE FUNCTION airtight_lead_moves_by_events();
CREATE TRIGGER lead_birth BEFORE INSERT ON leads_lead FOR EACH ROW EXECUTE FUNCTION airtight_lead_birth();
CREATE TRIGGER lead_kept BEFORE DELETE ON leads_lead FOR EACH ROW EXECUTE FUNCTION airtight_kept_for_good();
CREATE TRIGGER lead_no_truncate BEFORE TRUNCATE ON leads_lead
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_kept_for_good();
CREATE TRIGGER events_follow AFTER INSERT ON leads_leadevent REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_events_follow();
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON leads_leadevent
    FOR EACH ROW EXECUTE FUNCTION airtight_append_only();
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON leads_leadevent
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_append_only();
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
CREATE TRIGGER delivery_kept BEFORE DELETE ON leads_delivery
    FOR EACH ROW EXECUTE FUNCTION airtight_delivery_kept();
CREATE TRIGGER delivery_no_truncate BEFORE TRUNCATE ON leads_delivery
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_append_only();
CREATE TRIGGER delivery_fixed BEFORE UPDATE ON leads_delivery
    FOR EACH ROW EXECUTE FUNCTION airtight_delivery_fixed();
"""
