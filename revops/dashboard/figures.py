"""The table of figures: each is a condition on the rows of a subject, with a name and how it is counted, in words."""

from dataclasses import dataclass

from revops.dashboard.lives import LIVES
from revops.dashboard.sql import Subject
from revops.dashboard.subjects import BREACHES, CONVERSIONS, DISPUTES, FAILED, HELD, KNOCKS, POOLED, TURNS


@dataclass(frozen=True)
class Figure:
    """`where` is SQL over the subject's columns; a list shows the leads of exactly the rows that it holds for."""

    key: str
    subject: Subject
    title: str
    where: str
    how: str
    now: bool = False
    revops_only: bool = False


AQL_ENDED = "is_aql AND ended"
POLICY_TIME = "the policy's time (the time to accept and the time to first touch together, in working hours)"
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
COMING = (
    Figure("came", LIVES, "Came to sales", "first", "Left the buffer as an AQL or for a deal's owner, once per life."),
    Figure("aqls", LIVES, "AQLs", "is_aql", "Automation qualified, by the date they qualified, once per life."),
    Figure("touch_due", LIVES, "AQLs whose time has ended", AQL_ENDED, f"AQLs for which {POLICY_TIME} has passed."),
    Figure(
        "touched",
        LIVES,
        "Touched in time",
        f"{AQL_ENDED} AND in_time",
        f"AQLs with a human touch that a system saw within {POLICY_TIME}.",
    ),
    Figure(
        "touched_by_hand",
        LIVES,
        "In time, logged by hand",
        f"{AQL_ENDED} AND NOT in_time AND in_time_by_hand",
        "Touched in time, but only the rep says so: no system saw it.",
    ),
    Figure(
        "touched_late",
        LIVES,
        "Touched late",
        f"{AQL_ENDED} AND NOT in_time_by_hand AND touched_at IS NOT NULL",
        f"Touched, but later than {POLICY_TIME}.",
    ),
    Figure(
        "never_touched",
        LIVES,
        "Never touched",
        f"{AQL_ENDED} AND touched_at IS NULL",
        f"AQLs that nobody has called, written to or met, though {POLICY_TIME} has passed.",
    ),
    Figure(
        "untouched",
        LIVES,
        "Not touched yet",
        "first AND touched_at IS NULL",
        "Came to sales and has no touch; stays in the sample as open.",
    ),
    Figure(
        "unassigned", LIVES, "Not assigned yet", "first AND assigned_at IS NULL", "Came to sales; no rep had it yet."
    ),
    Figure("assigned", LIVES, "Given to a rep", "first AND assigned_at IS NOT NULL", "Came to sales and got a rep."),
    Figure(
        "pooled",
        LIVES,
        "Went through the Shark Tank",
        "first AND pooled",
        "Leads that were in the Shark Tank at least once after they came to sales.",
    ),
    Figure(
        "fell_back",
        LIVES,
        "Fell back",
        "first AND fell_back",
        "Leads whose first rep got them by the territory that is the fallback today.",
    ),
)
TURN = (
    Figure("turns", TURNS, "Assignments", "true", "Each turn of a rep with a lead, claims included, by its start."),
    Figure(
        "judged",
        TURNS,
        "Windows ended",
        "judged",
        "Assignments whose time to accept has ended; not counted: claims, and leads taken from the rep before that "
        "without a word of theirs (leave, hand-over).",
    ),
    Figure("accepted", TURNS, "Accepted", "judged AND accepted_at IS NOT NULL", "Accepted, in time or late."),
    Figure(
        "in_window",
        TURNS,
        "Decided in time",
        "judged AND decided_at <= accept_by",
        "Accepted or recycled within the time to accept, as it stood when the assignment began.",
    ),
    Figure(
        "decided_late", TURNS, "Decided late", "judged AND decided_at > accept_by", "Accepted or recycled after it."
    ),
    Figure("undecided", TURNS, "Never decided", "judged AND decided_at IS NULL", "Neither accepted nor recycled."),
    Figure("offered", TURNS, "Offered", "how <> 'claim'", "Assignments, claims left out."),
    Figure("claims", TURNS, "Claims", "how = 'claim'", "Taken from the Shark Tank; a claim is an acceptance."),
    Figure("touch_judged", TURNS, "Accepted, touch due", "touch_ended", "Accepted; the time to first touch has ended."),
    Figure(
        "touch_in_time",
        TURNS,
        "Accepted and touched in time",
        "touch_ended AND touched_in_time",
        "A system saw a human touch within the time to first touch after acceptance.",
    ),
    Figure(
        "first_touches", TURNS, "First touches", "first_touch_at IS NOT NULL", "Assignments that were touched at all."
    ),
    Figure(
        "seen",
        TURNS,
        "Touches a system saw",
        "first_touch_at IS NOT NULL AND NOT by_hand",
        "Assignments whose first touch a dialler, mailbox or calendar confirmed.",
    ),
    Figure(
        "by_hand",
        TURNS,
        "Touches logged by hand",
        "first_touch_at IS NOT NULL AND by_hand",
        "Assignments whose first touch only the rep reported.",
    ),
    Figure("recycled", TURNS, "Recycled", "outcome = 'recycled'", "Given back with a reason."),
    Figure(
        "recycled_untouched",
        TURNS,
        "Recycled untouched",
        "outcome = 'recycled' AND first_touch_at IS NULL",
        "Given back without a single touch.",
    ),
    Figure(
        "to_nurture",
        TURNS,
        "Recycled to nurture",
        "outcome = 'recycled' AND to_nurture",
        "Given back to a nurture track.",
    ),
    Figure(
        "reopened",
        TURNS,
        "Reopened",
        "outcome = 'recycled' AND to_nurture AND reopened",
        "Recycled to nurture and back in the buffer since.",
    ),
    Figure(
        "won_back",
        TURNS,
        "Won back",
        "outcome = 'recycled' AND to_nurture AND converted_later",
        "Recycled to nurture and converted since.",
    ),
)
REST = (
    Figure("pool_times", POOLED, "Into the pool", "true", "Each time a lead went into the Shark Tank."),
    Figure("claimed", POOLED, "Claimed", "way_out = 'claim'", "Claimed by an eligible rep."),
    Figure(
        "unclaimed", POOLED, "Given out unclaimed", "way_out = 'assign'", "Nobody claimed it; the system gave it out."
    ),
    Figure(
        "ignored",
        BREACHES,
        "Breaches",
        "cause <> 'system_delay'",
        "Deadlines a rep let pass. Delays of our own are counted apart.",
    ),
    Figure(
        "not_told", BREACHES, "Alert never arrived", "cause = 'not_told'", "Breaches whose alert did not reach the rep."
    ),
    Figure(
        "our_delay",
        BREACHES,
        "Our own delay",
        "cause = 'system_delay'",
        "Deadlines that passed while our own system was late; held against nobody.",
    ),
    Figure(
        "disputes",
        DISPUTES,
        "Definition disputes",
        "true",
        "A rep said Not ICP of a lead that every criterion called ICP: the two teams mean different things.",
    ),
    Figure("conversions", CONVERSIONS, "Conversions", "true", "Became an opportunity, by the day they did."),
    Figure(
        "unverified",
        CONVERSIONS,
        "Unverified conversions",
        "NOT verified",
        "Converted without naming the CRM's opportunity.",
    ),
)
FIGURES = {figure.key: figure for figure in (*NOW, *BOOKS, *COMING, *TURN, *REST)}
