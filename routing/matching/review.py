"""Which company names wait for a person to say what account they mean, and how many leads each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db.models import Count, Exists, OuterRef, Q

from leads import states
from leads.intake.domains import SHARED_SITES
from leads.models import LeadEvent
from leads.models.lead import LeadQuerySet
from routing.matching.likeness import likeness
from routing.matching.linking import typed_name
from routing.matching.names import read
from routing.matching.sharing import Sharing
from routing.matching.suggesting import MOST, Suggestion, suggest
from routing.models import NameAnswer

REFUSED = "account_refused"


@dataclass(frozen=True)
class Waiting:
    """A name under which leads wait, one for those from company addresses and one for those from personal ones.

    `name` is its commonest spelling, `spellings` all of them, the commonest first; so are `sites`: the domains of the
    websites typed with personal addresses, else of the addresses.
    """

    joined: str
    personal: bool
    spellings: tuple[str, ...]
    leads: int
    sites: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.spellings[0]


def waiting(leads: LeadQuerySet) -> list[Waiting]:
    """The names that wait among these leads, those of most leads first.

    From a company address, the names nobody has answered. From personal addresses, where an answer for the name links
    nobody, the leads that nobody has looked at one by one.
    """
    answered = set(NameAnswer.objects.filter(withdrawn_at__isnull=True).values_list("joined", flat=True))
    spelled: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    rows = unlinked(leads).values("company", "is_free_mail").annotate(count=Count("pk")).order_by()
    for company, personal, count in rows.values_list("company", "is_free_mail", "count"):
        joined = typed_name(company).joined
        if joined and (personal or joined not in answered):
            spelled[joined, personal][company] += count
    typed = _sites(leads)
    found = [
        Waiting(joined, personal, _commonest(spellings), spellings.total(), typed.get((joined, personal), ()))
        for (joined, personal), spellings in spelled.items()
    ]
    return sorted(found, key=lambda one: (-one.leads, one.name.casefold(), one.personal))


def _commonest(texts: Counter[str]) -> tuple[str, ...]:
    return tuple(text for text, _count in texts.most_common())


def _sites(leads: LeadQuerySet) -> dict[tuple[str, bool], tuple[str, ...]]:
    """The domains of the leads by the name typed with them: of a website, where the address is a personal one."""
    found: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    known = unlinked(leads).exclude(domain="").exclude(Q(is_free_mail=False, domain__in=SHARED_SITES))
    rows = known.values("company", "is_free_mail", "domain").annotate(count=Count("pk")).order_by()
    for company, personal, domain, count in rows.values_list("company", "is_free_mail", "domain", "count"):
        found[typed_name(company).joined, personal][domain] += count
    return {key: _commonest(domains) for key, domains in found.items()}


def under(leads: LeadQuerySet, joined: str, *, personal: bool) -> list[int]:
    """The ids of the leads that wait under a name."""
    rows = unlinked(leads).filter(is_free_mail=personal)
    spellings = {
        text for text in rows.values_list("company", flat=True).distinct() if typed_name(text).joined == joined
    }
    return list(rows.filter(company__in=spellings).order_by("pk").values_list("pk", flat=True))


def in_buffer(leads: LeadQuerySet, joined: str) -> list[int]:
    """The ids of the leads from company addresses that are still being matched by a name."""
    rows = leads.filter(state=states.BUFFER, is_free_mail=False).exclude(company="").order_by("pk")
    return [pk for pk, company in rows.values_list("pk", "company") if typed_name(company).joined == joined]


def unlinked(leads: LeadQuerySet) -> LeadQuerySet:
    """Open leads with a name and no account. In the buffer they are still being matched."""
    looked_at = Exists(LeadEvent.objects.filter(lead=OuterRef("pk"), kind=REFUSED))
    return (
        leads.open()
        .exclude(state=states.BUFFER)
        .filter(account__isnull=True)
        .exclude(company="")
        .filter(Q(is_free_mail=False) | ~looked_at)
    )


def offers(names: Sequence[Waiting]) -> list[list[Suggestion]]:
    """What to offer for each: the likest accounts but those refused before. First the one a person named before and
    those whose domain it is: of a typed website, or of an address where several give it as theirs.
    """
    answers = NameAnswer.objects.filter(joined__in={one.joined for one in names}, withdrawn_at__isnull=True)
    known = {answer.joined: answer for answer in answers.select_related("account__owner__user")}
    refused = {one.name: known[one.joined].refused for one in names if one.joined in known}
    found = suggest([one.name for one in names], without=refused)
    sharing = Sharing(chain.from_iterable(one.sites for one in names))
    return [
        _distinct([*_named_before(known.get(one.joined)), *_by_site(one, sharing), *offered])
        for one, offered in zip(names, found, strict=True)
    ]


def _named_before(answer: NameAnswer | None) -> list[Suggestion]:
    return [Suggestion(answer.account, 100, answer.name)] if answer is not None and answer.account is not None else []


def _by_site(one: Waiting, sharing: Sharing) -> list[Suggestion]:
    accounts = [(account, site) for site in one.sites for account in sharing.of(site)[0]]
    found = [
        Suggestion(account, likeness(read(one.name), read(account.name)), account.name, site, typed=one.personal)
        for account, site in accounts
    ]
    return found if one.personal else sorted(found, key=lambda offer: -offer.score)


def _distinct(offered: Iterable[Suggestion]) -> list[Suggestion]:
    first: dict[int, Suggestion] = {}
    for one in offered:
        first.setdefault(one.account.pk, one)
    return list(first.values())[:MOST]
