"""The table of figures: each is a condition on the rows of a subject, with a name and how it is counted, in words."""

from revops.dashboard.lives import LIVES
from revops.dashboard.sql import Figure
from revops.dashboard.standing import BOOKS, NOW
from revops.dashboard.subjects import BREACHES, CONVERSIONS, DISPUTES, POOLED, SENT_BACK, TURNS

AQL_ENDED = "is_aql AND ended"
POLICY_TIME = "the policy's time (the time to accept and the time to first touch together, in working hours)"
EXPLAINS = "an alert that did not arrive, our own delay, an absence, their own hours, their cap, a mistake of routing"
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
        "touch_explained",
        LIVES,
        "Not in time, and no rep's doing",
        f"{AQL_ENDED} AND NOT in_time AND explained",
        "AQLs not touched in time whose every lapse something else than the rep "
        f"explains: {EXPLAINS}. They stay in the touch rate, which tells what leads met, and count against nobody.",
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
        "answerable",
        TURNS,
        "Windows theirs to answer",
        "judged AND NOT answer_excused",
        "Windows ended, but for those that passed for another reason than the rep, which are counted apart.",
    ),
    Figure(
        "unanswerable",
        TURNS,
        "Windows not theirs to answer",
        "judged AND answer_excused",
        f"Not decided in time, where something else explains it: {EXPLAINS}.",
    ),
    Figure(
        "decided_late",
        TURNS,
        "Decided late",
        "judged AND NOT answer_excused AND decided_at > accept_by",
        "Accepted or recycled after it, where nothing but the rep explains it.",
    ),
    Figure(
        "undecided",
        TURNS,
        "Never decided",
        "judged AND NOT answer_excused AND decided_at IS NULL",
        "Neither accepted nor recycled, where nothing but the rep explains it.",
    ),
    Figure("offered", TURNS, "Offered", "how <> 'claim'", "Assignments, claims left out."),
    Figure("claims", TURNS, "Claims", "how = 'claim'", "Taken from the Shark Tank; a claim is an acceptance."),
    Figure(
        "touch_judged",
        TURNS,
        "Accepted, touch due",
        "touch_ended AND NOT touch_excused",
        "Accepted; the time to first touch has ended, and where it passed untouched nothing but the rep explains it.",
    ),
    Figure(
        "touch_unjudged",
        TURNS,
        "Touch not theirs to answer",
        "touch_ended AND touch_excused",
        f"Not touched in time, where something else than the rep explains it: {EXPLAINS}.",
    ),
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
        "cause = 'ignored'",
        "Deadlines a rep let pass, where nothing else explains it. What does is counted apart.",
    ),
    Figure(
        "explained",
        BREACHES,
        "Not theirs to answer",
        "cause IN ('after_hours', 'at_cap', 'absence', 'misrouted')",
        "Deadlines that passed while the rep was away, outside their own hours or past their cap, or of a lead that "
        "should not have come to them.",
    ),
    Figure(
        "not_theirs",
        BREACHES,
        "Held against nobody",
        "cause <> 'ignored'",
        f"Deadlines that passed where something else than the rep explains it: {EXPLAINS}.",
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
        "sent_back",
        SENT_BACK,
        "Sent back",
        "true",
        "Taken from a rep and sent back to routing, by who answers for the team and with a reason.",
    ),
    Figure(
        "disputes",
        DISPUTES,
        "Definition disputes",
        "called_icp",
        "A rep said Not ICP of a lead that the criteria called ICP: the two teams mean different things.",
    ),
    Figure(
        "untold",
        DISPUTES,
        "Not ICP, where the criteria could not tell",
        "NOT called_icp",
        "A rep said Not ICP of a lead that passed because too little was known of it. No dispute; each lead's timeline "
        "names what was not known.",
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
