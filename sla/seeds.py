"""The policy and calendars that ship with the product. Planting them again changes nothing that RevOps has edited."""

from datetime import time
from typing import Any

DEFAULT_POLICY = "Default"
OFFICE_HOURS = "Mon–Fri 9–18"
ALWAYS_OPEN = "Always open"


def plant(policy_model: Any, calendar_model: Any, hours_model: Any) -> None:
    """Add what is missing. Takes the model classes, so that a migration can pass its own."""
    if not policy_model.objects.filter(territory=None, source="").exists():
        policy_model.objects.get_or_create(name=DEFAULT_POLICY)
    calendar_model.objects.get_or_create(name=ALWAYS_OPEN, defaults={"always_open": True})
    office, is_new = calendar_model.objects.get_or_create(name=OFFICE_HOURS)
    if is_new:
        hours_model.objects.bulk_create(
            hours_model(calendar=office, weekday=day, opens=time(9), closes=time(18)) for day in range(5)
        )
