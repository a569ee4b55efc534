from django.db import migrations

from recycle.seeds import plant


def seed(apps, schema_editor):
    plant(apps.get_model("leads", "Track"), apps.get_model("leads", "Reason"))


class Migration(migrations.Migration):
    dependencies = [("recycle", "0002_reasons")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
