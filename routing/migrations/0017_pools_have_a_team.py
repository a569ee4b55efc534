import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0018_rule_sets"), ("routing", "0016_pools_say_their_team")]
    operations = [
        migrations.AlterField(
            model_name="pool",
            name="team",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.team"),
        ),
        migrations.AlterField("share", "given", models.PositiveIntegerField(default=0, editable=False)),
        migrations.AlterField("share", "credit", models.PositiveIntegerField(default=0, editable=False)),
    ]
