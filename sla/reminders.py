"""When a rep is reminded of a window that runs: after a share of it, or with so many minutes left. Pure.

Written as a list, such as `50%, 15 min`: at half time, and when 15 minutes are left. Empty is none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError

USUAL = "50%, 15 min"
USUAL_OF_A_TOUCH = "50%"
MOST = 6
# As it is kept; the table holds it to this too.
KEPT = r"^(([1-9][0-9]?%|[1-9][0-9]{0,5} min)(, ([1-9][0-9]?%|[1-9][0-9]{0,5} min))*)?$"
TYPED = re.compile(
    r"([1-9][0-9]?)\s*%|([1-9][0-9]{0,5})\s*(?:m|mins?|minutes?)\.?(?:\s+left)?", re.IGNORECASE | re.ASCII
)
# Sooner than this after the window opens it says nothing that the card did not.
SOONEST = timedelta(minutes=1)


@dataclass(frozen=True)
class Reminder:
    """After `share` hundredths of a window, or with `left` minutes of it left."""

    share: int | None = None
    left: int | None = None

    def __str__(self) -> str:
        return f"{self.share}%" if self.share else f"{self.left} min"

    def after(self, window: timedelta) -> timedelta:
        """How long after the window opens; below zero where it is shorter than what is to be left of it."""
        return window * self.share / 100 if self.share else window - timedelta(minutes=self.left or 0)


def read(text: str) -> tuple[Reminder, ...]:
    """What is written, each once. Raises ValidationError, which names the part that is no reminder."""
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    found = tuple(dict.fromkeys(_one(part) for part in parts))
    if len(found) > MOST:
        raise ValidationError(f"That is {len(found)} reminders; the most there may be is {MOST}.")
    return found


def _one(part: str) -> Reminder:
    match = TYPED.fullmatch(part)
    if match is None:
        raise ValidationError(
            f"“{part[:40]}” is no reminder. Write a share of the window from 1% to 99%, such as 50%, or the minutes "
            "left, such as 15 min, with commas between them."
        )
    share, left = match.groups()
    return Reminder(share=int(share)) if share else Reminder(left=int(left))


def kept(text: str) -> str:
    """The same as it is kept. Raises ValidationError."""
    return ", ".join(map(str, read(text)))


def valid(text: str) -> None:
    """Django validator. Raises ValidationError."""
    read(text)


def offsets(text: str, window: timedelta) -> list[timedelta]:
    """How long after its opening a window has reminders, in order; those that come at once or not at all left out."""
    return sorted({after for one in read(text) if SOONEST <= (after := one.after(window)) < window})


def of_before(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A policy's row from before reminders were a list: at half time, and with `remind_before` minutes left."""
    if "reminders" in policy:
        return dict(policy)
    left = policy.get("remind_before")
    return {**policy, "reminders": f"50%, {left} min" if left else "50%"}
