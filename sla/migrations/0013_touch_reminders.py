import sla.reminders
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("sla", "0012_lapses_nobody_was_told_of")]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="touch_reminders",
            field=models.CharField(blank=True, db_default="50%", default="50%", max_length=100, validators=[sla.reminders.valid], verbose_name="reminders of the first touch"),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(condition=models.Q(("touch_reminders__regex", "^(([1-9][0-9]?%|[1-9][0-9]{0,5} min)(, ([1-9][0-9]?%|[1-9][0-9]{0,5} min))*)?$")), name="policy_touch_reminders", violation_error_message="Write reminders as shares of the window or minutes left: 50%, 15 min."),
        ),
    ]
