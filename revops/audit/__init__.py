"""Proof on a live database that what can never be is not: `manage.py audit`."""
