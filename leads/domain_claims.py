"""Whose a domain is when several accounts say that it is theirs: one has it, the others claim it."""

from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet

from leads.models import Account, AccountDomain, DomainClaim


def sharing(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Those that claim a domain which another has, or have one that another claims."""
    claimed = Exists(DomainClaim.objects.filter(domain=OuterRef("domain")))
    own = AccountDomain.objects.filter(claimed, account=OuterRef("pk"))
    return accounts.filter(Q(Exists(DomainClaim.objects.filter(account=OuterRef("pk")))) | Q(Exists(own)))


def others(account: Account) -> list[tuple[str, str, bool]]:
    """The domains that this account shares: each with another's name, and whether that other is the one that has it."""
    claims = DomainClaim.objects.filter(account=account).values("domain")
    owned = AccountDomain.objects.filter(account=account).values("domain")
    holders = AccountDomain.objects.filter(domain__in=claims).exclude(account=account)
    claimers = DomainClaim.objects.filter(Q(domain__in=claims) | Q(domain__in=owned)).exclude(account=account)
    return [
        (domain, name, has)
        for rows, has in ((holders, True), (claimers, False))
        for domain, name in rows.order_by("domain", "pk").values_list("domain", "account__name")
    ]


def keep(claimed: Mapping[int, Collection[str]]) -> None:
    """Let these accounts, by id, claim these domains and no other ones."""
    wanted = {(account, domain) for account, domains in claimed.items() for domain in domains}
    before = DomainClaim.objects.filter(account__in=claimed).values_list("account", "domain", "pk")
    known = {(account, domain): pk for account, domain, pk in before}
    DomainClaim.objects.filter(pk__in=[pk for claim, pk in known.items() if claim not in wanted]).delete()
    DomainClaim.objects.bulk_create(
        [DomainClaim(account_id=account, domain=domain) for account, domain in sorted(wanted - set(known))],
        batch_size=500,
    )


def free(accounts: QuerySet[Account]) -> None:
    """Take their domains from these accounts. The first of the others that claim one gets it."""
    DomainClaim.objects.filter(account__in=accounts.values("pk")).delete()
    freed = AccountDomain.objects.filter(account__in=accounts.values("pk"))
    claims = DomainClaim.objects.filter(domain__in=freed.values("domain")).order_by("-pk")
    first = {claim.domain: claim for claim in claims}
    freed.exclude(domain__in=first).delete()
    for claim in first.values():
        AccountDomain.objects.filter(domain=claim.domain).update(account=claim.account_id)
    DomainClaim.objects.filter(pk__in=[claim.pk for claim in first.values()]).delete()


def hand_on(account: Account, heir: Account) -> None:
    """What one account has and claims is the other's."""
    AccountDomain.objects.filter(account=account).update(account=heir)
    its_own = AccountDomain.objects.filter(account=heir).values("domain")
    DomainClaim.objects.filter(account__in=[account, heir], domain__in=its_own).delete()
    claimed = list(DomainClaim.objects.filter(account=heir).values_list("domain", flat=True))
    DomainClaim.objects.filter(account=account).exclude(domain__in=claimed).update(account=heir)
