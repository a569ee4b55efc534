"""The groups that make somebody RevOps or an API client. What they may do is told by `revops.roles`, in code."""

from typing import Any

REVOPS, API_CLIENT = "RevOps", "API client"
GROUPS = (REVOPS, API_CLIENT)


def plant_groups(group_model: Any) -> None:
    """Add what is missing. Takes the model class, so that a migration can pass its own."""
    for name in GROUPS:
        group_model.objects.get_or_create(name=name)
