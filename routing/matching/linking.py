"""Links a set of leads to their accounts, in a handful of statements however many they are.

First hit wins: the lead's domain; another domain of the same owner, where one account alone has one; what a person
answered for the name; a name that one account alone has and that is safe to link by. Likeness never links. Where more
accounts than one say that the domain is theirs and nothing tells which (`sharing`), only a person's answer for the name
links: another account's name does not go before the domain.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from leads.intake.companies import is_junk, is_legal_form
from leads.intake.domains import SHARED_SITES, is_free_mail
from leads.models import Account, Lead
from routing.matching.grams import shortened
from routing.matching.index import catch_up
from routing.matching.names import Name, read, rivals, same
from routing.matching.sharing import Sharing
from routing.models import AccountName, EnrichmentAnswer, NameAnswer

_RIVALS = """
    SELECT asked.name, asked.account FROM (
        SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[]) AS u(name, account, low, high)
    ) asked WHERE EXISTS (
        SELECT 1 FROM routing_accountname n
        WHERE n.key >= asked.low COLLATE "C" AND n.key < asked.high COLLATE "C"
          AND n.account_id <> asked.account AND n.kind <> 'domain'
    )
"""


_SHORTENED = """
    SELECT asked.name, asked.account FROM unnest(%s::text[], %s::bigint[], %s::text[]) AS asked(name, account, gram)
    WHERE EXISTS (
        SELECT 1 FROM routing_namegram g JOIN routing_accountname n ON n.id = g.name_id
        WHERE g.gram = asked.gram COLLATE "C" AND n.account_id <> asked.account AND n.kind <> 'domain'
    )
"""


@dataclass(frozen=True)
class Match:
    """The account a lead belongs to, and by what: domain, owner, either of them and name, answer, name, or person, who
    linked this one lead."""

    account: Account
    by: str


def match(leads: Sequence[Lead]) -> dict[int, Match]:
    """The account of each lead that has one, by lead id.

    Neither a name, whoever said what it means, nor a website links a free-mail sender: anybody can type a company's.
    """
    matches, contested = _by_domain(leads)
    matches |= _by_person([lead for lead in leads if lead.id not in matches and lead.account is not None])
    by_name = {lead.id: name for lead in leads if lead.id not in matches and (name := linkable_name(lead)).joined}
    if not by_name:
        return matches
    catch_up()
    means = Meanings({name.joined for name in by_name.values()})
    for pk, name in by_name.items():
        if (found := means.answered(name) if pk in contested else means.of(name)) is not None:
            matches[pk] = found
    means.drop_rivalled(matches, by_name)
    return matches


def company_domain_of(lead: Lead) -> str:
    """The lead's domain if it is one company's; '' for free mail, whatever website was typed along, and for a tenant's
    address on a shared site."""
    domain = lead.domain
    if not domain or lead.is_free_mail or is_free_mail(domain):
        return ""
    host = lead.email.rpartition("@")[2].lower()
    return "" if domain in SHARED_SITES and host.endswith(f".{domain}") else domain


def linkable_name(lead: Lead) -> Name:
    return read("") if lead.is_free_mail else typed_name(lead.company)


def typed_name(company: str) -> Name:
    """What somebody typed for their company, to be compared; without words when it is no answer, or a legal form and
    nothing else."""
    return read("") if not company or is_junk(company) or is_legal_form(company) else read(company)


def _by_domain(leads: Sequence[Lead]) -> tuple[dict[int, Match], set[int]]:
    """The leads that their domain links, and those whose domain several accounts give as theirs."""
    domains = {lead.id: domain for lead in leads if (domain := company_domain_of(lead))}
    sharing = Sharing(domains.values())
    matches, contested = {}, set()
    for lead in leads:
        if lead.id not in domains:
            continue
        account, by = sharing.meant(domains[lead.id], typed_name(lead.company))
        if account is not None:
            matches[lead.id] = Match(account, by)
        elif sharing.of(domains[lead.id])[0]:
            contested.add(lead.id)
    return matches, contested


def contenders(lead: Lead) -> list[Account]:
    """Of a lead without an account, those that give its domain as theirs, by name; none where it is one's alone."""
    domain = company_domain_of(lead) if lead.account_id is None else ""
    accounts = Sharing([domain]).of(domain)[0] if domain else []
    return sorted(accounts, key=lambda one: one.name.casefold()) if len(accounts) > 1 else []


def sharing_accounts(leads: Sequence[Lead]) -> dict[int, set[int]]:
    """By lead id: the lead's account with those that share its domain, or, without one, all that give the domain as
    theirs."""
    domains = {lead.id: domain for lead in leads if (domain := company_domain_of(lead))}
    sharing = Sharing(domains.values())
    found = {}
    for lead in leads:
        shared = {one.pk for one in sharing.of(domains[lead.id])[0]} if lead.id in domains else set()
        if lead.account_id is not None:
            found[lead.id] = shared if lead.account_id in shared else {lead.account_id}
        elif len(shared) > 1:
            found[lead.id] = shared
    return found


def _by_person(leads: Sequence[Lead]) -> dict[int, Match]:
    """Leads that a person linked one by one, which no rule would link again."""
    if not leads:
        return {}
    by_hand = EnrichmentAnswer.objects.filter(lead__in=leads, values__by="person").values_list("lead_id", flat=True)
    kept = set(by_hand)
    return {lead.id: Match(lead.account, "person") for lead in leads if lead.account and lead.id in kept}


class Meanings:
    """What typed names mean by the answers of people and by the names of accounts, read for a set of names at once."""

    def __init__(self, joined: set[str]) -> None:
        answers = NameAnswer.objects.filter(joined__in=joined, withdrawn_at__isnull=True).select_related("account")
        self.answers = {answer.joined: answer for answer in answers}
        self.held: dict[str, list[AccountName]] = defaultdict(list)
        names = AccountName.objects.filter(joined__in=joined).exclude(kind=AccountName.Kind.DOMAIN)
        for row in names.select_related("account"):
            self.held[row.joined].append(row)

    def answered(self, name: Name) -> Match | None:
        answer = self.answers.get(name.joined)
        return Match(answer.account, "answer") if answer is not None and answer.account is not None else None

    def of(self, name: Name) -> Match | None:
        if told := self.answered(name):
            return told
        answer, row = self.answers.get(name.joined), self._only(name)
        if row is None or (answer is not None and row.account_id in answer.refused):
            return None
        return Match(row.account, "name") if same(name, read(row.name)) else None

    def _only(self, name: Name) -> AccountName | None:
        rows = self.held.get(name.joined, [])
        return rows[0] if len({row.account_id for row in rows}) == 1 else None

    def drop_rivalled(self, matches: dict[int, Match], names: Mapping[int, Name]) -> None:
        """Take back a match by name where another account may be meant as well."""
        asked = {
            (name.key, matches[pk].account.pk): name
            for pk, name in names.items()
            if pk in matches and matches[pk].by == "name"
        }
        rivalled = _with_rivals(
            (name, account_id, read(self.held[name.joined][0].name)) for (_key, account_id), name in asked.items()
        )
        for pk, name in names.items():
            if pk in matches and matches[pk].by == "name" and (name.key, matches[pk].account.pk) in rivalled:
                del matches[pk]


def _with_rivals(asked: Iterable[tuple[Name, int, Name]]) -> set[tuple[str, int]]:
    pairs = list(asked)
    ranges = [(name.key, account_id, low, high) for name, account_id, held in pairs for low, high in rivals(name, held)]
    pieces = [(name.key, pk, shortened(key)) for name, pk, held in pairs for key in {name.key, held.key}]
    return _found(_RIVALS, ranges) | _found(_SHORTENED, pieces)


def _found(statement: str, rows: Sequence[tuple[Any, ...]]) -> set[tuple[str, int]]:
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
        return set(cursor.fetchall())
