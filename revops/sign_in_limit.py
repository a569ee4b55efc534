"""Failed sign-ins, counted by account and by address, so that nobody can try passwords all day."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

FAILURES = 20
WITHIN = timedelta(hours=1)
# Anybody can make another's account fail, so nobody is kept out for long.
REST = timedelta(minutes=15)


def keys(request: HttpRequest, username: str) -> list[str]:
    """What failures are counted against: the account that was named and the address it was named from."""
    return [_key("account", username.strip().casefold()), _key("address", _address(request))]


def _key(kind: str, value: str) -> str:
    return f"sign-in/{kind}/{sha256(value.encode()).hexdigest()}"


def _address(request: HttpRequest) -> str:
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def blocked_for(names: Iterable[str], *, at: datetime) -> timedelta:
    """How long these have to wait; zero when they may try."""
    return max((_wait(cache.get(name, []), at) for name in names), default=timedelta(0))


def _wait(failures: list[float], at: datetime) -> timedelta:
    if len(_recent(failures, at)) < FAILURES:
        return timedelta(0)
    return max(timedelta(0), REST - (at - datetime.fromtimestamp(failures[-1], at.tzinfo)))


def _recent(failures: list[float], at: datetime) -> list[float]:
    return [failure for failure in failures if failure > (at - WITHIN).timestamp()]


def failed(names: Iterable[str], *, at: datetime) -> None:
    """Count a failure against each."""
    for name in names:
        failures = [*_recent(cache.get(name, []), at), at.timestamp()][-FAILURES:]
        cache.set(name, failures, timeout=int(WITHIN.total_seconds()))
