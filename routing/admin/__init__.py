"""The admin's pages of routing."""

from routing.admin import answers, load_caps, pools, profiles, rules, signals, vendors

__all__ = ["answers", "load_caps", "pools", "profiles", "rules", "signals", "vendors"]
