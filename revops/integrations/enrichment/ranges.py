"""Ranges of company sizes: every vendor cuts them elsewhere and writes them in a way of its own."""

import re

from revops.integrations.enrichment.values import MOST_EMPLOYEES, text

BANDS = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001+")

_BOUNDS = tuple(tuple(map(int, band.split("-"))) for band in BANDS[:-1])
_LAST = 10_001
_SCALES = {"": 1, "k": 1_000, "m": 1_000_000}
_NUMBER = r"([0-9]{1,3}(?:[,. ][0-9]{3})+|[0-9]{1,8})\s*([km]?)"
_BETWEEN = re.compile(rf"{_NUMBER}\s*(?:-|–|—|_|\bto\b|\.\.\.?)\s*{_NUMBER}", re.IGNORECASE)
_FROM = re.compile(rf"(?:(?:over|more than|above|>=?)\s*{_NUMBER}|{_NUMBER}\s*(?:\+|or more|and above))", re.IGNORECASE)
_PEOPLE = re.compile(r"\s*(?:employees|people)$", re.IGNORECASE)


def band_of(count: int) -> str:
    """The band of a number of people, 1 or more."""
    fitting = (band for band, (_, most) in zip(BANDS, _BOUNDS, strict=False) if count <= most)
    return next(fitting, BANDS[-1])


def size_range(value: object) -> str | None:
    """A range in our words: '1,000 - 5,000' is '1001-5000', '10K-50K' is '10001+'.

    One that lies across our bands keeps its own bounds ('51-250', '251-1000'), since to pick a band would be a guess.
    None for what is no range.
    """
    found = bounds(value)
    if found is None:
        return None
    least, most = found
    if least >= _LAST - 1:
        return BANDS[-1]
    if most is None:
        return f"{least}+"
    # '1,000 - 5,000' and '1001-5000' are the same range.
    fitting = (band for band, (low, high) in zip(BANDS, _BOUNDS, strict=False) if low - 1 <= least <= most <= high)
    return next(fitting, f"{least}-{most}")


def bounds(value: object) -> tuple[int, int | None] | None:
    """(least, most) of a range as text; most is None for one without an end."""
    words = _PEOPLE.sub("", text(value) or "")
    if between := _BETWEEN.fullmatch(words):
        low, low_scale, high, high_scale = between.groups()
        least, most = _whole(low, low_scale), _whole(high, high_scale)
        return (least, most) if 0 <= least <= most <= MOST_EMPLOYEES and most else None
    if beyond := _FROM.fullmatch(words):
        digits, scale = [group for group in beyond.groups() if group is not None][:2]
        least = _whole(digits, scale)
        return (least, None) if 0 < least <= MOST_EMPLOYEES else None
    return None


def _whole(digits: str, scale: str) -> int:
    return int(re.sub(r"[,. ]", "", digits)) * _SCALES[scale.lower()]
