"""Versions of the rules, and lists of named accounts, are only ever added; `routing/law.py` is where the law is made."""

from django.db import migrations

TRIGGERS = """\
CREATE TRIGGER rule_set_append_only BEFORE UPDATE OR DELETE ON leads_ruleset
    FOR EACH ROW EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER rule_set_no_truncate BEFORE TRUNCATE ON leads_ruleset
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER named_list_append_only BEFORE UPDATE OR DELETE ON routing_namedlist
    FOR EACH ROW EXECUTE FUNCTION airtight_versions_are_added();
CREATE TRIGGER named_list_no_truncate BEFORE TRUNCATE ON routing_namedlist
    FOR EACH STATEMENT EXECUTE FUNCTION airtight_versions_are_added();
"""

UNDO = """
DROP TRIGGER rule_set_append_only ON leads_ruleset;
DROP TRIGGER rule_set_no_truncate ON leads_ruleset;
DROP TRIGGER named_list_append_only ON routing_namedlist;
DROP TRIGGER named_list_no_truncate ON routing_namedlist;
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0017_pools_have_a_team")]
    operations = [migrations.RunSQL(TRIGGERS, UNDO)]
