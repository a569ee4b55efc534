"""Where a company sits, out of one line: 'London, England, United Kingdom', 'Remote', 'Saint Paul, Minnesota'."""

import re
from dataclasses import dataclass
from functools import cache

import pycountry

from leads.intake.countries import country_code
from leads.intake.problems import Noted, shown
from leads.intake.text import clean_text, words_key

LONGEST = 500

_OTHER_PLACES = re.compile(r"\s*[;|]\s*")


@dataclass(frozen=True, slots=True)
class Place:
    """`country` is alpha-2, the others as written; '' for what is not known."""

    city: str = ""
    region: str = ""
    country: str = ""


NOWHERE = Place()


def clean_place(raw: object) -> Noted[Place]:
    """The first place named that is one, out of `;`-separated ones ('Remote' is none).

    A line that ends in a state of the USA or a province of Canada is in that country; where the same word is a
    country too ('Atlanta, Georgia') the country stays empty, with the note `ambiguous_place`.
    Raises Unusable: `not_text`, `too_long`.
    """
    text = clean_text(raw, limit=LONGEST)
    lines = [line for line in _OTHER_PLACES.split(text) if line and country_code(line) != ""]
    return _place([part.strip() for part in lines[0].split(",") if part.strip()]) if lines else Noted(NOWHERE)


def _place(parts: list[str]) -> Noted[Place]:
    last = parts[-1] if parts else ""
    country = country_code(last) or ""
    state_of = _states().get(words_key(last), "")
    if country and state_of and len(parts) == 2:
        sentence = f"'{shown(last)}' is a state and a country, so the country is left empty."
        return Noted(Place(parts[0], last), "ambiguous_place", sentence)
    if country:
        return Noted(Place(*_city_and_region(parts[:-1]), country))
    if state_of:
        return Noted(Place(", ".join(parts[:-1]), last, state_of))
    return Noted(Place(*_city_and_region(parts)))


def _city_and_region(parts: list[str]) -> tuple[str, str]:
    if not parts:
        return "", ""
    return parts[0], parts[-1] if len(parts) > 1 else ""


@cache
def _states() -> dict[str, str]:
    """From a state's or province's name and code, as compared, to its country."""
    found: dict[str, str] = {}
    for country in ("US", "CA"):
        for state in (state for state in pycountry.subdivisions if state.country_code == country):
            found[words_key(state.name)] = country
            found[words_key(state.code.partition("-")[2])] = country
    return found
