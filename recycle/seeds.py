"""The product's own reasons and tracks. Planting them again changes nothing that RevOps has edited."""

from typing import Any

TRACKS: list[dict[str, Any]] = [
    {"code": "timing", "name": "Timing", "step": "return", "days": 90, "triggers": ["form"]},
    {"code": "value", "name": "Value", "step": "review", "days": 180, "triggers": ["form", "pricing"]},
    {"code": "feature", "name": "Feature", "step": "review", "days": 180, "triggers": ["form", "feature"]},
    {"code": "long-term", "name": "Long-term", "step": "review", "days": 180, "triggers": []},
    {"code": "intent", "name": "Intent", "step": "review", "days": 30, "triggers": ["form", "intent"]},
    {"code": "backlog", "name": "Paced backlog", "step": "return", "days": 1, "triggers": ["form"]},
]
# Slack's dialog shows 75 characters of a hint.
REASONS: list[dict[str, Any]] = [
    {
        "code": "timing",
        "label": "Timing",
        "outcome": "nurture",
        "track": "timing",
        "asks": "until",
        "hint": "Right company, wrong moment. Back in 90 days, or on the date you name.",
    },
    {
        "code": "budget",
        "label": "Budget",
        "outcome": "nurture",
        "track": "value",
        "hint": "Comes back with a visit to the pricing page.",
    },
    {
        "code": "feature_gap",
        "label": "Feature gap",
        "outcome": "nurture",
        "track": "feature",
        "asks": "feature",
        "hint": "Goes to product feedback; comes back when the feature ships.",
    },
    {
        "code": "not_icp",
        "label": "Not ICP",
        "outcome": "suppress",
        "hint": "No sales outreach to this person any more.",
    },
    {
        "code": "wrong_territory",
        "label": "Wrong territory",
        "outcome": "reroute",
        "asks": "field",
        "hint": "Routed again without this territory. Not held against you.",
    },
    {
        "code": "bad_data",
        "label": "Bad data",
        "outcome": "rebuffer",
        "asks": "field",
        "hint": "The field is emptied, enriched again and judged again.",
    },
    {
        "code": "duplicate",
        "label": "Duplicate",
        "outcome": "merge",
        "asks": "lead",
        "hint": "Merged into the lead you pick.",
    },
    {
        "code": "customer",
        "label": "Already a customer",
        "outcome": "account_owner",
        "hint": "Goes to the account's owner.",
    },
    {
        "code": "rule_not_icp",
        "label": "Not ICP by the criteria",
        "outcome": "nurture",
        "track": "long-term",
        "for_people": False,
    },
    {
        "code": "rule_low_intent",
        "label": "Intent below the bar",
        "outcome": "nurture",
        "track": "intent",
        "for_people": False,
    },
    {"code": "backlog", "label": "Waiting for its slot", "outcome": "nurture", "track": "backlog", "for_people": False},
    {"code": "suppression_list", "label": "On the suppression list", "outcome": "suppress", "for_people": False},
    {"code": "own_domain", "label": "Our own domain", "outcome": "suppress", "for_people": False},
    {"code": "competitor", "label": "Competitor", "outcome": "suppress", "for_people": False},
]


def plant(track_model: Any, reason_model: Any) -> None:
    """Add what is missing. Takes the model classes, so that a migration can pass its own."""
    tracks = {}
    for row in TRACKS:
        tracks[row["code"]], _new = track_model.objects.get_or_create(code=row["code"], defaults=row)
    for position, row in enumerate(REASONS):
        values = {**row, "position": position, "track": tracks.get(row.get("track", ""))}
        reason_model.objects.get_or_create(code=row["code"], defaults=values)
