"""How long a vendor asks us to wait: Retry-After in seconds or as a date."""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

# No vendor's window is longer; what says so is a broken clock, and would put a date beyond what a database holds.
LONGEST = 7 * 24 * 3600.0

_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")


def waiting_time(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, by an answer's headers (names in lower case); None when they do not say."""
    asked = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return min(float(asked), LONGEST)
    until = _moment(asked)
    return None if until is None else bounded(until - _their_now(headers))


def reset_time(headers: Mapping[str, str]) -> float | None:
    """Seconds until the moment in X-RateLimit-Reset, in seconds since 1970; None without one."""
    said = headers.get("x-ratelimit-reset", "").strip()
    return bounded(float(said) - _their_now(headers)) if _SECONDS.fullmatch(said) else None


def bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST)


def _their_now(headers: Mapping[str, str]) -> float:
    """The time of the answer by its sender's clock, which the date to wait for was read from; else by ours."""
    said = _moment(headers.get("date", ""))
    return time.time() if said is None else said


def _moment(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
