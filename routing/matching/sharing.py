"""The accounts that a mail domain may mean: the one that has it, then those that claim it too.

Who was first to give a domain as theirs says nothing of whose a lead from there is. Of several, the very name tells, or
that one of them alone has the other domains of the same owner; else a person is asked.
"""

from collections.abc import Iterable
from itertools import chain

from leads.models import Account, AccountDomain, DomainClaim
from routing.matching.names import Name, read
from routing.matching.owners import same_owner

DOMAIN, OWNER = "domain", "owner"


class Sharing:
    """The accounts of a set of domains and of the other domains of their owners, read in two queries."""

    def __init__(self, domains: Iterable[str]) -> None:
        self._related = {domain: sorted(same_owner(domain)) for domain in domains}
        wanted = {*self._related, *chain.from_iterable(self._related.values())}
        self._held: dict[str, dict[int, Account]] = {}
        # Whoever has a domain comes first, then in the order in which they claimed it.
        for model in (AccountDomain, DomainClaim):
            rows = model._default_manager.filter(domain__in=wanted).select_related("account").order_by("pk")
            for row in rows if wanted else ():
                self._held.setdefault(row.domain, {}).setdefault(row.account_id, row.account)

    def of(self, domain: str) -> tuple[list[Account], str]:
        """The accounts, the one that has it first, and by what: the domain, else its owner if one account alone has
        the owner's others."""
        if domain in self._held:
            return list(self._held[domain].values()), DOMAIN
        groups = [self._held[other] for other in self._related[domain] if other in self._held]
        if len({next(iter(group)) for group in groups}) != 1:
            return [], OWNER
        return list({pk: account for group in groups for pk, account in group.items()}.values()), OWNER

    def meant(self, domain: str, name: Name) -> tuple[Account | None, str]:
        """The one account that is meant, and by what; None where there is none, or several that nothing tells apart."""
        accounts, by = self.of(domain)
        if len(accounts) == 1:
            return accounts[0], by
        if told := named(accounts, name):
            return told, f"{by} and name"
        alone = self._has_the_others(domain, accounts)
        return alone, OWNER if by == OWNER else f"{DOMAIN} and {OWNER}"

    def _has_the_others(self, domain: str, accounts: Iterable[Account]) -> Account | None:
        """The one of these accounts that has all other domains of the owner which anybody has, and shares none."""
        held = [self._held[other] for other in self._related[domain] if other in self._held]
        settled = {next(iter(group)) for group in held if len(group) == 1}
        return next((one for one in accounts if settled == {one.pk}), None)


def named(accounts: Iterable[Account], name: Name) -> Account | None:
    """The one of these accounts that alone has this very name."""
    if not name.joined:
        return None
    found = [one for one in accounts if name.joined in {read(str(text)).joined for text in (one.name, *one.aliases)}]
    return found[0] if len(found) == 1 else None
