"""Every rule says the team and whether it is on, as its territory did; turns owed are kept as such."""

from django.db import migrations

SAY = """
UPDATE routing_pool p SET team_id = t.team_id, active = t.active FROM leads_territory t WHERE t.id = p.territory_id;
UPDATE routing_share SET owed = -credit, credit = -credit;
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0015_rules_as_one")]
    operations = [migrations.RunSQL(SAY, migrations.RunSQL.noop)]
