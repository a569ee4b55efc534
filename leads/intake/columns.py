"""Which column of a file holds which field."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from leads.intake.headings import (
    ACCOUNT_HEADINGS,
    ACCOUNT_SECOND_CHOICE,
    LEAD_HEADINGS,
    LEAD_SECOND_CHOICE,
    PAST_HEADINGS,
    SUPPRESSION_HEADINGS,
    SUPPRESSION_SECOND_CHOICE,
    Headings,
)
from leads.intake.problems import BadFile, shown
from leads.intake.text import words_key

LARGEST_MAP = 1_000_000
MOST_NAMED = 12
LONGEST_NAME = 200
IGNORE = frozenset(("", "-", "ignore"))


class BadColumns(BadFile):
    """The file's columns, or the map's, do not tell where the fields are."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`fields` has the heading under which each field is found; `others` has, for every heading of no field, the name
    under which its cells are kept (its own, unless that is a field's).
    """

    fields: Mapping[str, str]
    others: Mapping[str, str]

    @property
    def unrecognised(self) -> tuple[str, ...]:
        """The headings of no field, in the file's order."""
        return tuple(self.others)

    def row(self, cells: Mapping[str, str]) -> dict[str, object]:
        """One file row as fields for `clean_lead` or `clean_account`; the other cells under their headings."""
        row: dict[str, object] = {field: cells[heading] for field, heading in self.fields.items()}
        row.update((name, cells[heading]) for heading, name in self.others.items())
        return row


def lead_columns(headings: Sequence[str], column_map: Mapping[str, str] | None = None) -> Columns:
    """Find a lead file's fields by their usual headings, or by a map from heading to field ('ignore' drops one).

    Raises BadColumns: without an e-mail column, with two columns for one field, for a map that does not fit.
    """
    return _with_email(headings, _recognised(headings, column_map or {}, _lead_keys(), _lead_second_keys()))


def past_lead_columns(headings: Sequence[str], column_map: Mapping[str, str] | None = None) -> Columns:
    """The same for leads of before, which say when they came and may say what became of them. Raises BadColumns."""
    columns = _with_email(headings, _recognised(headings, column_map or {}, _past_keys(), _lead_second_keys()))
    if "occurred_at" not in columns.fields:
        raise BadColumns(
            f"No column says when a lead came; the columns are {_named(headings)}. Name one with a map file: a line"
            " 'column,field' and under it, for instance, 'Received,occurred_at'."
        )
    return columns


def _with_email(headings: Sequence[str], columns: Columns) -> Columns:
    if "email" not in columns.fields:
        raise BadColumns(
            f"No column holds an e-mail address; the columns are {_named(headings)}. Name one with a map file: a line"
            " 'column,field' and under it, for instance, 'Contact mail,email'."
        )
    return columns


def lead_row(values: Mapping[str, object]) -> dict[str, object]:
    """An event's properties as fields for `clean_lead`, recognised like a file's headings; of two for one field the
    first is taken, and what is no field's keeps its name.
    """
    first, second = _lead_keys(), _lead_second_keys()
    found: dict[str, object] = {}
    left: dict[str, object] = {}
    for name, value in values.items():
        field = first.get(words_key(name[:LONGEST_NAME]))
        if field is not None and field not in found:
            found[field] = value
        else:
            left[name] = value
    for name in list(left):
        field = second.get(words_key(name[:LONGEST_NAME]))
        if field is not None and field not in found:
            found[field] = left.pop(name)
    return found | {f"{name} (sent)" if name in found else name: value for name, value in left.items()}


def account_columns(headings: Sequence[str], column_map: Mapping[str, str] | None = None) -> Columns:
    """The same for a company directory, which needs a name, a website or a domain. Raises BadColumns."""
    columns = _recognised(headings, column_map or {}, _account_keys(), _account_second_keys())
    if not columns.fields.keys() & {"name", "website", "domains"}:
        raise BadColumns(
            f"No column holds a company's name or website; the columns are {_named(headings)}. Name one with a map"
            " file: a line 'column,field' and under it, for instance, 'Client,name'."
        )
    return columns


def suppression_columns(headings: Sequence[str], column_map: Mapping[str, str] | None = None) -> Columns:
    """The same for a suppression list, which needs an e-mail, a domain or either in one column, whatever the heading
    when there is no other. Raises BadColumns.
    """
    columns = _recognised(headings, column_map or {}, _suppression_keys(), _suppression_second_keys())
    if len(headings) == 1 and not columns.fields and not column_map:
        return Columns({"whom": headings[0]}, {})
    if not columns.fields.keys() & {"whom", "email", "domain"}:
        raise BadColumns(
            f"No column holds e-mail addresses or domains; the columns are {_named(headings)}. Name one with a map"
            " file: a line 'column,field' and under it, for instance, 'Blocked,email' or 'Blocked,domain'."
        )
    return columns


def read_map(path: Path) -> dict[str, str]:
    """A map file from heading to field: a JSON object, or CSV with the line `column,field` on top.

    Raises BadFile when it cannot be read, BadColumns when it is neither.
    """
    try:
        if path.stat().st_size > LARGEST_MAP:
            raise BadColumns(f"The map '{path.name}' is larger than a megabyte, which no map of columns is.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadFile(f"The map '{path.name}' cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadColumns(f"The map '{path.name}' is not UTF-8 text.") from None
    pairs = _json_pairs(text, path) if text.lstrip().startswith("{") else _csv_pairs(text, path)
    return {heading.strip(): field.strip() for heading, field in pairs.items()}


def _recognised(
    headings: Sequence[str], column_map: Mapping[str, str], first: Mapping[str, str], second: Mapping[str, str]
) -> Columns:
    mapped = _mapped(headings, column_map, frozenset(first.values()))
    found = {field: heading for heading, field in mapped.items() if field not in IGNORE}
    free = [heading for heading in headings if heading not in mapped]
    by_map = frozenset(found)
    for heading in free:
        field = first.get(words_key(heading))
        if field is None or field in by_map:
            continue
        if field in found:
            raise BadColumns(_two_columns(field, found[field], heading))
        found[field] = heading
    _take_second_choice(found, free, second)
    used = frozenset(found.values()) | frozenset(mapped)
    fields = frozenset(first.values())
    others = {name: f"{name} (column)" if name in fields else name for name in headings if name not in used}
    return Columns(found, others)


def _take_second_choice(found: dict[str, str], free: Sequence[str], second: Mapping[str, str]) -> None:
    taken = frozenset(found.values())
    for heading in free:
        field = second.get(words_key(heading))
        if field is not None and heading not in taken:
            found.setdefault(field, heading)


def _mapped(headings: Sequence[str], column_map: Mapping[str, str], fields: frozenset[str]) -> dict[str, str]:
    """The map with the file's own spelling of its headings."""
    spelt = {heading.casefold(): heading for heading in headings}
    mapped: dict[str, str] = {}
    for name, field in column_map.items():
        if name.casefold() not in spelt:
            raise BadColumns(
                f"The map names a column '{shown(name)}', and the file has none; it has {_named(headings)}."
            )
        if field not in fields | IGNORE:
            raise BadColumns(
                f"The map sends '{shown(name)}' to '{shown(field)}', which is no field of ours: {_fields(fields)}."
            )
        earlier = next((heading for heading, taken in mapped.items() if taken == field and field not in IGNORE), None)
        if earlier is not None:
            raise BadColumns(_two_columns(field, earlier, name))
        mapped[spelt[name.casefold()]] = field
    return mapped


def _two_columns(field: str, one: str, other: str) -> str:
    return (
        f"Two columns hold the field '{field}': '{shown(one)}' and '{shown(other)}'. Send one of them there with a map"
        f" file: a line 'column,field' and under it, for instance, '{shown(one)},{field}'."
    )


def _named(headings: Sequence[str]) -> str:
    names = ", ".join(f"'{shown(heading)}'" for heading in headings[:MOST_NAMED])
    return f"{names} and {len(headings) - MOST_NAMED} more" if len(headings) > MOST_NAMED else names


def _fields(fields: frozenset[str]) -> str:
    return ", ".join(sorted(fields))


def _json_pairs(text: str, path: Path) -> dict[str, str]:
    try:
        pairs = json.loads(text)
    except (ValueError, RecursionError):
        raise BadColumns(f"The map '{path.name}' begins like JSON and is not valid JSON.") from None
    if not isinstance(pairs, dict) or not all(isinstance(field, str) for field in pairs.values()):
        raise BadColumns(
            f"The map '{path.name}' must be one JSON object, from each column's heading to a field's name."
        )
    return pairs


def _csv_pairs(text: str, path: Path) -> dict[str, str]:
    try:
        rows = [row for row in csv.reader(text.splitlines(), strict=True) if row]
    except csv.Error as error:
        raise BadColumns(f"The map '{path.name}' is not valid CSV: {error}.") from None
    if not rows or [cell.strip().lower() for cell in rows[0]] != ["column", "field"]:
        raise BadColumns(f"The map '{path.name}' must begin with the line 'column,field' or be a JSON object.")
    odd = next((row for row in rows if len(row) != 2), None)
    if odd is not None:
        raise BadColumns(f"The map '{path.name}' has a line with {len(odd)} cells, '{shown(odd[0])}'; each has two.")
    return {row[0]: row[1] for row in rows[1:]}


@cache
def _lead_keys() -> Mapping[str, str]:
    return _keys(LEAD_HEADINGS)


@cache
def _past_keys() -> Mapping[str, str]:
    return _keys(LEAD_HEADINGS | PAST_HEADINGS)


@cache
def _lead_second_keys() -> Mapping[str, str]:
    return _keys(LEAD_SECOND_CHOICE)


@cache
def _account_keys() -> Mapping[str, str]:
    return _keys(ACCOUNT_HEADINGS)


@cache
def _account_second_keys() -> Mapping[str, str]:
    return _keys(ACCOUNT_SECOND_CHOICE)


@cache
def _suppression_keys() -> Mapping[str, str]:
    return _keys(SUPPRESSION_HEADINGS)


@cache
def _suppression_second_keys() -> Mapping[str, str]:
    return _keys(SUPPRESSION_SECOND_CHOICE)


def _keys(headings: Headings) -> Mapping[str, str]:
    """From each heading, as it is compared, to its field."""
    return {words_key(name): field for field, names in headings.items() for name in (field, *names.split(", ")) if name}
