"""The admin's pages of routing."""

from routing.admin import answers, backtests, profiles, rules, signals, vendors

__all__ = ["answers", "backtests", "profiles", "rules", "signals", "vendors"]
