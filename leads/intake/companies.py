"""Company names: answers that are none, and the form in which two spellings of one name are equal."""

import re
import unicodedata
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path

from leads.intake.problems import Noted
from leads.intake.text import clean_text, collapsed, folded, word_set

LONGEST = 255

_DATA = Path(__file__).parent / "data"

# Junk as it stands on the list, yet a company's name with a capital: AAA, Free, XXX.
_KEEPS_ITS_CASE = frozenset(("aaa", "free", "xxx"))
_MISSPELT = "unaffiliated"
_NO_NAME_IN = re.compile(r"[\W_]*")
_ONE_LETTER = re.compile(r"([a-z])\1{2,}|([A-Za-z])\2{3,}")
_SAME_KEYS = re.compile(r"([asdfghjkl]{2,3})\1+[asdfghjkl]{0,2}")

_APOSTROPHES = re.compile(r"['’`´ʼ]")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}|\ba/s\b")
_STARTS_WITH_FORM = word_set("株式会社 有限会社 合同会社 주식회사 ооо оао зао пао ао pt")
_JOINED_FORMS = (
    "株式会社",
    "有限会社",
    "合同会社",
    "주식회사",
    "유한회사",
    "股份有限公司",
    "有限责任公司",
    "有限責任公司",
    "有限公司",
)


def clean_company(raw: object) -> Noted[str]:
    """The name, trimmed and with single blanks; '' with the note `junk_company` for an answer such as 'n/a', 'myself'
    or 'asdf'. Raises Unusable: `not_text`, `too_long`.
    """
    name = collapsed(clean_text(raw, limit=LONGEST))
    if name and is_junk(name):
        return Noted("", "junk_company", "It is taken for no answer to the question for a company.")
    return Noted(name)


@lru_cache(maxsize=65_536)
def is_junk(name: str) -> bool:
    """Whether the whole answer is one that people give instead of a company. Part of a name never counts."""
    if _is_symbols(name):
        return True
    key = _junk_key(name)
    if key in _KEEPS_ITS_CASE or len(key) == 1:
        return name in _typed_junk()
    return key in _junk() or _is_mash(name) or _is_misspelt(key)


def _is_symbols(name: str) -> bool:
    """Punctuation only; an emoji may be somebody's name."""
    return _NO_NAME_IN.fullmatch(name) is not None and all(unicodedata.category(sign) != "So" for sign in name)


def _is_mash(name: str) -> bool:
    if _ONE_LETTER.fullmatch(name):
        return True
    again = _SAME_KEYS.fullmatch(name)
    # Two consonants at least: 'dsadsadsa' and 'fsfsf' are mash, 'haha' and 'lala' may be names.
    if again is None or len(set(again[1]) - {"a"}) < 2:
        return False
    return "a" not in again[1] or name.startswith(again[1] * 3)


def _is_misspelt(key: str) -> bool:
    """One of the dozens of ways in which 'unaffiliated' gets typed."""
    if not (key.startswith("un") and 9 <= len(key) <= 16):
        return False
    return SequenceMatcher(None, key, _MISSPELT, autojunk=False).ratio() >= 0.83


@cache
def _junk() -> frozenset[str]:
    return frozenset(_junk_key(line) for line in _typed_junk()) - {""}


@cache
def _typed_junk() -> frozenset[str]:
    return frozenset(_lines("junk_company_answers.txt") + _lines("more_junk_company_answers.txt"))


def _junk_key(name: str) -> str:
    return collapsed(folded(name).strip(" .,;:!?*'\"()[]<>").replace("-", " ").replace("/", " "))


@lru_cache(maxsize=65_536)
def normal_name(raw: str) -> str:
    """The name for comparing: without case, accents, punctuation and legal form; '&' is 'and'. '' when nothing is left.

    'Müller & Söhne GmbH' and 'MULLER AND SOHNE' are both 'muller and sohne'. A name that is a legal form stays.
    """
    text = folded(raw).replace("&", " and ").replace("+", " and ")
    text = _INITIALS.sub(lambda found: re.sub(r"[./]", "", found[0]) + " ", _APOSTROPHES.sub("", text))
    words = "".join(sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in text).split()
    # Compatibility forms grow when folded (one sign of 18 letters), and the key is stored.
    return " ".join(_without_legal_form(words))[:LONGEST].rstrip()


def is_legal_form(text: str) -> bool:
    """Whether it is nothing but the legal form of some company ('Inc.', 'GmbH & Co. KG')."""
    return tuple(normal_name(text).split()) in _legal_forms()


def _without_legal_form(words: list[str]) -> list[str]:
    if len(words) > 1 and words[0] in _STARTS_WITH_FORM:
        words = words[1:]
    while form := next(
        (size for size in (4, 3, 2, 1) if tuple(words[-size:]) in _legal_forms() and size < len(words)), 0
    ):
        words = words[:-form]
    return [_without_joined_form(words[0]), *words[1:]] if words else words


def _without_joined_form(word: str) -> str:
    """Scripts without blanks write the legal form right beside the name."""
    for form in _JOINED_FORMS:
        if form in word and word != form:
            return word.removeprefix(form).removesuffix(form) or word
    return word


@cache
def _legal_forms() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(line.split()) for line in _lines("legal_forms.txt"))


def _lines(name: str) -> list[str]:
    return (_DATA / name).read_text(encoding="utf-8").splitlines()
