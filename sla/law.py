"""What the database itself holds of the coaching record. A migration carries a copy; `manage.py audit` compares.

A breach is of one rep's turn with one lead, which is never deleted and never becomes another's.
"""

FUNCTIONS = """
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

TRIGGERS = """
CREATE TRIGGER breach_of_a_turn AFTER INSERT ON sla_breach REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_breach_of_a_turn();
CREATE TRIGGER breach_of_an_event AFTER INSERT ON sla_breach REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_of_an_event();
CREATE TRIGGER breach_fixed BEFORE UPDATE OF lead_id, event_id, assignment_id, rep_id ON sla_breach FOR EACH ROW
    WHEN ((OLD.lead_id, OLD.event_id, OLD.assignment_id, OLD.rep_id)
        IS DISTINCT FROM (NEW.lead_id, NEW.event_id, NEW.assignment_id, NEW.rep_id))
    EXECUTE FUNCTION airtight_fixed();
"""
