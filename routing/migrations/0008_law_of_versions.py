"""The law of profiles and their versions, as it stood when this was written; `routing/law.py` is where it is made."""

from django.db import migrations

FUNCTIONS = """\
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

TRIGGERS = """\
CREATE CONSTRAINT TRIGGER profile_says_its_version AFTER INSERT OR UPDATE ON routing_icpprofile
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION airtight_profile_says_its_version();
CREATE TRIGGER version_append_only BEFORE UPDATE OR DELETE ON routing_icpprofileversion
    FOR EACH ROW EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER version_no_truncate BEFORE TRUNCATE ON routing_icpprofileversion
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_versions_are_added();
"""

UNDO = """
DROP TRIGGER profile_says_its_version ON routing_icpprofile;
DROP TRIGGER version_append_only ON routing_icpprofileversion;
DROP TRIGGER version_no_truncate ON routing_icpprofileversion;
DROP FUNCTION airtight_profile_says_its_version();
DROP FUNCTION airtight_versions_are_added();
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0007_first_versions")]
    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDO)]
