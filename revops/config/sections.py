"""What the file carries: each section with its table, what its rows are known by, its columns, and what is left out.

A column that a table gains is one word here: among the `columns`, or in `left_out` with why. The order is that in which
the sections are written, shown and put into the tables; what a section refers to comes before it.
"""

from collections.abc import Mapping

from django.db.models import Model

from leads.models import Reason, Rep, Team, Territory, Track
from recycle.models import Feature
from revops.config.json_kinds import Criteria, Texts
from revops.config.kinds import Within
from revops.config.shapes import NAMED, Beside, Nested, Section
from revops.models import HookRule, HookSource
from routing.models import (
    FIRMOGRAPHICS,
    IcpProfile,
    LoadCap,
    NamedList,
    Pool,
    SignalKind,
    Source,
    Vendor,
    Weight,
)
from routing.models.pools import MOST_WEIGHT
from routing.rules import PERIODS
from sla.models import Calendar, CalendarDay, Policy, RepCalendar, TeamCalendar, WeeklyHours

SKILLS, WEIGHT = Texts(), Within(1, MOST_WEIGHT)
CAPS = (*PERIODS, "open_leads", "claims_per_day")
COUNTED = "counted up with every change"

SECTIONS = (
    Section(
        "calendars",
        Calendar,
        "name",
        "Working hours. Opening and closing times are the zone's own; closing at 00:00 is midnight at the day's end.",
        ("timezone", "always_open", "country", "subdivision"),
        nested=(
            Nested("hours", WeeklyHours, "calendar", ("weekday", "opens", "closes"), ("weekday", "opens")),
            Nested("days", CalendarDay, "calendar", ("day", "every_year", "opens", "closes", "name"), ("day",)),
        ),
        left_out={"version": COUNTED},
    ),
    Section(
        "teams",
        Team,
        "name",
        "Teams, and who answers for each: people by their e-mail, who stand among the reps below.",
        ("active", "manager", "deputy", "slack_channel", "pool_channel", "alert_email", "hides_contact"),
        beside=(Beside("calendar", TeamCalendar, "team", "calendar"),),
    ),
    Section(
        "reps",
        Rep,
        "user",
        "Whoever may hold a lead, by e-mail. takes_routing is off for managers, deputies and RevOps.\n"
        "A slack_user_id that is not here is looked up by the e-mail, and stays once it is found.",
        ("team", "active", "takes_routing", "skills", "slack_user_id"),
        own_kinds={"skills": SKILLS},
        left_out={"open_leads": "a count of leads"},
        alone={"slack_user_id": ""},
        found=("slack_user_id",),
        order=("team__name",),
        beside=(Beside("calendar", RepCalendar, "rep", "calendar"),),
    ),
    Section(
        "nurture_tracks",
        Track,
        "code",
        "Where a recycled lead waits: step is what happens after so many days, triggers what brings it back earlier.",
        ("name", "step", "days", "triggers", "external_id"),
        own_kinds={"triggers": Texts(tuple(Track.Trigger.values))},
    ),
    Section(
        "recycle_reasons",
        Reason,
        "code",
        "Why a lead is given back, and where that leads.",
        ("label", "hint", "outcome", "asks", "track", "active", "position"),
        left_out={"for_people": "only the product's own reasons are the rules' verdicts"},
        order=("position",),
    ),
    Section(
        "features",
        Feature,
        "key",
        "What leads have asked for: the product-feedback queue.",
        ("name",),
        left_out={"shipped_at": "it happened, and leads came back by it"},
    ),
    Section(
        "sources",
        Source,
        "name",
        "What coming from a source says about intent.",
        ("base_points", "hand_raise"),
    ),
    Section(
        "signal_kinds",
        SignalKind,
        "name",
        "What signals count. '*' is every kind without a row; without points each counts what it was sent with.",
        ("points", "half_life_days", "cap"),
    ),
    Section(
        "icp_profiles",
        IcpProfile,
        "name",
        "Which companies fit, and how much intent is enough. One at most is active.",
        ("active", "intent_bar", "criteria"),
        own_kinds={"criteria": Criteria()},
        left_out={"version": COUNTED},
        alone={"active": False},
        deleted=False,
        order=("-active",),
    ),
    Section(
        "territories",
        Pool,
        "territory",
        "Who works what. Named accounts come first, then territories by position; the fallback takes what is left.",
        (
            "team",
            "active",
            "position",
            "is_fallback",
            "criteria",
            "strategy",
            "owner_first",
            "skills",
            "skill_field",
            "longest_wait",
            "then",
        ),
        own_kinds={"criteria": Criteria(), "skills": SKILLS},
        words={"is_fallback": "fallback"},
        nested=(
            Nested(
                "weights",
                Weight,
                "pool",
                ("rep", "weight"),
                ("rep__user__email",),
                keyed=True,
                own_kinds={"weight": WEIGHT},
            ),
        ),
        left_out={"named": f"carried as {NAMED}", "version": COUNTED},
        alone={"is_fallback": False},
        deleted=False,
        order=("is_fallback", "position"),
    ),
    Section(
        "load_caps_of_teams",
        LoadCap,
        "team",
        "The most that each rep of a team is given. null is no limit.",
        CAPS,
        left_out={"rep": "its own section"},
    ),
    Section(
        "load_caps_of_reps",
        LoadCap,
        "rep",
        "The most that one rep is given; where it is null the team's holds.",
        CAPS,
        left_out={"team": "its own section"},
    ),
    Section(
        "sla_policies",
        Policy,
        "name",
        "How long everybody has; the most particular by territory and source holds. Buffers are in seconds,\n"
        "disposition_days in days, all else in minutes of the team's working hours; reminders are shares of\n"
        "accept_within, or minutes left of it: 50%, 15 min; touch_reminders likewise of touch_within.",
        (
            "territory",
            "source",
            "buffer_min",
            "buffer_max",
            "route_within",
            "accept_within",
            "reminders",
            "release_after",
            "touch_within",
            "touch_reminders",
            "claim_touch_within",
            "untouched_after",
            "disposition_days",
            "pool_alert_after",
            "pool_assign_after",
            "cool_down",
            "acknowledge_within",
        ),
        left_out={"version": COUNTED, "remind_before": "of before; the reminders say it"},
    ),
    Section(
        "enrichment_vendors",
        Vendor,
        "name",
        "Who is asked about companies, in this order, where the environment has a key. Keys are never in this file.",
        (
            "position",
            "active",
            "fields",
            "seconds",
            "credits_a_day",
            "credits_a_month",
            "keep_days",
            "keep_no_match_days",
        ),
        own_kinds={"fields": Texts(FIRMOGRAPHICS)},
        in_form={"fields": "fields_taken"},
        order=("position",),
    ),
    Section(
        "webhooks",
        HookSource,
        "name",
        "Who may send events, and what they mean: the first rule that fits. Addresses and secrets are never here.",
        ("kind", "active"),
        nested=(
            Nested(
                "rules",
                HookRule,
                "source",
                ("position", "call", "name", "does", "kind", "points", "lead_source"),
                ("position", "pk"),
                words={"name": "event"},
            ),
        ),
        left_out={
            "token_hash": "a secret",
            "secret": "a secret",
            "previous_secret": "a secret",
            "previous_until": "of a secret",
            "last_knock_at": "it happened",
        },
    ),
)
BY_NAME = {section.name: section for section in SECTIONS}
# Tables that a section carries without being its own, with what of them is left out.
CARRIED: dict[type[Model], Mapping[str, str]] = {
    Territory: {"team": "follows the rule in force", "active": "follows the rule in force"},
    NamedList: {"name": "called after its territory", "by": "who wrote it", "at": "when it was written"},
}
