"""Events of before comply too. By itself, for meanwhile everybody may go on."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("leads", "0027_asked_once_a_statement")]
    operations = [
        migrations.RunSQL("ALTER TABLE leads_leadevent VALIDATE CONSTRAINT event_legal", migrations.RunSQL.noop)
    ]
