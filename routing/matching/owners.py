"""Domains that one owner runs, as Apple's password manager lists them: 'airbnb.de' and 'airbnb.com'."""

import json
from collections import defaultdict
from functools import cache
from pathlib import Path

from leads.intake.domains import registrable_domain

_LIST = Path(__file__).parent / "data" / "same_owner_domains.json"


def same_owner(domain: str) -> frozenset[str]:
    """The other domains of this one's owner; empty for a domain of no group."""
    return _groups().get(domain, frozenset()) - {domain}


@cache
def _groups() -> dict[str, frozenset[str]]:
    """By domain, the domains of its owner. Groups that share a domain are one."""
    groups: dict[str, set[str]] = defaultdict(set)
    for entry in json.loads(_LIST.read_text(encoding="utf-8")):
        hosts = [*entry.get("shared", ()), *entry.get("from", ()), *entry.get("to", ())]
        joined = {domain for host in hosts if (domain := registrable_domain(host))}
        joined |= {other for domain in tuple(joined) for other in groups[domain]}
        for domain in joined:
            groups[domain] = joined
    return {domain: frozenset(group) for domain, group in groups.items()}
