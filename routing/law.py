"""What the database itself holds of the rules. A migration carries a literal copy; `manage.py audit` compares.

A profile says what its latest version says, and versions are only ever added: an old decision finds its rules for ever.
The same holds of the versions of all rules, and of the lists of named accounts that they point to.
"""

FUNCTIONS = """
CREATE OR REPLACE FUNCTION airtight_profile_says_its_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM routing_icpprofile p WHERE p.id = NEW.id AND NOT EXISTS (
        SELECT FROM routing_icpprofileversion v WHERE v.profile_id = p.id AND v.number = p.version
            AND (v.name, v.active, v.criteria, v.intent_bar) = (p.name, p.active, p.criteria, p.intent_bar)
    );
    IF FOUND THEN
        RAISE EXCEPTION 'ICP profile %: it says something else than its latest version', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION airtight_versions_are_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: % is refused, versions are only ever added', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

TRIGGERS = """
CREATE TRIGGER decision_of_an_event AFTER INSERT ON routing_decision REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_of_an_event();
CREATE TRIGGER decision_fixed BEFORE UPDATE OF event_id, lead_id ON routing_decision FOR EACH ROW
    WHEN (OLD.event_id <> NEW.event_id OR OLD.lead_id <> NEW.lead_id) EXECUTE FUNCTION airtight_fixed();
CREATE CONSTRAINT TRIGGER profile_says_its_version AFTER INSERT OR UPDATE ON routing_icpprofile
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION airtight_profile_says_its_version();
CREATE TRIGGER version_append_only BEFORE UPDATE OR DELETE ON routing_icpprofileversion
    FOR EACH ROW EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER version_no_truncate BEFORE TRUNCATE ON routing_icpprofileversion
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER rule_set_append_only BEFORE UPDATE OR DELETE ON leads_ruleset
    FOR EACH ROW EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER rule_set_no_truncate BEFORE TRUNCATE ON leads_ruleset
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER named_list_append_only BEFORE UPDATE OR DELETE ON routing_namedlist
    FOR EACH ROW EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER named_list_no_truncate BEFORE TRUNCATE ON routing_namedlist
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_versions_are_added();
"""
