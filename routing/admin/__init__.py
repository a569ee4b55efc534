"""The admin's pages of routing."""

from routing.admin import answers, backtests, load_caps, pools, profiles, rules, signals, vendors

__all__ = ["answers", "backtests", "load_caps", "pools", "profiles", "rules", "signals", "vendors"]
