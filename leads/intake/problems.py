"""What an intake cleaner says about a value: that it is unusable, or how it was understood."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

SHOWN_LENGTH = 60
STORED_LENGTH = 2_000
STORED_DEPTH = 8
STORED_ITEMS = 200


class Unusable(ValueError):
    """One value cannot be used. `code` is for machines, `sentence` is for the person who sent it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class BadFile(ValueError):
    """A file cannot be used at all. Its text is one sentence: what is wrong, where, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A remark on one field of one row; `value` is what came in, shortened and safe to print."""

    field: str
    code: str
    sentence: str
    value: str


@dataclass(frozen=True, slots=True)
class Noted(Generic[T]):
    """A cleaned value and, when it was not taken word for word, how it was understood (else both texts are empty)."""

    value: T
    code: str = ""
    sentence: str = ""


def shown(value: object) -> str:
    """The value as it may stand in a sentence: one line, printable, at most 60 characters. Never raises."""
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of over 70 digits"
    if isinstance(value, (Mapping, list, tuple, set)):
        return f"{'an object' if isinstance(value, Mapping) else 'a list'} of {len(value)}"
    text = value if isinstance(value, str) else str(value)
    head = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:SHOWN_LENGTH])
    return head + "…" if len(text) > SHOWN_LENGTH else head


def storable(value: object, *, depth: int = STORED_DEPTH) -> object:
    """A copy of a JSON value that PostgreSQL's jsonb takes: no NUL, lone surrogate, NaN or endless depth.

    What had to be changed is marked in the copy itself, so that nothing is cut in silence. Never raises.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, int):
        return value if value.bit_length() <= 256 else shown(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth and isinstance(value, Mapping):
        pairs = list(value.items())[:STORED_ITEMS]
        kept = {
            _storable_text(key if isinstance(key, str) else shown(key)): storable(item, depth=depth - 1)
            for key, item in pairs
        }
        return kept | {"…": f"{len(value) - STORED_ITEMS} more"} if len(value) > STORED_ITEMS else kept
    if depth and isinstance(value, (list, tuple)):
        items = [storable(item, depth=depth - 1) for item in value[:STORED_ITEMS]]
        return [*items, f"… {len(value) - STORED_ITEMS} more"] if len(value) > STORED_ITEMS else items
    return shown(value)


def _storable_text(text: str) -> str:
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= STORED_LENGTH else f"{clean[:STORED_LENGTH]}… ({len(clean)} characters)"
