"""Performance scores, worked out with the policies that are in force."""

from datetime import datetime

from revops import rules
from routing import scores
from sla.at_work import WorkTerms


def refresh(*, at: datetime) -> int:
    """Returns how many reps have one."""
    return scores.refresh(WorkTerms.of(rules.standing().policies), at=at)
