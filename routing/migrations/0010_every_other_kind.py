"""Signals of a kind without a row of its own: the points they were sent with, which halve every month."""

from typing import Any

from django.db import migrations

from routing.seeds import plant_signal_kinds


def forward(apps: Any, schema_editor: Any) -> None:
    plant_signal_kinds(apps.get_model("routing", "SignalKind"))


class Migration(migrations.Migration):
    dependencies = [("routing", "0009_signal_kinds")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
