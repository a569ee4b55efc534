"""The figures of how things stand: what needs somebody now, and the books."""

from revops.dashboard.sql import Figure
from revops.dashboard.subjects import FAILED, HELD, KNOCKS

LATE_BY = "past its deadline by more than the sweep may take"


def _now(key: str, title: str, where: str, how: str, *, revops_only: bool = False) -> Figure:
    return Figure(key, HELD, title, where, how, now=True, revops_only=revops_only)


def _place(key: str, title: str, where: str, how: str) -> Figure:
    return Figure(key, KNOCKS, title, f"outcome = 'new' AND NOT leaked AND {where}", how)


NOW = (
    _now("overdue", "Overdue", "state = 'overdue'", "Not answered within the time to accept; next, the Shark Tank."),
    _now(
        "lapsing",
        "Lapsing within 2 h",
        "state = 'assigned' AND due_at <= %(at)s + interval '2 hours'",
        "Assigned, not answered, and the time to accept ends within two hours.",
    ),
    _now("pool", "In the Shark Tank", "state = 'shark_tank'", "Nobody holds these; the first eligible rep may claim."),
    _now("pool_1h", "Under 1 h", "state = 'shark_tank' AND age_s < 3600", "In the Shark Tank for less than an hour."),
    _now(
        "pool_4h",
        "1 to 4 h",
        "state = 'shark_tank' AND age_s >= 3600 AND age_s < 14400",
        "In the Shark Tank for one to four hours, nights and weekends included.",
    ),
    _now(
        "pool_day",
        "4 to 24 h",
        "state = 'shark_tank' AND age_s >= 14400 AND age_s < 86400",
        "In the Shark Tank for four to 24 hours, nights and weekends included.",
    ),
    _now("pool_old", "Over a day", "state = 'shark_tank' AND age_s >= 86400", "In the Shark Tank for more than a day."),
    _now(
        "untouched_now",
        "Accepted, untouched",
        "state = 'accepted' AND due_step IN ('touch', 'untouched')",
        "Accepted, and no call, mail or meeting yet.",
    ),
    _now(
        "flagged",
        "Untouched too long",
        "state = 'accepted' AND due_step = 'untouched'",
        "Accepted and past the time to first touch: flagged to the manager.",
    ),
    _now("fresh", "New since your last look", "fresh", "Came in (for a team: came to the team) since you last looked."),
    _now(
        "aside",
        "Put aside",
        "retry_at IS NOT NULL",
        "The system failed on these and tries again by itself; their deadlines stand.",
        revops_only=True,
    ),
    _now(
        "failing",
        "Failed three times",
        "retry_at IS NOT NULL AND error_count >= 3",
        "The system fails on these again and again, and RevOps was told; their deadlines stand.",
    ),
    _now("late", "Stuck", "late AND retry_at IS NULL", f"Still there, {LATE_BY}.", revops_only=True),
    Figure(
        "failed",
        FAILED,
        "Failed deliveries",
        "true",
        "Messages to the outside that failed for good; RevOps may try them again.",
        now=True,
        revops_only=True,
    ),
)
BOOKS = (
    Figure("knocked", KNOCKS, "Knocked at the door", "true", "Every form, row and hook that reached a door."),
    Figure("refused", KNOCKS, "Refused", "outcome = 'refused'", "Refused with a reason, mostly no usable e-mail."),
    Figure("joined", KNOCKS, "Joined", "outcome = 'joined'", "The person had an open lead already and joined it."),
    Figure(
        "turned_back",
        KNOCKS,
        "Suppressed at the door",
        "outcome = 'suppressed'",
        "On the suppression list; that they came is kept.",
    ),
    Figure("new", KNOCKS, "New leads", "outcome = 'new'", "Each made a lead, which is in exactly one place now."),
    _place("in_buffer", "In the buffer", "state = 'buffer'", "Being enriched."),
    _place("in_routing", "In routing", "state IN ('aql', 'routing')", "Qualified, not yet with a rep."),
    _place("with_reps", "With reps", "state IN ('assigned', 'overdue', 'accepted')", "One rep holds each."),
    _place("in_pool", "In the pool", "state = 'shark_tank'", "In the Shark Tank, for the first to claim."),
    _place("in_nurture", "In nurture", "state = 'nurture'", "On a track, with a date."),
    _place("converted", "Converted", "state = 'converted'", "Became an opportunity."),
    _place("suppressed", "Suppressed", "state = 'suppressed'", "No sales outreach any more."),
    _place("merged", "Merged", "state = 'merged'", "Merged into another lead of the same person or company."),
    Figure(
        "leaked",
        KNOCKS,
        "Leaked",
        "leaked",
        f"New leads that are in no place at all, that were put aside because the system failed on them, or {LATE_BY}.",
    ),
)
PLACES = (
    "in_buffer",
    "in_routing",
    "with_reps",
    "in_pool",
    "in_nurture",
    "converted",
    "suppressed",
    "merged",
)
