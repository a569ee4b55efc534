"""Which company names wait for a person to say what account they mean, and how many leads each."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from leads import states
from leads.models import LeadEvent
from leads.models.lead import LeadQuerySet
from routing.matching.linking import typed_name
from routing.matching.suggesting import MOST, Suggestion, suggest
from routing.models import NameAnswer

REFUSED = "account_refused"


@dataclass(frozen=True)
class Waiting:
    """A name under which leads wait, one for those from company addresses and one for those from personal ones.

    `name` is its commonest spelling, `spellings` all of them, the commonest first.
    """

    joined: str
    personal: bool
    spellings: tuple[str, ...]
    leads: int

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
    found = [
        Waiting(joined, personal, tuple(text for text, _count in spellings.most_common()), spellings.total())
        for (joined, personal), spellings in spelled.items()
    ]
    return sorted(found, key=lambda one: (-one.leads, one.name.casefold(), one.personal))


def under(leads: LeadQuerySet, joined: str, *, personal: bool) -> list[int]:
    """The ids of the leads that wait under a name."""
    rows = unlinked(leads).filter(is_free_mail=personal)
    spellings = {
        text for text in rows.values_list("company", flat=True).distinct() if typed_name(text).joined == joined
    }
    return list(rows.filter(company__in=spellings).order_by("pk").values_list("pk", flat=True))


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
    """What to offer for each: the likest accounts but those refused before, first the one a person named before."""
    answers = NameAnswer.objects.filter(joined__in={one.joined for one in names}, withdrawn_at__isnull=True)
    known = {answer.joined: answer for answer in answers.select_related("account__owner__user")}
    refused = {one.name: known[one.joined].refused for one in names if one.joined in known}
    found = suggest([one.name for one in names], without=refused)
    return [_with_answer(known.get(one.joined), offered) for one, offered in zip(names, found, strict=True)]


def _with_answer(answer: NameAnswer | None, offered: Iterable[Suggestion]) -> list[Suggestion]:
    if answer is None or answer.account is None:
        return list(offered)
    others = [one for one in offered if one.account.pk != answer.account_id]
    return [Suggestion(answer.account, 100, answer.name), *others][:MOST]
