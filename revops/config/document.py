"""What the tables say, as plain values: section -> row -> column."""

from collections.abc import Iterable
from typing import Any

from django.db.models import ForeignKey, Model, QuerySet

from leads.models import Rep
from revops.config.flow import Flow
from revops.config.kinds import Choice, column_of
from revops.config.sections import SECTIONS
from revops.config.shapes import NAMED, Beside, Nested, Section
from routing.models import Pool

Row = dict[str, Any]
Document = dict[str, dict[str, Row]]


def written() -> Document:
    """Everything, in the order of the file."""
    return {section.name: {key: plain(section, row) for key, row in rows(section)} for section in SECTIONS}


def rows(section: Section) -> list[tuple[str, Any]]:
    """A section's rows by what they are known by, in the order of the file."""
    found = [(key_of(section, row), row) for row in _query(section)]
    if not section.order:
        return sorted(found, key=lambda pair: pair[0])
    # Stable, so that among those of one place the name decides.
    places = {row.pk: number for number, (_key, row) in enumerate(found)}
    order = _places(section, [row for _key, row in found])
    return sorted(found, key=lambda pair: (order[pair[1].pk], pair[0], places[pair[1].pk]))


def _places(section: Section, found: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    return {row.pk: tuple(_place(row, name) for name in section.order) for row in found}


def _place(row: Any, name: str) -> Any:
    value = row
    for part in name.removeprefix("-").split("__"):
        value = getattr(value, part)
    return not value if name.startswith("-") else value


def _query(section: Section) -> QuerySet[Any]:
    query = section.model._default_manager.filter(**{f"{section.key}__isnull": False})
    joined = [*_joined(section.model), *(f"{_accessor(one)}__{one.column}" for one in section.beside)]
    query = query.select_related(*joined) if joined else query
    return query.prefetch_related(*(path for one in section.nested for path in _with_joined(one)))


def _joined(model: type[Model]) -> list[str]:
    """What a row refers to; of a rep also who that is."""
    found = []
    for field in model._meta.concrete_fields:
        if field.is_relation:
            found.append(f"{field.name}__user" if field.related_model is Rep else field.name)
    return found


def _with_joined(one: Nested) -> list[str]:
    inside = [name for name in _joined(one.model) if name != one.parent]
    return [_accessor(one), *(f"{_accessor(one)}__{name}" for name in inside)]


def _accessor(one: Nested | Beside) -> str:
    owner = one.parent if isinstance(one, Nested) else one.owner
    column = column_of(one.model, owner)
    return str(column.remote_field.get_accessor_name()) if isinstance(column, ForeignKey) else owner


def key_of(section: Section, row: Model) -> str:
    return str(section.key_kind.plain(getattr(row, section.key)))


def plain(section: Section, row: Any) -> Row:
    """One row as the file has it. One that is not saved yet has the defaults, and nothing nested."""
    found = {}
    beside = {one.name: one for one in section.beside}
    for word, kind in section.kinds.items():
        if word in beside:
            one = beside[word]
            value = getattr(row, _accessor(one), None) if row.pk else None
            found[word] = kind.plain(getattr(value, one.column)) if value else None
        elif word == NAMED and section.model is Pool:
            found[word] = kind.plain(row.named.domains if row.named else ())
        else:
            column = section.column(word)
            found[word] = kind.plain(_value(row, column))
    return found | {one.name: nested(one, row) for one in section.nested}


def _value(row: Any, column: str) -> Any:
    """A reference that is not set yet is none."""
    field = row._meta.get_field(column)
    return None if field.is_relation and getattr(row, field.attname) is None else getattr(row, column)


def nested(one: Nested, parent: Any) -> Any:
    if parent.pk is None:
        return {} if one.keyed else []
    found: list[Row] = [
        Flow({word: kind.plain(_value(row, one.column(word))) for word, kind in one.kinds.items()})
        for row in sorted(getattr(parent, _accessor(one)).all(), key=lambda row: row.pk)
    ]
    return in_order(one, found)


def fresh(one: Nested) -> Row:
    """A nested row with the defaults of its columns."""
    row = one.model()
    return Flow({word: kind.plain(_value(row, one.column(word))) for word, kind in one.kinds.items()})


def in_order(one: Nested, found: list[Row]) -> Any:
    """Nested rows as they are kept: sorted by what orders them, and stable otherwise."""
    if one.keyed:
        key, value = one.kinds
        return {row[key]: row[value] for row in sorted(found, key=lambda row: str(row[key]))}
    return sorted(found, key=lambda row: tuple(_rank(one, row, name) for name in one.order if name in one.columns))


def _rank(one: Nested, row: Row, column: str) -> Any:
    word = one.words.get(column, column)
    kind, value = one.kinds[word], row[word]
    return kind.values[value] if isinstance(kind, Choice) else value
