"""What a check found: nothing, or how many are off and the first of them."""

from dataclasses import dataclass
from typing import Any

FIRST = 20


@dataclass(frozen=True)
class Finding:
    """One check's answer. `first` are at most 20 ids of `of` (lead, rep, reason), or names of what is wrong."""

    key: str
    title: str
    of: str
    count: int
    first: tuple[int | str, ...]

    @property
    def ok(self) -> bool:
        return self.count == 0

    def as_dict(self) -> dict[str, Any]:
        return {"check": self.key, "title": self.title, "of": self.of, "off": self.count, "first": list(self.first)}


def finding(key: str, title: str, of: str, off: list[str]) -> Finding:
    return Finding(key, title, of, len(off), tuple(sorted(off)[:FIRST]))
