"""The breaches of a turn are found among those of its lead."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sla", "0015_breaches_of_a_turn")]
    operations = [
        migrations.AlterField(
            model_name="breach",
            name="assignment",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="breaches", to="leads.assignment"
            ),
        ),
    ]
