"""Words for times, spans, sizes and states, as pages say them."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

import pycountry

from leads import states

# How a sentence for the rep ends, and how it ends for everybody else.
TO_THE_REP = {
    "it was your turn.": "it was {name}'s turn.",
    "you are who may take it now.": "{name} is who may take it now.",
    "by weight you were due your next one first.": "by weight {name} was due their next one first.",
    "weighted by results you were due your next one first.": (
        "weighted by results {name} was due their next one first."
    ),
    # Two of decisions of before.
    "it was your turn by weight.": "it was {name}'s turn by weight.",
    "it was your turn, weighted by results.": "it was {name}'s turn, weighted by results.",
    "you have the fewest open leads.": "{name} has the fewest open leads.",
    "you had the fewest open leads for your weight.": "{name} had the fewest open leads for their weight.",
    "the account is yours.": "the account is {name}'s.",
    "You stand in for a colleague who is away.": "{name} stands in for a colleague who is away.",
    "You own the deal.": "{name} owns the deal.",
    "You own the account.": "{name} owns the account.",
    "You manage its owner.": "{name} manages its owner.",
    "You manage the team.": "{name} manages the team.",
    "You are the team's deputy.": "{name} is the team's deputy.",
    "You answer when nobody else does.": "{name} answers when nobody else does.",
}
# A balance below this reads as none.
EVEN = 0.005
TONES = {
    states.ASSIGNED: "info",
    states.OVERDUE: "danger",
    states.SHARK_TANK: "pool",
    states.ACCEPTED: "ok",
    states.CONVERTED: "ok",
    states.NURTURE: "warn",
}
VENDORS = {
    "apollo": "Apollo",
    "zoominfo": "ZoomInfo",
    "zoominfo_legacy": "ZoomInfo (legacy)",
    "clearbit": "Clearbit",
    "hubspot": "HubSpot",
    "crm": "The CRM",
    "slack": "Slack",
}
FIELDS = {"employee_count": "size", "employee_range": "size", "annual_revenue": "revenue", "tech_stack": "technology"}


def tone(state: str) -> str:
    return TONES.get(state, "calm")


def span(length: timedelta) -> str:
    """A length of time in its two largest units: '13 d 4 h', '1 h 12 min', '45 s'."""
    seconds = max(0, int(length.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds % 86_400 // 3600, seconds % 3600 // 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def hours(length: timedelta) -> str:
    """A length of working time, of which no day has 24 hours: '89 h 30 min', '45 min'."""
    whole, rest = divmod(max(0, int(length.total_seconds())) // 60, 60)
    if not whole:
        return span(length)
    return f"{whole} h {rest} min" if rest else f"{whole} h"


def moment(time: datetime, zone: tzinfo, *, at: datetime) -> str:
    """A time as a person says it: '10:59 today', '10:59 tomorrow', '10:59 Tue 24 Nov'."""
    local, today = time.astimezone(zone), at.astimezone(zone).date()
    clock = f"{local:%H:%M}"
    day = {0: "today", 1: "tomorrow", -1: "yesterday"}.get((local.date() - today).days)
    if day is None:
        year = f" {local.year}" if local.year != today.year else ""
        day = f"{local:%a} {local.day} {local:%b}{year}"
    return f"{clock} {day}"


def day(time: datetime, zone: tzinfo) -> str:
    local = time.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def money(amount: int) -> str:
    """US dollars, short: '$12.5M'."""
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        if amount >= size:
            return f"${amount / size:.1f}".removesuffix(".0") + letter
    return f"${amount}"


def country(code: str) -> str:
    """The country's everyday name; the code itself where there is none."""
    found = pycountry.countries.get(alpha_2=code) if code else None
    return getattr(found, "common_name", None) or found.name if found else code


def count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def balance(owed: float) -> str:
    """How far a rep is from their share, in leads: 'even', '0.33 owed', '0.33 ahead'."""
    if abs(owed) < EVEN:
        return "even"
    return f"{owed:.2f} owed" if owed > 0 else f"{-owed:.2f} ahead"


def due_in(leads: float | None) -> str:
    """By when a rep is due their next lead, counted in leads: 'due now', 'due in 0.40 leads'; None is not yet."""
    if leads is None:
        return "not due yet"
    if abs(leads) < EVEN:
        return "due now"
    return f"due in {leads:.2f} leads" if leads > 0 else f"due {-leads:.2f} leads ago"


def initials(name: str) -> str:
    """Up to two letters that stand for a person."""
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def vendor(name: str) -> str:
    """A vendor's name as it writes it; 'directory' and the like as they are."""
    return VENDORS.get(name, name)


def field(name: str) -> str:
    """A lead's field as a person calls it."""
    return FIELDS.get(name, name.replace("_", " "))


def source(code: str) -> str:
    """Where a lead comes from as a person says it: 'organic search' for 'organic_search'."""
    return " ".join(code.replace("_", " ").split())


def told_of(name: str, sentence: str) -> str:
    """The sentence that tells a rep why a lead came to them, for a reader who is somebody else."""
    for to_the_rep, of_the_rep in TO_THE_REP.items():
        if sentence.endswith(to_the_rep):
            return sentence.removesuffix(to_the_rep) + of_the_rep.format(name=name)
    return sentence


def listed(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def either(words: Iterable[str]) -> str:
    """'a', 'a or b', 'a, b or c'."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
