from django.db import migrations


class Migration(migrations.Migration):
    """The accounts known before matching kept their names: read by the next sweep, import or look at the page."""

    dependencies = [("routing", "0004_account_matching")]

    operations = [
        migrations.RunSQL(
            "INSERT INTO routing_changedaccount (account_id) SELECT id FROM leads_account ON CONFLICT DO NOTHING",
            migrations.RunSQL.noop,
        )
    ]
