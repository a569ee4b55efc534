from django.db import migrations, models


class Migration(migrations.Migration):
    """What runs before a deployment is over knows nothing of the column, and inserts without it."""

    dependencies = [("sla", "0013_touch_reminders")]

    operations = [
        migrations.AlterField(
            model_name="policy",
            name="claim_touch_within",
            field=models.PositiveIntegerField(db_default=5, default=5, verbose_name="first touch after a claim within (min)"),
        ),
    ]
