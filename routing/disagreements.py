"""Where vendors say different things of one company, and whether a rule reads them differently.

Two spellings are one answer, and so are two sizes that nobody would act on: of the same usual size band, or within a
quarter of each other; revenues, which are estimates, within double of each other. Unless a criterion in force lies
between them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any

import pycountry
from django.db.models import Count, Max

from revops.integrations.enrichment.ranges import band_of
from routing.criteria import OPERATORS, criteria_in, describe
from routing.enquiries import is_unknown
from routing.models import FIRMOGRAPHICS, VendorAnswer
from routing.rules import RoutingRules

COMPARED = tuple(name for name in FIRMOGRAPHICS if name != "tech_stack")
ALIKE = {"employee_count": 1.25, "annual_revenue": 2.0}
MATCH = VendorAnswer.Outcome.MATCH


@dataclass(frozen=True)
class Word:
    """What one vendor said, and when it was asked."""

    vendor: str
    value: Any
    at: datetime


@dataclass(frozen=True)
class Disagreement:
    """`decides` are the criteria in force, in words, that read the values differently."""

    domain: str
    field: str
    said: tuple[Word, ...]
    decides: tuple[str, ...] = ()

    @property
    def at(self) -> datetime:
        return max(word.at for word in self.said)


def criteria_by_field(rules: RoutingRules) -> dict[str, list[Mapping[str, Any]]]:
    """The criteria of the ICP and of the territories, by field."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for criteria in rules.all_criteria():
        for criterion in criteria_in(criteria):
            found.setdefault(criterion["field"], []).append(criterion)
    return found


def among_latest(
    companies: int, rules: Mapping[str, Sequence[Mapping[str, Any]]], *, search: str = ""
) -> list[Disagreement]:
    """Of so many companies that two vendors know, those asked about last; first what one of the rules (criteria by
    field) reads differently."""
    rows = VendorAnswer.objects.filter(outcome=MATCH, domain__icontains=search)
    known = rows.values("domain").annotate(vendors=Count("vendor", distinct=True), last=Max("asked_at"))
    domains = known.filter(vendors__gte=2).order_by("-last", "domain").values_list("domain", flat=True)[:companies]
    answers: dict[str, list[VendorAnswer]] = {}
    for answer in VendorAnswer.objects.filter(outcome=MATCH, domain__in=list(domains)).order_by("asked_at", "pk"):
        answers.setdefault(answer.domain, []).append(answer)
    found = [one for said in answers.values() for one in of_company(said, rules)]
    return sorted(found, key=lambda one: (bool(one.decides), one.at), reverse=True)


def of_company(answers: Sequence[VendorAnswer], rules: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Disagreement]:
    """Of one company's answers, the older first: each vendor's last word on each field, where they differ."""
    countries = {answer.values.get("country") for answer in answers if answer.values.get("country")}
    country = countries.pop() if len(countries) == 1 else ""
    found = []
    for name in COMPARED:
        said = {
            answer.vendor: Word(answer.vendor, answer.values[name], answer.asked_at)
            for answer in answers
            if not is_unknown(answer.values.get(name))
        }
        values = [word.value for word in said.values()]
        decides = _decides(rules.get(name, ()), values) if len(values) > 1 else ()
        if decides or _differ(name, values, country):
            found.append(Disagreement(answers[0].domain, name, tuple(said.values()), decides))
    return found


def by_field(
    answers: Iterable[VendorAnswer], rules: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Of one company's answers: field -> vendor -> value, where they differ."""
    return {one.field: {word.vendor: word.value for word in one.said} for one in of_company(list(answers), rules)}


def _decides(criteria: Iterable[Mapping[str, Any]], values: Sequence[Any]) -> tuple[str, ...]:
    texts = (describe(one) for one in criteria if len({bool(_reads(one, value)) for value in values}) > 1)
    return tuple(dict.fromkeys(texts))


def _reads(criterion: Mapping[str, Any], value: Any) -> bool:
    try:
        return bool(OPERATORS[criterion["op"]](value, criterion["value"]))
    except TypeError:
        return False


def _differ(name: str, values: Sequence[Any], country: str) -> bool:
    if len(values) < 2:
        return False
    if name in ALIKE and all(isinstance(value, (int, float)) for value in values):
        if name == "employee_count" and len({band_of(int(value)) for value in values}) == 1:
            return False
        return bool(max(values) > ALIKE[name] * min(values))
    read = [_region(str(value), country) if name == "region" else _plain(str(value)) for value in values]
    if name in ("industry", "city"):
        return not _one_within_the_other(read)
    return len(set(read)) > 1


def _one_within_the_other(texts: Iterable[str]) -> bool:
    """Whether each says no more than a longer one: 'software' and 'computer software'."""
    words = sorted((set(text.split()) for text in texts), key=len)
    return all(fewer <= more for fewer, more in pairwise(words))


@lru_cache(maxsize=4_096)
def _region(text: str, country: str) -> str:
    """A region's code where the country's list has it by code or name: 'Texas' and 'TX' are 'US-TX'."""
    for region in (pycountry.subdivisions.get(country_code=country) or ()) if country else ():
        if _plain(text) in (_plain(region.name), _plain(region.code), region.code.partition("-")[2].casefold()):
            return str(region.code)
    return _plain(text)


def _plain(text: str) -> str:
    """Without case, accents and punctuation."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare.casefold()))
