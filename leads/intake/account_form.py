"""A row of a company directory, cleaned: leniently, since nobody reads the answer row by row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from leads.intake.companies import LONGEST as LONGEST_NAME
from leads.intake.companies import is_legal_form
from leads.intake.countries import clean_country
from leads.intake.domains import company_domain
from leads.intake.emails import clean_email
from leads.intake.headings import ACCOUNT_HEADINGS
from leads.intake.numbers import clean_revenue
from leads.intake.places import NOWHERE, clean_place
from leads.intake.problems import Noted, Problem, Unusable, shown
from leads.intake.reading import Reading
from leads.intake.text import clean_text, collapsed, is_no_answer
from leads.intake.values import clean_list, clean_website

FIELDS = frozenset(ACCOUNT_HEADINGS)
TEXT_LIMIT = 255
PLACE_LIMIT = 120
LONGEST_ID = 100
LONGEST_LIST = 4_000

_BETWEEN_SITES = re.compile(r"[\s,;|]+")
_YEAR = re.compile(r"(1[0-9]{3}|20[0-9]{2})(?:[-/ (].*)?")
_EPOCH = re.compile(r"[0-9]{9,10}")
_SECONDS_IN_YEAR = 31_556_952


class UnusableAccount(Unusable):
    """No account can be made of the row: it has neither a name nor a domain. `problems` tells what else is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("no_name", "The row has neither a company's name nor a domain.")
        self.problems = (Problem("name", self.code, self.sentence, ""), *problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanAccount:
    """A company. `name` is its domain where the row has none, which is not `named`; `domains` are registrable, in
    punycode, maybe none; `country` alpha-2; `annual_revenue` US dollars; `founded_year` that year. The last three are
    as in CleanLead.
    """

    external_id: str
    name: str
    named: bool
    domains: tuple[str, ...]
    website: str
    aliases: tuple[str, ...]
    employee_count: int | None
    employee_range: str
    industry: str
    sub_industry: str
    country: str
    region: str
    city: str
    annual_revenue: int | None
    owner_email: str
    founded_year: int | None
    tech_stack: tuple[str, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    raw: Mapping[str, object]


def clean_account(raw: Mapping[str, object]) -> CleanAccount:
    """Clean one row of a directory by its field names (`columns.account_columns` finds them).

    Raises UnusableAccount without a name and a domain; any other bad value is left out with a warning.
    """
    reading = Reading(raw)
    sites = (*_sites_of(reading, "website"), *_sites_of(reading, "domains"))
    domains = tuple(dict.fromkeys(domain for domain in map(company_domain, sites) if domain))
    given = reading.take("name", _name, "")
    name = given or next(iter(domains), "")
    place = reading.take_noted("location", clean_place, NOWHERE)
    reading.keep_unknown(FIELDS)
    if not name:
        raise UnusableAccount(tuple(reading.problems))
    size = reading.take_size()
    return CleanAccount(
        external_id=reading.take("external_id", partial(clean_text, limit=LONGEST_ID), ""),
        name=name,
        named=bool(given),
        domains=domains,
        website=next(iter(sites), ""),
        aliases=reading.take("aliases", partial(_aliases, name=name), ()),
        employee_count=size.count,
        employee_range=size.range,
        industry=reading.take("industry", _text, ""),
        sub_industry=reading.take("sub_industry", _text, ""),
        country=reading.take("country", clean_country, "") or place.country,
        region=reading.take("region", _place_name, "") or place.region,
        city=reading.take("city", _place_name, "") or place.city,
        annual_revenue=reading.take_noted("annual_revenue", clean_revenue, None),
        owner_email=reading.take("owner_email", lambda value: clean_email(value).address, ""),
        founded_year=reading.take("founded_year", clean_year, None),
        tech_stack=reading.take("tech_stack", clean_list, ()),
        # Last, when every field has been read.
        warnings=tuple(reading.problems),
        notes=tuple(reading.notes),
        raw=reading.raw,
    )


def clean_year(raw: object) -> int | None:
    """The (first) year of '1902', '2013 (1888)', '1904/1946', an ISO date or seconds since 1970; None for no answer.

    Raises Unusable: `not_a_year`, `not_text`, `too_long`.
    """
    text = clean_text(raw, limit=TEXT_LIMIT)
    if is_no_answer(text):
        return None
    found = _YEAR.fullmatch(text)
    if found:
        return int(found[1])
    if _EPOCH.fullmatch(text):
        return 1970 + int(text) // _SECONDS_IN_YEAR
    raise Unusable("not_a_year", f"'{shown(text)}' is not a year.")


def _text(raw: object) -> str:
    text = clean_text(raw, limit=TEXT_LIMIT)
    return "" if is_no_answer(text) else text


def _place_name(raw: object) -> str:
    text = clean_text(raw, limit=PLACE_LIMIT)
    return "" if is_no_answer(text) else text


def _name(raw: object) -> str:
    text = collapsed(clean_text(raw, limit=LONGEST_NAME))
    return "" if is_no_answer(text) else text


def _sites_of(reading: Reading, field: str) -> tuple[str, ...]:
    nothing: tuple[str, ...] = ()
    return reading.take_noted(field, _sites, nothing)


def _sites(raw: object) -> Noted[tuple[str, ...]]:
    """Every usable web address or domain in the text. Raises what is wrong with the first when none is usable."""
    found, wrong = _usable(_BETWEEN_SITES.split(clean_text(raw, limit=LONGEST_LIST)))
    if wrong and not found:
        raise wrong
    if wrong:
        return Noted(found, "some_left_out", wrong.sentence)
    foreign = next((site for site in found if company_domain(site) is None), None)
    if foreign:
        return Noted(found, "no_company_domain", f"'{shown(foreign)}' is not a domain of the company's own.")
    return Noted(found)


def _usable(sites: list[str]) -> tuple[tuple[str, ...], Unusable | None]:
    found: list[str] = []
    wrong: Unusable | None = None
    for site in sites:
        try:
            found.append(clean_website(site))
        except Unusable as problem:
            wrong = wrong or problem
    return tuple(filter(None, found)), wrong


def _aliases(raw: object, *, name: str) -> tuple[str, ...]:
    """Names between `|`, else `;`, else commas, where 'Cube, Inc.' is one; without `name` itself."""
    text = clean_text(raw, limit=LONGEST_LIST)
    names: list[str] = []
    mark = next((mark for mark in "|;" if mark in text), ",")
    for part in map(collapsed, text.split(mark)):
        if names and mark == "," and is_legal_form(part):
            names[-1] = f"{names[-1]}, {part}"
        elif not is_no_answer(part) and len(part) <= LONGEST_NAME:
            names.append(part)
    others = {alias.casefold(): alias for alias in names if alias.casefold() != name.casefold()}
    return tuple(others.values())
