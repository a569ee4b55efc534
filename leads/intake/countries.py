"""Countries in any spelling to their ISO 3166 alpha-2 code."""

import gettext
import re
from collections.abc import Iterator
from functools import cache, lru_cache

import pycountry

from leads.intake.country_names import LANGUAGES, NOWHERE, OTHER_NAMES
from leads.intake.problems import Unusable, shown
from leads.intake.text import clean_text, is_no_answer, words_key

LONGEST = 120

_IN_BRACKETS = re.compile(r"\([^()]*\)")
_SAINT = re.compile(r"^st\.? ", re.IGNORECASE)
_FLAG = re.compile(r"[\U0001F1E6-\U0001F1FF]{2}")
_FIRST_FLAG_LETTER = 0x1F1E6


def clean_country(raw: object) -> str:
    """The alpha-2 code ('XK' for Kosovo); '' for no answer and for 'Remote', 'Worldwide' and the like.

    Names are known in English and some thirty languages, as codes of two and three letters and as flags;
    nothing is guessed from likeness. Raises Unusable: `unknown_country`, `ambiguous_country`, `not_text`, `too_long`.
    """
    text = clean_text(raw, limit=LONGEST)
    code = country_code(text)
    if code is None and text == "NA":
        raise Unusable("ambiguous_country", "'NA' is Namibia or 'not available'; write 'Namibia' or leave it empty.")
    if code is None:
        raise Unusable("unknown_country", f"'{shown(text)}' is not a country.")
    return code


@lru_cache(maxsize=8_192)
def country_code(text: str) -> str | None:
    """The alpha-2 code, '' for an answer that names no country on purpose, None for an unknown word."""
    if text != "NA" and is_no_answer(text):
        return ""
    if _FLAG.fullmatch(text):
        text = "".join(chr(ord(letter) - _FIRST_FLAG_LETTER + ord("A")) for letter in text)
    key = words_key(text)
    if key in NOWHERE:
        return ""
    if text == "NA":
        return None
    spellings = (key, key.removeprefix("the"), words_key(_SAINT.sub("saint ", _IN_BRACKETS.sub("", text))))
    return next((_names()[spelling] for spelling in spellings if spelling in _names()), None)


@cache
def _names() -> dict[str, str]:
    # Later entries win: a translation never hides an English name, nor that a code.
    return _translated() | dict(_english()) | dict(_codes()) | dict(_others())


def _english() -> Iterator[tuple[str, str]]:
    for country in pycountry.countries:
        for name in _names_of(country):
            yield words_key(name), country.alpha_2


def _codes() -> Iterator[tuple[str, str]]:
    for country in pycountry.countries:
        yield country.alpha_2.lower(), country.alpha_2
        yield country.alpha_3.lower(), country.alpha_2


def _others() -> Iterator[tuple[str, str]]:
    for code, names in OTHER_NAMES.items():
        for name in names.split("; "):
            yield words_key(name), code


def _translated() -> dict[str, str]:
    found: dict[str, str] = {}
    contested: set[str] = set()
    for language in LANGUAGES:
        translation = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
        for country in pycountry.countries:
            for name in _names_of(country):
                key = words_key(translation.gettext(name))
                if found.setdefault(key, country.alpha_2) != country.alpha_2:
                    contested.add(key)
    # 'My' (Vietnamese for the United States, without its accent) is a code's size: too short to be trusted.
    return {key: code for key, code in found.items() if key not in contested and (len(key) > 3 or not key.isascii())}


def _names_of(country: object) -> list[str]:
    names = (getattr(country, kind, None) for kind in ("name", "common_name", "official_name"))
    return [name for name in names if name]
