from leads.admin import accounts, crm, deliveries, reasons, records, suppressions, teams, territories

__all__ = ["accounts", "crm", "deliveries", "reasons", "records", "suppressions", "teams", "territories"]
