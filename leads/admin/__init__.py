from leads.admin import accounts, deliveries, reasons, records, suppressions, teams, territories

__all__ = ["accounts", "deliveries", "reasons", "records", "suppressions", "teams", "territories"]
