from django.db import migrations

from sla.seeds import plant


def seed(apps, schema_editor):
    plant(
        apps.get_model("sla", "Policy"), apps.get_model("sla", "Calendar"), apps.get_model("sla", "WeeklyHours")
    )


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
