"""Settings from the environment. One that is wrong has its default until all are read, so that all are told at once."""

import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from dj_database_url import DBConfig
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, ValidationError
from marshmallow.validate import OneOf, Range, Regexp

POSTGRESQL = "django.db.backends.postgresql"
NO_DATABASE = "No database: set DATABASE_URL to a PostgreSQL 15 or newer, or use ./run, which starts a private one."
LEVELS = "DEBUG, INFO, WARNING, ERROR or CRITICAL"
NOT_IN_AN_ADDRESS = re.compile(r"[\x00-\x20\x7f\\]")


class BadSettings(ImproperlyConfigured):
    """A sentence for each setting that is wrong: which, what it says, why that is wrong and what to set."""


class Environment(Env):
    def __init__(self) -> None:
        super().__init__()
        self._wrong: list[str] = []

    def flag(self, name: str, default: bool) -> bool:
        found: bool = self._read(self.bool, name, default, "neither true nor false: set it to 1 or 0")
        return found

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        why = f"no whole number from {least} to {most}: set it to one"
        found: int = self._read(self.int, name, default, why, validate=Range(least, most))
        return found

    def seconds(self, name: str, default: float, *, least: float = 0.1, most: float = 600) -> float:
        why = f"no number of seconds from {least:g} to {most:g}: set it to one"
        found: float = self._read(self.float, name, default, why, validate=Range(least, most))
        return found

    def address(self, name: str, default: str, *, secret: bool = False) -> str:
        why = "no web address: set it to one that begins with https:// and names a host"
        hide = _beginning if secret else repr
        found: str = self._read(self.str, name, default, why, hide=hide, validate=_web_address(default))
        return found

    def level(self, name: str, default: str) -> str:
        why, known = f"no log level: set it to {LEVELS}", OneOf(logging.getLevelNamesMapping())
        found: str = self._read(self.str, name, default, why, validate=known)
        return found

    def version(self, name: str, default: str) -> str:
        """Of Salesforce's API, without the v that its addresses have before it."""
        why = f"no version of Salesforce's API: set it to one such as {default}"
        found: str = self._read(self.str, name, default, why, validate=Regexp(r"v?[0-9]{2}\.0\Z"))
        return found.removeprefix("v")

    def database(self, url: str, **how: Any) -> DBConfig:
        """The address of a PostgreSQL, taken apart."""
        if not url:
            self.refuse(NO_DATABASE)
            return {}
        try:
            found = dj_database_url.parse(url, **how)
        except ValueError:
            found = {}
        if found.get("ENGINE") == POSTGRESQL and (found["NAME"] or "service" in found.get("OPTIONS", {})):
            return found
        such = "postgresql://user:password@host:5432/name"
        self.refuse(
            f"DATABASE_URL says {_beginning(url)}, which names no PostgreSQL database: set it to one such as {such}."
        )
        return {}

    def refuse(self, sentence: str) -> None:
        self._wrong.append(sentence)

    def refuse_the_wrong(self) -> None:
        """Raises BadSettings, if any is wrong."""
        if self._wrong:
            raise BadSettings("\n".join(self._wrong))

    def _read(
        self,
        parsed: Callable[..., Any],
        name: str,
        default: Any,
        why: str,
        *,
        hide: Callable[[str], str] = repr,
        **checks: Any,
    ) -> Any:
        try:
            return parsed(name, default, **checks)
        except EnvValidationError:
            without = "" if default == "" else f" for {int(default) if isinstance(default, bool) else default}"
            self.refuse(f"{name} says {hide(self.str(name))}, which is {why}, or unset it{without}.")
            return default


def _web_address(default: str) -> Callable[[str], None]:
    def check(url: str) -> None:
        if url != default and not _is_web(url):
            raise ValidationError("no web address")

    return check


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in ("http", "https") and not NOT_IN_AN_ADDRESS.search(url)


def _beginning(secret: str) -> str:
    scheme = re.match(r"[a-z0-9+]{1,20}://", secret)
    return f"'{scheme[0] if scheme else ''}…' (a secret, so no more is shown)"
