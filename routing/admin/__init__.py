"""The admin's pages of routing."""

from routing.admin import rules, vendors

__all__ = ["rules", "vendors"]
