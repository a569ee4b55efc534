"""A lead that has no account needs no place among the leads by account. Built while everybody goes on."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0031_number_of_before")]
    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(fields=["account"], condition=models.Q(account__isnull=False), name="lead_account"),
        ),
        migrations.AlterField(
            model_name="lead",
            name="account",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="leads", to="leads.account"
            ),
        ),
    ]
