"""Rows by their natural keys: what may be referred to, in the tables and in the file."""

from typing import Any

from django.contrib.auth.models import User
from django.db import models

from leads.models import Reason, Rep, Team, Territory, Track
from sla.models import Calendar

Model = type[models.Model]
# The column that a row is known by.
KEYS: dict[Model, str] = {
    Calendar: "name",
    Team: "name",
    Territory: "name",
    Track: "code",
    Reason: "code",
}
PEOPLE: tuple[Model, ...] = (User, Rep)
SECTION_OF: dict[Model, str] = {Calendar: "calendars", Team: "teams", Rep: "reps", Territory: "territories"} | {
    Track: "nurture_tracks"
}


class Missing(LookupError):
    """A row that was referred to is not there (yet)."""


class Known:
    """`announced` are the rows that the file makes, by model."""

    def __init__(self, announced: dict[Model, list[str]] | None = None) -> None:
        self.announced = {
            model: {_folded(model, name): name for name in names} for model, names in (announced or {}).items()
        }
        self._rows: dict[Model, dict[str, tuple[str, int]]] = {}

    @staticmethod
    def of(row: Any) -> str:
        """The natural key of a row."""
        person = row.user if isinstance(row, Rep) else row
        if isinstance(person, User):
            return person.email or person.username
        return str(getattr(row, KEYS[type(row)]))

    def name(self, model: Model, text: str) -> str | None:
        """The name as it is spelt where it stands; None where it stands nowhere."""
        folded = _folded(model, text)
        row = self._in(model).get(folded)
        return row[0] if row else self.announced.get(model, {}).get(folded)

    def pk(self, model: Model, name: str) -> int:
        """Raises Missing."""
        try:
            return self._in(model)[_folded(model, name)][1]
        except KeyError:
            raise Missing(self.missing(model, name)) from None

    def forget(self, model: Model) -> None:
        """Rows of it were made or changed."""
        self._rows.pop(model, None)

    def missing(self, model: Model, name: str) -> str:
        if model is User:
            return f"nobody signs in as {name[:80]!r}. Make the user first (admin, Users), then run this again."
        where = SECTION_OF.get(model, "the section of its kind")
        what = "rep" if model is Rep else str(model._meta.verbose_name)
        return f"there is no {what} {name[:80]!r}, here or in this file. Add it under {where}, or name another."

    def _in(self, model: Model) -> dict[str, tuple[str, int]]:
        if model not in self._rows:
            self._rows[model] = _people(model) if model in PEOPLE else _named(model)
        return self._rows[model]


def _named(model: Model) -> dict[str, tuple[str, int]]:
    rows = model._default_manager.values_list(KEYS[model], "pk")
    return {name: (name, pk) for name, pk in rows}


def _people(model: Model) -> dict[str, tuple[str, int]]:
    """By e-mail, and by the name they sign in with where nobody has that as an e-mail."""
    prefix = "user__" if model is Rep else ""
    rows = model._default_manager.order_by("-pk").values_list(f"{prefix}email", f"{prefix}username", "pk")
    named = {username.casefold(): (email or username, pk) for email, username, pk in rows}
    return named | {email.casefold(): (email, pk) for email, _username, pk in rows if email}


def _folded(model: Model, text: str) -> str:
    return text.strip().casefold() if model in PEOPLE else text.strip()
