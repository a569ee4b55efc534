"""Performance scores, worked out with the policies that are in force."""

from datetime import datetime

from revops import rules
from routing import scores
from sla.terms import Terms


def refresh(*, at: datetime) -> int:
    """Returns how many reps have one."""
    return scores.refresh(Terms.of(rules.standing().policies), at=at)
