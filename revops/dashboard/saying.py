"""Rates, spans and counts as the dashboard says them."""

import math
from datetime import timedelta

from leads import wording

NOTHING = "–"
NOT_YET = "not yet"


def percent(share: float | None) -> str:
    """Whole percents, and a decimal next to 0 and 100, which are kept for none and all."""
    if share is None:
        return NOTHING
    value = 100 * share
    if 0 < value < 1 or 99 < value < 100:
        return f"{min(max(value, 0.1), 99.9):.1f} %"
    return f"{value:.0f} %"


def seconds(length: float | None) -> str:
    """A length of time; what has not happened takes for ever."""
    if length is None:
        return NOTHING
    return NOT_YET if math.isinf(length) else wording.span(timedelta(seconds=length))


def within(length: float | None) -> str:
    """A length as the limit that something kept to."""
    return f"within {seconds(length)}" if length is not None and math.isfinite(length) else seconds(length)


def out_of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}"
