"""The words of Timing fit Slack's dialog; where RevOps has written others, theirs stay."""

from django.db import migrations

OLD = "Right company, wrong moment. Comes back in 90 days, or on the date you name."
NEW = "Right company, wrong moment. Back in 90 days, or on the date you name."


def reword(apps, schema_editor):
    apps.get_model("leads", "Reason").objects.filter(code="timing", hint=OLD).update(hint=NEW)


class Migration(migrations.Migration):
    dependencies = [("recycle", "0003_own_and_competitor"), ("leads", "0032_leads_of_an_account")]
    operations = [migrations.RunPython(reword, migrations.RunPython.noop)]
