from django.db import migrations, models


class Migration(migrations.Migration):
    """What runs before a deployment is over knows nothing of the column, and inserts without it."""

    dependencies = [("leads", "0025_alerts")]

    operations = [
        migrations.AlterField(
            model_name="team",
            name="hides_contact",
            field=models.BooleanField(db_default=True, default=True, help_text="Reps see name, e-mail and phone of a lead in the Shark Tank only once they have claimed it.", verbose_name="hides whom to contact"),
        ),
    ]
