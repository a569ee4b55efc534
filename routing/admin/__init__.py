"""The admin's pages of routing."""

from routing.admin import profiles, rules, signals, vendors

__all__ = ["profiles", "rules", "signals", "vendors"]
