"""How a section is described: its rows, what belongs to them, and what they are known by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Model

from revops.config import kinds
from revops.config.json_kinds import Domains
from revops.config.kinds import Kind
from routing.models import Pool

NAMED = "named_accounts"


@dataclass(frozen=True)
class Nested:
    """Rows that belong to one row: a list of them, or with `keyed` a mapping of their first column to their second."""

    name: str
    model: type[Model]
    parent: str
    columns: tuple[str, ...]
    order: tuple[str, ...]
    keyed: bool = False
    own_kinds: Mapping[str, Kind] = field(default_factory=dict)
    # The column's word in the file, where it is another.
    words: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        return {
            self.words.get(name, name): self.own_kinds.get(name) or kinds.of(self.model, name) for name in self.columns
        }

    def column(self, word: str) -> str:
        return next((column for column, name in self.words.items() if name == word), word)


@dataclass(frozen=True)
class Beside:
    """A column that stands in a table of its own: a row that names its `owner` and has the value."""

    name: str
    model: type[Model]
    owner: str
    column: str

    @cached_property
    def kind(self) -> Kind:
        return kinds.of(self.model, self.column)


@dataclass(frozen=True)
class Section:
    """`key` is the column that rows are known by. Rows that the file does not name are `deleted` where the admin would,
    else switched off where they can be."""

    name: str
    model: type[Model]
    key: str
    about: str
    columns: tuple[str, ...]
    own_kinds: Mapping[str, Kind] = field(default_factory=dict)
    nested: tuple[Nested, ...] = ()
    beside: tuple[Beside, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    # A column that the admin's form asks for by another name.
    in_form: Mapping[str, str] = field(default_factory=dict)
    # What a row gives up before others are written, since only one may have it.
    alone: Mapping[str, Any] = field(default_factory=dict)
    # Columns that the product fills in by itself. An empty one is not written out: a file of before it was found would
    # take it away again.
    found: tuple[str, ...] = ()
    deleted: bool = True
    order: tuple[str, ...] = ()

    @cached_property
    def key_kind(self) -> Kind:
        return kinds.of(self.model, self.key)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Every word of a row that is no nested one."""
        found = {self.words.get(name, name): self._kind(name) for name in self.columns}
        return found | {one.name: one.kind for one in self.beside} | self._named

    @cached_property
    def _named(self) -> dict[str, Kind]:
        return {NAMED: Domains()} if self.model is Pool else {}

    def _kind(self, column: str) -> Kind:
        return self.own_kinds.get(column) or kinds.of(self.model, column)

    def column(self, word: str) -> str:
        return next((column for column, name in self.words.items() if name == word), word)

    def field(self, word: str) -> str:
        """Its name in the admin's form."""
        column = self.column(word)
        return self.in_form.get(column, column)

    @cached_property
    def all_words(self) -> tuple[str, ...]:
        return (*self.kinds, *(one.name for one in self.nested))
