"""Numbers as people, spreadsheets and JSON write them, kept inside bounds that the database can hold.

A dot or a comma before groups of three digits separates thousands ('1,200' and '1.200' are 1200); what could be
read in two ways ('1.234,5') is refused. Of a range of money the lower bound is taken, with a note.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

import pycountry

from leads.intake.problems import Noted, Unusable, shown
from leads.intake.text import clean_text, is_no_answer, word_set
from leads.sizes import as_range

MOST_EMPLOYEES = 10_000_000
MOST_REVENUE = 10_000_000_000_000
LONGEST = 60

_AMOUNT = re.compile(r"(?P<digits>[0-9][0-9.,'’ \u00a0\u202f]*?)\s?(?P<scale>[a-z]+\.?)?", re.IGNORECASE)
_GROUPED = re.compile(r"[0-9]{1,3}(?P<mark>[.,'’ \u00a0\u202f])[0-9]{3}(?:(?P=mark)[0-9]{3})*(?P<decimals>\.[0-9]+)?")
_DECIMAL = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_SCALES = (
    dict.fromkeys(word_set("k thousand tsd mille"), 10**3)
    | dict.fromkeys(word_set("m mm mn mio mln million millions millionen"), 10**6)
    | dict.fromkeys(word_set("b bn bln mrd md billion billions milliarden"), 10**9)
)
_RANGE = re.compile(r"(?P<low>.+?)\s*(?:[-‐‑–—]|\bto\b|\bbis\b)\s*(?P<high>.+)")
_PEOPLE = re.compile(r"\s*\b(?:employees|people|staff|mitarbeiter(?:innen)?|employés|empleados|fte)$", re.IGNORECASE)
_SAYS_MORE = re.compile(r"(?:>(?!=)|over|more than|above|mehr als|über|plus de|más de)\s*(.+)", re.IGNORECASE)
_SAYS_FROM = re.compile(r"(?:>=|≥|at least|from|mindestens|ab)\s*(.+)", re.IGNORECASE)
_OR_MORE = re.compile(r"(.+?)\s*(?:or more|and above|und mehr|et plus)", re.IGNORECASE)
_SAYS_LESS = re.compile(r"(?:<(?!=)|under|below|less than|fewer than|unter|weniger als|moins de)\s*(.+)", re.IGNORECASE)
_SAYS_UP_TO = re.compile(r"(?:<=|≤|up to|at most|bis zu|höchstens|jusqu'à)\s*(.+)", re.IGNORECASE)
_DOLLARS = re.compile(r"^(?:US\s?\$|USD|\$)\s*|\s*(?:USD|US\s?\$|\$)$", re.IGNORECASE)
_OTHER_SIGNS = re.compile(r"[€£¥₹₽₩₪₺₴₦฿₫]|\b[A-Z]{1,2}\$")
_CODE = re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])")


@dataclass(frozen=True, slots=True)
class Size:
    """So many people, or only a range as `leads.sizes` writes it."""

    count: int | None = None
    range: str = ""


NO_SIZE = Size()


@dataclass(frozen=True, slots=True)
class _Amount:
    number: Decimal
    is_scaled: bool


def clean_size(raw: object) -> Noted[Size]:
    """How many people: 250, '1,200', '12.0', '10k'; of '51-200', '10,001+', 'over 500', '<10' the range, noted; nothing
    for no answer. Raises Unusable: `not_a_number`, `not_whole`, `out_of_range` (beyond 0 to 10,000,000), `too_long`.
    """
    if not isinstance(raw, str):
        return Noted(Size(_whole(_plain_number(raw), most=MOST_EMPLOYEES)))
    text = _PEOPLE.sub("", clean_text(raw, limit=LONGEST))
    if is_no_answer(text):
        return Noted(NO_SIZE)
    low, high = _span(text)
    least = _whole(low, most=MOST_EMPLOYEES)
    most = None if high is None else _whole(high, most=MOST_EMPLOYEES)
    if least == most:
        return Noted(Size(least))
    return Noted(Size(None, as_range(least, most)), "as_range", f"'{shown(text)}' is kept as a range.")


def clean_size_range(raw: object) -> Size:
    """The same for a field that asks for a range, where one is nothing to note. Raises Unusable like `clean_size`."""
    if not isinstance(raw, str):
        raise Unusable("not_text", "It must be text.")
    return clean_size(raw).value


def _span(text: str) -> tuple[Decimal, Decimal | None]:
    """The least and the most that a text says; the most is None where there is no end."""
    for pattern, past in ((_SAYS_MORE, 1), (_SAYS_FROM, 0), (_OR_MORE, 0)):
        if found := pattern.fullmatch(text):
            return _amount(found[1]).number + past, None
    for pattern, short in ((_SAYS_LESS, 1), (_SAYS_UP_TO, 0)):
        if found := pattern.fullmatch(text):
            return Decimal(0), _amount(found[1]).number - short
    low, is_bound = _lower_bound(text)
    if not is_bound:
        return low, low
    found = _RANGE.fullmatch(text)
    return low, _amount(found["high"]).number if found else None


def clean_score(raw: object) -> int | None:
    """An intent score: a whole number from 0 to 100 ('72.0' too); None for no answer.

    Raises Unusable: `not_a_number`, `not_whole`, `out_of_range`, `too_long`.
    """
    if not isinstance(raw, str):
        return _whole(_plain_number(raw), most=100)
    text = clean_text(raw, limit=LONGEST)
    if is_no_answer(text):
        return None
    return _whole(_amount(text).number, most=100)


def clean_revenue(raw: object) -> Noted[int | None]:
    """US dollars a year, rounded: 50000000, '$1.2M', 'USD 3 million', '1.5 bn', '$1M - $10M' (1,000,000, noted); None
    for no answer. Raises Unusable: `other_currency`, `not_a_number`, `out_of_range`, `too_long`.
    """
    if not isinstance(raw, str):
        return Noted(_dollars(_plain_number(raw)))
    text = clean_text(raw, limit=LONGEST)
    if is_no_answer(text):
        return Noted(None)
    if _OTHER_SIGNS.search(re.sub(r"US\s?\$", "", text)) or any(map(_is_other_code, _CODE.findall(text))):
        raise Unusable("other_currency", f"'{shown(text)}' is not in US dollars; convert it before the import.")
    number, is_bound = _lower_bound(text)
    dollars = _dollars(number)
    return Noted(dollars, "lower_bound", f"Of '{shown(text)}' the lower bound is kept.") if is_bound else Noted(dollars)


def _plain_number(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not _is_finite(raw):
        raise Unusable("not_a_number", "It must be a number.")
    return Decimal(raw)


def _is_finite(raw: int | float) -> bool:
    return isinstance(raw, int) or math.isfinite(raw)


def _whole(number: Decimal, *, most: int) -> int:
    if not 0 <= number <= most:
        raise Unusable("out_of_range", f"It must lie between 0 and {most:,}.")
    if number != int(number):
        raise Unusable("not_whole", "It must be a whole number.")
    return int(number)


def _dollars(number: Decimal) -> int:
    if not 0 <= number <= MOST_REVENUE:
        raise Unusable("out_of_range", f"It must lie between 0 and {MOST_REVENUE:,} US dollars.")
    return int(number.to_integral_value())


def _lower_bound(text: str) -> tuple[Decimal, bool]:
    """The number in a text, and whether it is only the lower bound of what the text says."""
    if text.endswith("+"):
        return _amount(_undollared(text[:-1].rstrip())).number, True
    found = _RANGE.fullmatch(text)
    if found is None:
        return _amount(_undollared(text)).number, False
    low, high = _amount(_undollared(found["low"])), _amount(_undollared(found["high"]))
    if low.number > high.number or high.is_scaled > low.is_scaled > 0:
        raise _not_a_number(text)
    # '1-10M' may begin at one dollar or at a million.
    if high.is_scaled and not low.is_scaled and low.number:
        raise _not_a_number(text)
    return low.number, True


def _undollared(text: str) -> str:
    return _DOLLARS.sub("", text).strip()


def _amount(text: str) -> _Amount:
    found = _AMOUNT.fullmatch(text)
    scale = (found["scale"] or "").lower().rstrip(".") if found else ""
    if found is None or (scale and scale not in _SCALES):
        raise Unusable("out_of_range", "It must not be negative.") if text.startswith("-") else _not_a_number(text)
    number = _digits(found["digits"].strip(), is_scaled=bool(scale))
    if number is None:
        raise _not_a_number(text)
    return _Amount(number * _SCALES.get(scale, 1), bool(scale))


def _digits(digits: str, *, is_scaled: bool) -> Decimal | None:
    grouped = _GROUPED.fullmatch(digits)
    # '1.234M' is a decimal: nobody writes thousands of millions with a dot and three digits.
    if grouped and not (is_scaled and grouped["mark"] == "." and digits.count(".") == 1):
        if grouped["mark"] == "." and grouped["decimals"]:
            return None
        return Decimal("".join(sign for sign in digits if sign.isdigit() or sign == "." != grouped["mark"]))
    return Decimal(digits.replace(",", ".")) if _DECIMAL.fullmatch(digits) else None


def _is_other_code(code: str) -> bool:
    return code != "USD" and pycountry.currencies.get(alpha_3=code) is not None


def _not_a_number(text: str) -> Unusable:
    return Unusable("not_a_number", f"'{shown(text)}' is not a number that can be read in one way only.")
