"""A policy's last reminder, which was a setting of its own, is one of its list of reminders."""

from django.db import migrations


def into_the_list(apps, schema_editor):
    for policy in apps.get_model("sla", "Policy").objects.exclude(remind_before=15):
        policy.reminders = f"50%, {policy.remind_before} min" if policy.remind_before else "50%"
        policy.save(update_fields=["reminders"])


class Migration(migrations.Migration):
    dependencies = [("sla", "0006_reminders")]

    operations = [migrations.RunPython(into_the_list, migrations.RunPython.noop)]
