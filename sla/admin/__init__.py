"""How long everybody has, on which hours, and who let a deadline pass."""

from sla.admin import calendars, policies

__all__ = ["calendars", "policies"]
