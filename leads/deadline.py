"""A deadline as the stages work it out and the lead keeps it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# What the steps that are reminders of a window begin with; nothing falls due at them.
REMINDER = "reminder_"


@dataclass(frozen=True)
class Deadline:
    """When something falls due, which step it is for, and the terms it came from (kept on the row as they were).

    `terms` is `{"opened_at", "policy", "calendar", "steps": {step: {"at", "business_s", "wall_s"}}}`, times in ISO
    8601. The terms always say when this step falls due, for the law holds `due_at` against them.
    """

    step: str
    at: datetime
    terms: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        steps = self.terms.get("steps", {})
        told = steps.get(self.step, {}).get("at")
        if told is None or datetime.fromisoformat(told) != self.at:
            moved = {**self.terms, "steps": {**steps, self.step: {"at": self.at.isoformat()}}}
            object.__setattr__(self, "terms", moved)

    def later(self, step: str) -> "Deadline":
        """The next step of the same terms. Raises KeyError when the terms have no such step."""
        return Deadline(step, datetime.fromisoformat(self.terms["steps"][step]["at"]), self.terms)
