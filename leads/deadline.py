"""A deadline as the stages work it out and the lead keeps it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

# What the steps that are reminders of a window begin with; nothing falls due at them.
REMINDER = "reminder_"
TOUCH_REMINDER = "touch_reminder_"


def by_the_clock(opened_at: datetime, due: datetime, business: timedelta | None = None) -> dict[str, Any]:
    """A step that runs in wall time, with the `business` time in it; the same where it runs on nobody's hours."""
    wall = due - opened_at
    told = wall if business is None else business
    return {
        "at": due.isoformat(),
        "wall_s": wall.total_seconds(),
        "business_s": told.total_seconds(),
        "counts": "wall",
    }


@dataclass(frozen=True)
class Deadline:
    """When something falls due, which step it is for, and the terms it came from (kept on the row as they were).

    `terms` is `{"opened_at", "policy", "calendar", "steps": {step: {"at", "business_s", "wall_s", "counts"}}}`, times
    in ISO 8601. Each step tells how long it is in business and in wall time; one that `counts` "wall" runs by the
    clock. The terms always say when this step falls due, for the law holds `due_at` against them.
    """

    step: str
    at: datetime
    terms: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = self.terms.get("steps", {})
        told = steps.get(self.step, {}).get("at")
        if told is None or datetime.fromisoformat(told) != self.at:
            opened = self.terms.get("opened_at")
            step = by_the_clock(datetime.fromisoformat(opened) if opened else self.at, self.at)
            object.__setattr__(self, "terms", {**self.terms, "steps": {**steps, self.step: step}})


def later(terms: dict[str, Any], step: str) -> Deadline:
    """The next step of the same terms. Raises KeyError when the terms have no such step."""
    return Deadline(step, datetime.fromisoformat(terms["steps"][step]["at"]), terms)
