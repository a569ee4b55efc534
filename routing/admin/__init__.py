"""The admin's pages of routing."""

from routing.admin import profiles, rules, vendors

__all__ = ["profiles", "rules", "vendors"]
