"""One row as the file wants it, checked by the admin's own form and written."""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.forms import BaseForm

from leads.models import Rep, Territory
from revops.config import document
from revops.config.admins import Page
from revops.config.checking import Wanted
from revops.config.document import Row
from revops.config.kinds import column_of
from revops.config.problems import Problem
from revops.config.references import Known, Missing
from revops.config.shapes import NAMED, Section
from revops.integrations.hook_signatures import PREFIX
from revops.models import HookSource, digest
from routing.models import IcpProfile, NamedList, Pool

TAKES_NOTHING = (
    "without conditions and named accounts it takes no lead. Give it some, say 'fallback: true' if it is to take what "
    "no other does, or 'active: false'."
)
# Their leads go on when they go, so that it is not done by the way.
WITH_LEADS = ("team", "active")


class Refused(Exception):
    """The row cannot be written so: what is wrong, by the file's word of the column, '' for the row."""

    def __init__(self, *wrong: tuple[str, str]) -> None:
        if not wrong:
            raise ValueError("A row was refused, and nothing says why.")
        self.wrong = wrong


@dataclass
class RowWriter:
    """Writes rows of one section. `by_id` is the user's, for what keeps who wrote it."""

    section: Section
    known: Known
    at: datetime
    by_id: int | None

    def __post_init__(self) -> None:
        self.page = Page(self.section)

    def write(self, key: str, row: Any, wanted: Wanted, *, anyway: bool) -> list[Problem]:
        """Make or change a row; returns what is wrong instead. One that is as wanted is only written `anyway`."""
        section = self.section
        before = document.plain(section, row if row is not None else section.model())
        after = before | wanted.values
        if row is not None and before == after and not anyway:
            return []
        try:
            with transaction.atomic():
                self._write(key, row, before, after)
        except Refused as error:
            return [_problem(section, key, wanted, word, why) for word, why in error.wrong]
        except Missing as error:
            return [_problem(section, key, wanted, "", str(error))]
        except IntegrityError as error:
            why = f"it clashes with another row ({str(error).splitlines()[0]}). Change one of the two."
            return [_problem(section, key, wanted, "", why)]
        return []

    def _write(self, key: str, row: Any, before: Row, after: Row) -> None:
        changed = [word for word in after if row is None or before[word] != after[word]]
        self._allowed(key, row, changed)
        if self.section.model is Pool:
            _must_take_something(after)
        saved = self._saved(key, row, after, changed)
        for one in self.section.beside:
            if one.name in changed:
                self._beside(one.name, saved, after[one.name])
        for nested in self.section.nested:
            self._nested(nested.name, saved, after[nested.name])

    def _allowed(self, key: str, row: Any, changed: list[str]) -> None:
        if row is None:
            if not self.page.may_add:
                known = ", ".join(name for name, _row in document.rows(self.section))
                raise Refused(("", f"none can be added here; there are {known}. Take it out."))
            return
        fixed = self.page.fixed(row)
        if wrong := [word for word in changed if self.section.column(word) in fixed]:
            raise Refused(*((word, f"is fixed for {key}. Leave it as it is.") for word in wrong))

    def _saved(self, key: str, row: Any, after: Row, changed: list[str]) -> Any:
        section = self.section
        named = section.key_kind.stored(key, self.known) if row is None and section.model is not Pool else None
        form = self.page.form(row if row is not None else section.model(), after, self.known, key=named)
        if not form.is_valid():
            raise Refused(*self._wrong(form))
        obj = form.save(commit=False)
        if section.model is Pool:
            self._rule(key, obj, after, changed)
        if isinstance(obj, HookSource) and row is None:
            _with_secrets(obj, at=self.at)
        columns = [section.column(word) for word in changed if word in section.kinds and word != NAMED]
        self._save(obj, new=row is None, columns=columns)
        return obj

    def _save(self, obj: Any, *, new: bool, columns: list[str]) -> None:
        own = {field.name for field in obj._meta.concrete_fields}
        names = [name for name in columns if name in own]
        if isinstance(obj, Pool) and not new:
            names.append("named")
        if isinstance(obj, Rep) and not new:
            names = [name for name in names if name not in WITH_LEADS]
        if "version" in own and not new and not isinstance(obj, IcpProfile):
            obj.version += 1
            names.append("version")
        only: dict[str, Any] = {} if new else {"update_fields": names}
        if isinstance(obj, IcpProfile):
            obj.save(by_id=self.by_id, at=self.at, **only)
        else:
            obj.save(**only)

    def _rule(self, key: str, pool: Pool, after: Row, changed: list[str]) -> None:
        """A rule belongs to its territory; a new list of accounts takes the place of the one before."""
        if pool.territory_id is None:
            pool.territory = _territory(key, pool)
        if NAMED in changed:
            domains = list(after[NAMED])
            made = NamedList(name=key[:100], domains=domains, by_id=self.by_id, at=self.at) if domains else None
            if made is not None:
                made.save()
            pool.named = made

    def _beside(self, name: str, owner: Model, plain: Any) -> None:
        one = next(one for one in self.section.beside if one.name == name)
        one.model._default_manager.filter(**{one.owner: owner}).delete()
        if plain is not None:
            column = column_of(one.model, one.column).attname
            one.model(**{one.owner: owner, column: one.kind.stored(plain, self.known)}).save()

    def _nested(self, name: str, parent: Model, plain: Any) -> None:
        one = next(one for one in self.section.nested if one.name == name)
        words = list(one.kinds)
        rows = [dict(zip(words, pair, strict=True)) for pair in plain.items()] if one.keyed else plain
        one.model._default_manager.filter(**{one.parent: parent}).delete()
        formset = self.page.formset(one, parent, rows, self.known)
        if not formset.is_valid():
            raise Refused(*((name, why) for why in _told_of(formset, rows)))
        for form in formset.forms:
            child = form.save(commit=False)
            setattr(child, one.parent, parent)
            child.save()

    def _wrong(self, form: BaseForm) -> Iterator[tuple[str, str]]:
        section = self.section
        columns = {section.in_form.get(column, column): column for column in section.columns}
        for name, errors in form.errors.items():
            column = columns.get(name, "")
            word = section.words.get(column, column)
            yield from ((word, str(error)) for error in errors)


def _problem(section: Section, key: str, wanted: Wanted, word: str, why: str) -> Problem:
    line = wanted.lines.get(word, wanted.line)
    return Problem(line, ".".join(filter(None, (section.name, key, word))), why)


def _must_take_something(after: Row) -> None:
    if after["active"] and not (after["fallback"] or after["criteria"] or after[NAMED]):
        raise Refused(("criteria", TAKES_NOTHING))


def _territory(name: str, pool: Pool) -> Territory:
    found = Territory.objects.filter(name=name).first()
    if found is not None:
        return found
    territory = Territory(name=name, team_id=pool.team_id, active=pool.active)
    try:
        territory.full_clean()
    except ValidationError as error:
        raise Refused(*(("", why) for why in error.messages)) from None
    territory.save()
    return territory


def _with_secrets(source: HookSource, *, at: datetime) -> None:
    """An address and a secret that nobody knows: RevOps makes others in the admin, which shows them once."""
    source.token_hash = digest(secrets.token_urlsafe(32))
    standard = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    source.change_secret(standard if source.kind == HookSource.Kind.STANDARD else secrets.token_urlsafe(32), at=at)


def _told_of(formset: Any, rows: list[Row]) -> Iterator[str]:
    yield from map(str, formset.non_form_errors())
    for form, row in zip(formset.forms, rows, strict=True):
        told = ", ".join(f"{word} {value}" for word, value in row.items() if value not in (None, ""))
        for name, errors in form.errors.items():
            for error in errors:
                yield f"{told}: {'' if name == '__all__' else f'{name}: '}{error}"
