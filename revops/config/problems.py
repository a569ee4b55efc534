"""What is wrong with a configuration file, told with its line."""

from dataclasses import dataclass

MOST_TOLD = 50


@dataclass(frozen=True, order=True)
class Problem:
    """`path` is the part of the file, such as `territories.DACH.team`; `why` says the reason and what to do."""

    line: int
    path: str
    why: str


class BadConfig(Exception):
    """The file cannot be used; nothing was written."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        told = [f"{name}:{one.line}: {one.path}{': ' if one.path else ''}{one.why}" for one in self.problems]
        if (more := len(told) - MOST_TOLD) > 0:
            told = [*told[:MOST_TOLD], f"And {more:,} more like these."]
        super().__init__("\n".join(told))


class Unreadable(Exception):
    """The file is no YAML that is read here; the message names it and says why."""
