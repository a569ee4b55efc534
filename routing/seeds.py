"""The enrichment vendors that Airtight knows how to ask, in the order in which they are asked until RevOps says."""

from typing import Any

VENDORS = ("apollo", "zoominfo", "zoominfo_legacy", "clearbit", "hubspot")


def plant(vendor_model: Any) -> None:
    """Add what is missing. Takes the model class, so that a migration can pass its own."""
    for position, name in enumerate(VENDORS, start=1):
        vendor_model.objects.get_or_create(name=name, defaults={"position": position})
