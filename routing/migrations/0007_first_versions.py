"""What the profiles of before say becomes the version that their number names; what they said earlier was not kept."""

from typing import Any

from django.db import migrations

RULES = ("name", "active", "criteria", "intent_bar")


def keep(apps: Any, _editor: Any) -> None:
    versions = apps.get_model("routing", "IcpProfileVersion")
    for profile in apps.get_model("routing", "IcpProfile").objects.all():
        rules = {name: getattr(profile, name) for name in RULES}
        versions.objects.create(profile=profile, number=profile.version, **rules)


class Migration(migrations.Migration):
    dependencies = [("routing", "0006_profile_versions")]
    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
