"""Of a decision, too: no index that nobody searches by, and one key for its event and its lead together."""

import django.db.models.deletion
from django.db import migrations, models


CONSTRAINTS = """
ALTER TABLE routing_decision ADD CONSTRAINT decision_for_an_event_of_its_lead
    FOREIGN KEY (event_id, lead_id) REFERENCES leads_leadevent (id, lead_id) DEFERRABLE INITIALLY DEFERRED;
"""

UNDO = """
ALTER TABLE routing_decision DROP CONSTRAINT decision_for_an_event_of_its_lead;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0021_fewer_indexes_and_keys'),
        ('routing', '0022_short_forms_of_names'),
    ]

    operations = [
        migrations.AlterField(
            model_name='decision',
            name='event',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.leadevent'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='lead',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='rep',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.rep'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='rules',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='leads.ruleset'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='team',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.team'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='territory',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leads.territory'),
        ),
        migrations.RunSQL(CONSTRAINTS, UNDO),
    ]
