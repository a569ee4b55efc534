import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

MARK = """
CREATE FUNCTION airtight_account_names_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO routing_changedaccount (account_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION airtight_account_domains_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO routing_changedaccount (account_id) VALUES (OLD.account_id) ON CONFLICT DO NOTHING;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO routing_changedaccount (account_id) VALUES (NEW.account_id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER account_names_new AFTER INSERT ON leads_account
    FOR EACH ROW EXECUTE FUNCTION airtight_account_names_changed();
CREATE TRIGGER account_names_changed AFTER UPDATE OF name, aliases ON leads_account
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.aliases IS DISTINCT FROM NEW.aliases)
    EXECUTE FUNCTION airtight_account_names_changed();
CREATE TRIGGER account_domains_changed AFTER INSERT OR UPDATE OR DELETE ON leads_accountdomain
    FOR EACH ROW EXECUTE FUNCTION airtight_account_domains_changed();
"""
UNMARK = """
DROP TRIGGER account_domains_changed ON leads_accountdomain;
DROP TRIGGER account_names_changed ON leads_account;
DROP TRIGGER account_names_new ON leads_account;
DROP FUNCTION airtight_account_domains_changed();
DROP FUNCTION airtight_account_names_changed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0002_law'),
        ('routing', '0003_vendors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangedAccount',
            fields=[
                ('account', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to='leads.account')),
            ],
        ),
        migrations.CreateModel(
            name='AccountName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('name', 'Name'), ('alias', 'Alias'), ('domain', 'name of a domain')], max_length=10)),
                ('name', models.CharField(max_length=255)),
                ('key', models.CharField(db_collation='C', max_length=255)),
                ('joined', models.CharField(db_collation='C', max_length=255)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='names', to='leads.account')),
            ],
        ),
        migrations.CreateModel(
            name='NameAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('joined', models.CharField(editable=False, max_length=255, verbose_name='compared as')),
                ('name', models.CharField(max_length=255, verbose_name='name as typed')),
                ('refused', models.JSONField(blank=True, default=list)),
                ('at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='name_answers', to='leads.account')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='NameGram',
            fields=[
                ('pk', models.CompositePrimaryKey('gram', 'name_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('gram', models.CharField(db_collation='C', max_length=255)),
                ('name', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='routing.accountname')),
            ],
        ),
        migrations.AddIndex(
            model_name='accountname',
            index=models.Index(fields=['key'], name='account_name_key'),
        ),
        migrations.AddIndex(
            model_name='accountname',
            index=models.Index(fields=['joined'], name='account_name_joined'),
        ),
        migrations.AddConstraint(
            model_name='nameanswer',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('joined',), name='name_answer_one_in_force'),
        ),
        migrations.AddConstraint(
            model_name='nameanswer',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', True), _connector='OR'), name='name_answer_withdrawn_by_somebody_at_some_time'),
        ),
        migrations.AddConstraint(
            model_name='nameanswer',
            constraint=models.CheckConstraint(condition=models.Q(('joined', ''), _negated=True), name='name_answer_of_a_name'),
        ),
        migrations.RunSQL(MARK, UNMARK),
    ]
