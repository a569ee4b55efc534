"""What stands in the tables until RevOps says otherwise: the enrichment vendors in their order, how signals fade."""

from typing import Any

VENDORS = ("apollo", "zoominfo", "zoominfo_legacy", "clearbit", "hubspot")


def plant(vendor_model: Any) -> None:
    """Add what is missing. Takes the model class, so that a migration can pass its own."""
    for position, name in enumerate(VENDORS, start=1):
        vendor_model.objects.get_or_create(name=name, defaults={"position": position})


def plant_signal_kinds(kind_model: Any) -> None:
    """Every kind without a row of its own: the points it was sent with, half of them after a month."""
    kind_model.objects.get_or_create(name="*", defaults={"half_life_days": 30})
