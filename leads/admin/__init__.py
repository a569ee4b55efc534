from leads.admin import accounts, crm, deliveries, reasons, records, rule_sets, suppressions, teams, territories

__all__ = [
    "accounts",
    "crm",
    "deliveries",
    "reasons",
    "records",
    "rule_sets",
    "suppressions",
    "teams",
    "territories",
]
