"""What each move of a lead pays for: no index that nobody searches by, and one key for an event and its lead together."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


CONSTRAINTS = """
ALTER TABLE leads_leadevent ADD CONSTRAINT event_of_its_lead UNIQUE (id, lead_id);
ALTER TABLE leads_delivery ADD CONSTRAINT delivery_for_an_event_of_its_lead
    FOREIGN KEY (event_id, lead_id) REFERENCES leads_leadevent (id, lead_id) DEFERRABLE INITIALLY DEFERRED;
"""

UNDO = """
ALTER TABLE leads_delivery DROP CONSTRAINT delivery_for_an_event_of_its_lead;
ALTER TABLE leads_leadevent DROP CONSTRAINT event_of_its_lead;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0020_past_leads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="lead",
            name="lead_aql",
        ),
        migrations.SeparateDatabaseAndState(
            # By its name: Django would take the unique index of a lead's one open turn for the one to drop.
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX leads_assignment_lead_id_ecf02f34",
                    "CREATE INDEX leads_assignment_lead_id_ecf02f34 ON leads_assignment (lead_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="assignment",
                    name="lead",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="leads.lead",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="assignment",
            name="reason",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="leads.reason",
            ),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="rep",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="leads.rep"
            ),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="territory",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="leads.territory",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="dedupe_key",
            field=models.CharField(max_length=120),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="event",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="leads.leadevent",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="lead",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="leads.lead",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="rep",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="leads.rep",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="team",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="leads.team",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="merged_into",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="repeats",
                to="leads.lead",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="opportunity",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="leads.opportunity",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="owner",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leads",
                to="leads.rep",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="previous",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="later",
                to="leads.lead",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="reason",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="leads.reason",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="territory",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leads",
                to="leads.territory",
            ),
        ),
        migrations.AlterField(
            model_name="leadevent",
            name="lead",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="leads.lead"
            ),
        ),
        migrations.AlterField(
            model_name="leadevent",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(condition=models.Q(("aql_at__isnull", False)), fields=["aql_at"], name="lead_was_aql"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("opportunity__isnull", False)), fields=["opportunity"], name="lead_opportunity"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("previous__isnull", False)), fields=["previous"], name="lead_previous"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="lead_merged_into"
            ),
        ),
        migrations.AddIndex(
            model_name="leadevent",
            index=models.Index(condition=models.Q(("user__isnull", False)), fields=["user"], name="event_user"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("dedupe_key",), name="delivery_once"),
        ),
        migrations.RunSQL(CONSTRAINTS, UNDO),
    ]
