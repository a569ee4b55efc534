"""A deadline as somebody watches it run down: purely, from plain times."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Countdown:
    """`spans` are when the clock runs, from the window's opening to `due_at`; one span stands for wall time.

    What changes with every look (`left`, `paused_until`) is kept out of its repr, so that the rest can be compared.
    """

    due_at: datetime
    spans: tuple[Span, ...]
    business: bool
    left: timedelta = field(repr=False, compare=False)
    paused_until: datetime | None = field(repr=False, compare=False)

    @property
    def total(self) -> timedelta:
        return sum((closes - opens for opens, closes in self.spans), timedelta(0))

    @property
    def is_over(self) -> bool:
        return self.left <= timedelta(0)

    @property
    def level(self) -> str:
        """How near it is: '' while there is time, 'warn' in the last quarter, 'danger' when it is over."""
        if self.is_over:
            return "danger"
        return "warn" if self.left < self.total / 4 else ""

    @property
    def spans_in_seconds(self) -> str:
        """The spans for the browser: `opens-closes` in seconds of the epoch, joined by commas."""
        return ",".join(f"{opens.timestamp():.0f}-{closes.timestamp():.0f}" for opens, closes in self.spans)


def countdown(due_at: datetime, spans: Sequence[Span], *, business: bool, at: datetime) -> Countdown:
    """How a deadline stands at `at`."""
    left = sum((closes - max(opens, at) for opens, closes in spans if closes > at), timedelta(0))
    ahead = [opens for opens, closes in spans if closes > at]
    paused_until = ahead[0] if ahead and ahead[0] > at else None
    return Countdown(due_at, tuple(spans), business, left, paused_until)
