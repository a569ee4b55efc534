"""A lead that has no account needs no place among the leads by account. Both indexes are built and dropped while
everybody goes on, by their names, for Django would drop the foreign key too and ask all leads of it anew."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

BEFORE = "leads_lead_account_id_d7b48dfa"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0031_number_of_before")]
    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(fields=["account"], condition=models.Q(account__isnull=False), name="lead_account"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {BEFORE}",
                    f"CREATE INDEX CONCURRENTLY {BEFORE} ON leads_lead (account_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="lead",
                    name="account",
                    field=models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="leads", to="leads.account"
                    ),
                ),
            ],
        ),
    ]
