from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("revops", "0004_webhooks")]

    operations = [
        migrations.RemoveConstraint("weeklynotice", "weekly_notice_status_known"),
        migrations.RemoveConstraint("weeklynotice", "weekly_notice_has_days"),
        migrations.RenameModel("WeeklyNotice", "Notice"),
        migrations.RenameField("notice", "asked", "count"),
        migrations.AddField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('asked_anyway', 'suppressed people who asked for a call'), ('credential', 'a vendor refuses its key')], default='asked_anyway', max_length=20),
        ),
        migrations.AddField(
            model_name='notice',
            name='subject',
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name='notice',
            name='count',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='notice',
            name='until',
            field=models.DateTimeField(),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('kind', 'subject', 'until'), name='notice_once'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'sent', 'skipped', 'dead'])), name='notice_status_known'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['asked_anyway', 'credential'])), name='notice_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='notice_has_a_time'),
        ),
    ]
