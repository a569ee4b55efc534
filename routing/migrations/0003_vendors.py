"""The vendors that can be asked."""

from typing import Any

from django.db import migrations

from routing.seeds import plant


def forward(apps: Any, schema_editor: Any) -> None:
    plant(apps.get_model("routing", "Vendor"))


class Migration(migrations.Migration):
    dependencies = [("routing", "0002_enrichment_vendors")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
