"""Leads of before agree too. By itself, for meanwhile everybody may go on."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("leads", "0030_agrees_by_its_number")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE leads_lead VALIDATE CONSTRAINT lead_agrees_with_its_last_event", migrations.RunSQL.noop
        )
    ]
