"""One row as the file wants it, checked by the admin's own form and written."""

import base64
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.forms import BaseForm, BaseInlineFormSet, ModelForm

from leads.models import Rep, Territory
from revops.config import document
from revops.config.admins import Page
from revops.config.checking import Wanted
from revops.config.document import Row
from revops.config.kinds import column_of
from revops.config.problems import Problem
from revops.config.references import Known, Missing
from revops.config.shapes import NAMED, Nested, Section
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


@dataclass(frozen=True)
class Part:
    """Rows that belong to one row, and the form that checks and keeps them."""

    one: Nested
    rows: list[Row]
    formset: BaseInlineFormSet

    def wrong(self) -> Iterator[tuple[str, str]]:
        yield from ((self.one.name, str(error)) for error in self.formset.non_form_errors())
        for form, row in zip(self.formset.forms, self.rows, strict=True):
            told = ", ".join(f"{word} {value}" for word, value in row.items() if value not in (None, ""))
            for name, errors in form.errors.items():
                for error in errors:
                    yield self.one.name, f"{told}: {'' if name == '__all__' else f'{name}: '}{error}"

    def save(self, parent: Model) -> None:
        for form in self.formset.forms:
            child = form.save(commit=False)
            setattr(child, self.one.parent, parent)
            child.save()


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

    def what_else(self, key: str, row: Any, wanted: Wanted) -> list[Problem]:
        """What there is to tell of a row of which something is told already: of each column and part by itself, since
        what columns make of each other hangs on those that are broken."""
        before = document.plain(self.section, row if row is not None else self.section.model())
        after = before | wanted.values
        wrong: list[tuple[str, str]] = []
        with suppress(Missing), transaction.atomic():
            wrong.extend(self._what_else(key, row, before, after, wanted))
            transaction.set_rollback(True)
        return [_problem(self.section, key, wanted, word, why) for word, why in wrong]

    def _what_else(self, key: str, row: Any, before: Row, after: Row, wanted: Wanted) -> Iterator[tuple[str, str]]:
        sound = [word for word in self.section.kinds if word in wanted.values and word not in wanted.broken]
        try:
            self._allowed(key, row, [word for word in sound if before[word] != after[word]])
        except Refused as error:
            yield from error.wrong
            return
        form = self._form(key, row, after)
        form.is_valid()
        for word in sound:
            yield from ((word, why) for why in _by_itself(form, self.section.field(word)))
        for one in self.section.nested:
            if wanted.values.get(one.name):
                yield from self._part(one, form.instance, after[one.name]).wrong()

    def _write(self, key: str, row: Any, before: Row, after: Row) -> None:
        changed = [word for word in after if row is None or before[word] != after[word]]
        self._allowed(key, row, changed)
        form = self._form(key, row, after)
        wrong = [*self._wrong(form)]
        if self.section.model is Pool and _takes_nothing(after):
            wrong.append(("criteria", TAKES_NOTHING))
        parts = [self._part(one, form.instance, after[one.name]) for one in self.section.nested]
        wrong += [told for part in parts for told in part.wrong()]
        if wrong:
            raise Refused(*wrong)
        saved = self._saved(key, row, form, after, changed)
        for one in self.section.beside:
            if one.name in changed:
                self._beside(one.name, saved, after[one.name])
        for part in parts:
            part.save(saved)

    def _allowed(self, key: str, row: Any, changed: list[str]) -> None:
        if row is None:
            if not self.page.may_add:
                known = ", ".join(name for name, _row in document.rows(self.section))
                raise Refused(("", f"none can be added here; there are {known}. Take it out."))
            return
        fixed = self.page.fixed(row)
        if wrong := [word for word in changed if self.section.column(word) in fixed]:
            raise Refused(*((word, f"is fixed for {key}. Leave it as it is.") for word in wrong))

    def _form(self, key: str, row: Any, after: Row) -> ModelForm:
        section = self.section
        named = section.key_kind.stored(key, self.known) if row is None and section.model is not Pool else None
        return self.page.form(row if row is not None else section.model(), after, self.known, key=named)

    def _saved(self, key: str, row: Any, form: ModelForm, after: Row, changed: list[str]) -> Any:
        section = self.section
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

    def _part(self, one: Nested, parent: Model, plain: Any) -> "Part":
        """The rows that take the place of those there are, which go first, so that none is held against them."""
        words = list(one.kinds)
        rows = [dict(zip(words, pair, strict=True)) for pair in plain.items()] if one.keyed else plain
        if parent.pk is not None:
            one.model._default_manager.filter(**{one.parent: parent}).delete()
        return Part(one, rows, self.page.formset(one, parent, rows, self.known))

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


def _by_itself(form: ModelForm, name: str) -> list[str]:
    """What is wrong with a field whatever the others say."""
    if name not in form.fields:
        return []
    try:
        value = form.fields[name].clean(form[name].data)
        column = next((one for one in form.instance._meta.concrete_fields if one.name == name), None)
        if column is not None and not column.is_relation and value not in column.empty_values:
            column.clean(value, form.instance)
    except ValidationError as error:
        return error.messages
    return []


def _takes_nothing(after: Row) -> bool:
    return bool(after["active"] and not (after["fallback"] or after["criteria"] or after[NAMED]))


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
