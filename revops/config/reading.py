"""A YAML file as values that know their lines. Whatever YAML can do beside telling values is refused.

Only what reads alike to everybody counts as more than text: `true` and `false`, `null`, plain numbers. So Norway may be
written NO, and a time 09:00, without quotes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml import events

from revops.config.problems import Unreadable

MOST_BYTES = 4 * 1024 * 1024
MOST_VALUES = 250_000
# A territory's criteria at their deepest, and some more.
DEEPEST = 32
WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: value for value in (True, False) for word in (str(value), str(value).lower(), str(value).upper())
}
# Fewer than the dumper puts into quotes, so that what was written as text is read as text.
MOST_DIGITS = 18
WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
BROKEN = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{0,30}(?:[eE][-+][0-9]{1,3})?")
NEVER_IN_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Node:
    """A value and its line; in a mapping the line of its key. Holds a plain value, or more of its kind."""

    line: int
    value: Any

    @property
    def plain(self) -> Any:
        if isinstance(self.value, dict):
            return {key: child.plain for key, child in self.value.items()}
        return [child.plain for child in self.value] if isinstance(self.value, list) else self.value


def read(path: Path) -> Node:
    """The file's one document. Raises Unreadable."""
    text = _text(path)
    try:
        return _Reader(path.name, text).document()
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise Unreadable(f"{path.name}:{line}: a character that YAML does not allow. Take it out.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(f"{path.name}:{mark.line + 1 if mark else 1}: {_why(error)}") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}.") from None
    except ValueError:
        raise Unreadable("That is no name of a file.") from None
    if len(content) > MOST_BYTES:
        raise Unreadable(f"{path.name}: larger than {MOST_BYTES // 1024 // 1024} MB, which no configuration is.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(f"{path.name}:{line}: this is no UTF-8. Save the file as UTF-8.") from None


def is_number(text: str) -> bool:
    """Whether this is read as a number where it stands without quotes."""
    return bool(WHOLE.fullmatch(text) or BROKEN.fullmatch(text))


def _why(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join(filter(None, (error.problem, error.context)))
    if "'\\t'" in problem:
        return "a tab. YAML is indented by blanks alone."
    return f"this is no YAML: {problem}."


class _Reader:
    """One document from the parser's events, which no nesting can make deep before it is refused."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.depth = self.values = 0
        self.events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)

    def document(self) -> Node:
        found: Node | None = None
        for event in self.events:
            if isinstance(event, events.DocumentStartEvent):
                if found is not None:
                    raise self._refused(event, "a second document (---). A configuration is one.")
                found = self._node(next(self.events))
        return found or Node(1, None)

    def _node(self, event: Any) -> Node:
        if isinstance(event, events.AliasEvent) or event.anchor is not None:
            raise self._refused(event, "anchors (&) and aliases (*) are not read. Write out what is meant.")
        if event.tag is not None:
            raise self._refused(event, f"tags such as {event.tag[:40]!r} are not read. Write the value alone.")
        self.values += 1
        if self.values > MOST_VALUES:
            raise self._refused(event, f"more than {MOST_VALUES:,} values, which no configuration has.")
        line = event.start_mark.line + 1
        if isinstance(event, events.ScalarEvent):
            return Node(line, self._scalar(event))
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._refused(event, f"nested deeper than {DEEPEST}.")
        value = self._mapping() if isinstance(event, events.MappingStartEvent) else self._sequence()
        self.depth -= 1
        return Node(line, value)

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if NEVER_IN_TEXT.search(text):
            raise self._refused(event, "a character that no text may hold. Take it out.")
        if not event.implicit[0]:
            return text
        if text in WORDS:
            return WORDS[text]
        if not is_number(text):
            return text
        return int(text) if WHOLE.fullmatch(text) else float(text)

    def _sequence(self) -> list[Node]:
        found = []
        while not isinstance(event := next(self.events), events.SequenceEndEvent):
            found.append(self._node(event))
        return found

    def _mapping(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := next(self.events), events.MappingEndEvent):
            key = self._key(event)
            if key in found:
                raise self._refused(event, f"'{key[:60]}' is here twice, first on line {found[key].line}.")
            found[key] = Node(event.start_mark.line + 1, self._node(next(self.events)).value)
        return found

    def _key(self, event: Any) -> str:
        key = self._node(event).value
        if not isinstance(key, str):
            raise self._refused(event, "a name that is no text. Put it into quotes.")
        return key.strip()

    def _refused(self, event: Any, why: str) -> Unreadable:
        return Unreadable(f"{self.name}:{event.start_mark.line + 1}: {why}")
