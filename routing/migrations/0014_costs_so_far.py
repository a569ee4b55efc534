"""What was paid before costs were kept: by the settings in force now, as it was counted so far."""

from typing import Any

from django.conf import settings
from django.db import migrations


def forward(apps: Any, schema_editor: Any) -> None:
    matches = apps.get_model("routing", "VendorAnswer").objects.filter(outcome="match", credits=0)
    if settings.ZOOMINFO_TECHNOLOGIES:
        matches.filter(vendor="zoominfo").update(credits=2)
    matches.filter(credits=0).update(credits=1)


class Migration(migrations.Migration):
    dependencies = [("routing", "0013_kept_costs")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
