from leads.admin import accounts, alerts, crm, deliveries, reasons, records, rule_sets, suppressions, teams, territories

__all__ = [
    "accounts",
    "alerts",
    "crm",
    "deliveries",
    "reasons",
    "records",
    "rule_sets",
    "suppressions",
    "teams",
    "territories",
]
