from django.db import migrations


class Migration(migrations.Migration):
    """Names are read anew, with their short forms: by the next sweep, import or look at the page."""

    dependencies = [("routing", "0021_backtests")]

    operations = [
        migrations.RunSQL(
            [
                "TRUNCATE routing_namegram, routing_accountname",
                "INSERT INTO routing_changedaccount (account_id) SELECT id FROM leads_account ON CONFLICT DO NOTHING",
            ],
            migrations.RunSQL.noop,
        )
    ]
