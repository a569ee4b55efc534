"""A file that was read, held against the sections: every problem with its line, and what the file wants."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from revops.config import document
from revops.config.kinds import Spot, column_of, nearest, shown
from revops.config.problems import BadConfig, Problem
from revops.config.reading import Node
from revops.config.references import Known, Model
from revops.config.sections import BY_NAME, SECTIONS
from revops.config.shapes import Nested, Section
from revops.config.yaml_text import FORMAT, NUMBER
from routing.models import Pool


@dataclass(frozen=True)
class Wanted:
    """One row as the file wants it: the columns that it names, with their lines. Something is told of the `broken` ones
    already; those that hold rows have the rows of which nothing is."""

    line: int
    values: dict[str, Any]
    lines: Mapping[str, int]
    broken: frozenset[str] = frozenset()


@dataclass
class Wish:
    """What the file wants, by section, and what is wrong with it."""

    sections: dict[str, dict[str, Wanted]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, line: int, path: str, why: str) -> None:
        self.problems.append(Problem(line, path, why))


def check(root: Node, *, name: str) -> Wish:
    """What the file wants. Raises BadConfig where it is no configuration at all."""
    wish = Wish()
    top = root.value
    if not isinstance(top, dict) or FORMAT not in top:
        why = f"this is no configuration of Airtight's, which begins with '{FORMAT}: {NUMBER}'."
        raise BadConfig(name, [Problem(root.line, "", why)])
    if top[FORMAT].value != NUMBER:
        why = f"this version reads format {NUMBER}, and the file says {shown(top[FORMAT].plain)}."
        raise BadConfig(name, [Problem(top[FORMAT].line, FORMAT, why)])
    known = Known(_announced(top))
    for word, node in top.items():
        if word in BY_NAME:
            wish.lines[word] = node.line
            wish.sections[word] = _section(BY_NAME[word], node, Spot(word, wish.wrong, known))
        elif word != FORMAT:
            wish.wrong(node.line, word, f"there is no such section{nearest(word, BY_NAME)}")
    return wish


def _announced(top: Mapping[str, Node]) -> dict[Model, list[str]]:
    """What other rows may refer to since the file makes it."""
    found: dict[Model, list[str]] = {}
    for section in SECTIONS:
        node = top.get(section.name)
        if node is not None and isinstance(node.value, dict):
            model = section.key_kind.model if section.model is Pool else section.model  # type: ignore[attr-defined]
            found[model] = list(node.value)
    return found


def _section(section: Section, node: Node, spot: Spot) -> dict[str, Wanted]:
    if node.value is None:
        spot.refuse(node, "expected rows; found nothing. Write {} for none, or take the section out to leave it alone.")
        return {}
    if not isinstance(node.value, dict):
        spot.refuse(node, f"expected rows by {section.key}, as 'name: ...'; found {shown(node.plain)}.")
        return {}
    found: dict[str, Wanted] = {}
    for key, row in node.value.items():
        here = Spot(f"{spot.path}.{key[:80]}", spot.wrong, spot.known)
        name = _key(section, key, row, here)
        if name in found:
            here.refuse(row, f"is here twice, first on line {found[name].line}. Leave one.")
        elif name:
            found[name] = _row(section, row, here)
    return found


def _key(section: Section, key: str, row: Node, spot: Spot) -> str | None:
    if not key:
        spot.refuse(row, f"a row without its {section.key}. Give it one.")
        return None
    if section.model is Pool:
        return key
    return section.key_kind.read(Node(row.line, key), spot) or None


def _row(section: Section, node: Node, spot: Spot) -> Wanted:
    entries = {} if node.value is None else node.value
    if not isinstance(entries, dict):
        spot.refuse(node, f"expected its columns, as 'name: value'; found {shown(node.plain)}.")
        entries = {}
    values: dict[str, Any] = {}
    nested = {one.name: one for one in section.nested}
    broken = set()
    for word, child in entries.items():
        told: list[str] = []
        here = spot.at(f".{word}").heard(told)
        if word in nested:
            values[word] = _nested(nested[word], child, here)
        elif word in section.kinds:
            values[word] = section.kinds[word].read(child, here)
        else:
            _unknown(section, word, child, here)
        if told:
            broken.add(word)
    return Wanted(node.line, values, {word: child.line for word, child in entries.items()}, frozenset(broken))


def _unknown(section: Section, word: str, node: Node, spot: Spot) -> None:
    if why := section.left_out.get(word):
        spot.refuse(node, f"is not carried by this file ({why}). Take it out.")
    else:
        known = ", ".join(section.all_words)
        spot.refuse(node, f"there is no such column{nearest(word, section.all_words)} Known are {known}.")


def _nested(one: Nested, node: Node, spot: Spot) -> Any:
    if one.keyed:
        return _keyed(one, node, spot)
    if node.value is None:
        return []
    if not isinstance(node.value, list):
        spot.refuse(node, f"expected a list of rows; found {shown(node.plain)}.")
        return []
    found = [_nested_row(one, child, spot.at(f"[{place}]")) for place, child in enumerate(node.value)]
    return document.in_order(one, [row for row in found if row])


def _nested_row(one: Nested, node: Node, spot: Spot) -> dict[str, Any]:
    """Empty where anything is wrong with it."""
    told: list[str] = []
    found = _nested_values(one, node, spot.heard(told))
    return {} if told else found


def _nested_values(one: Nested, node: Node, spot: Spot) -> dict[str, Any]:
    if not isinstance(node.value, dict):
        spot.refuse(node, f"expected {{{', '.join(one.kinds)}}}; found {shown(node.plain)}.")
        return {}
    for word, child in node.value.items():
        if word not in one.kinds:
            spot.at(f".{word}").refuse(child, f"there is no such column{nearest(word, one.kinds)}")
    fresh = document.fresh(one)
    given = {
        word: one.kinds[word].read(node.value[word], spot.at(f".{word}")) for word in one.kinds if word in node.value
    }
    found = fresh | given
    for word in [word for word, value in found.items() if value is None and _required(one, word)]:
        child = node.value.get(word, Node(node.line, None))
        if child.value is None:
            spot.at(f".{word}").refuse(child, f"is missing. Give {one.kinds[word].expected}.")
    return found


def _required(one: Nested, word: str) -> bool:
    return not column_of(one.model, one.column(word)).null


def _keyed(one: Nested, node: Node, spot: Spot) -> dict[str, Any]:
    if node.value is None:
        return {}
    if not isinstance(node.value, dict):
        spot.refuse(node, f"expected a mapping, as 'name: value'; found {shown(node.plain)}.")
        return {}
    first, second = one.kinds
    rows = []
    for key, child in node.value.items():
        here = spot.at(f".{key[:80]}")
        row = {first: one.kinds[first].read(Node(child.line, key), here), second: one.kinds[second].read(child, here)}
        if row[first] is not None and row[second] is None and child.value is None:
            here.refuse(child, f"expected {one.kinds[second].expected}; found nothing.")
        rows.append(row)
    whole = [row for row in rows if None not in row.values()]
    return dict(document.in_order(one, whole))
