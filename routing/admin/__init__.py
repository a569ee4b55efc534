"""The admin's pages of routing."""

from routing.admin import answers, profiles, rules, signals, vendors

__all__ = ["answers", "profiles", "rules", "signals", "vendors"]
