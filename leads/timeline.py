"""A lead's events in words, newest first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leads import states, wording
from leads.models import Assignment, LeadEvent

# Noticed no later than this after the time it stands for, an event needs no second time.
PROMPT = timedelta(seconds=5)
DOORS = {
    "api": "through the API",
    "slack": "in Slack",
    "admin": "in the admin",
    "hook": "through a web hook",
    "crm": "in the CRM",
}
ACTORS = {"client": "another system", "rep": "a rep", "manager": "a manager", "revops": "RevOps"}
TOUCHES = {"call": "called", "mail": "wrote", "meeting": "met them", "other": "was in touch"}
BECAUSE = {
    "pricing": "they looked at the prices",
    "feature": "the feature they asked for has shipped",
    "intent": "their intent passed the bar",
    "form": "they sent another form",
    "review": "it is time to judge it again",
}
WHY_HANDED_ON = {
    "rep_off": "whoever held it was switched off",
    "absence": "whoever held it went away",
    "sent_back": "it was sent back",
}
HOW = {
    "round_robin": "by round robin",
    "weighted": "by weighted round robin",
    "load_balanced": "by fewest open leads",
    "performance": "by performance",
    "account_owner": "as the account's owner",
    "pool": "as nobody claimed it",
    "deal": "for the open deal",
    "ladder": "up the ladder",
    "cover": "as the cover",
}
LAPSES = {
    "lapse_release": "did not accept or recycle it in time",
    "lapse_untouched": "accepted it and was not in touch in time",
    "lapse_disposition": "did not decide in time",
}


@dataclass(frozen=True)
class Names:
    """What the events' ids and codes stand for."""

    reps: Mapping[int, str]
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `window` is the time that somebody was given by it, `note` what somebody wrote of it."""

    at: datetime
    noticed_at: datetime | None
    text: str
    who: str
    tone: str
    window: str
    note: str = ""


def entries(
    events: Iterable[LeadEvent], turns: Iterable[Assignment], names: Names, notes: Mapping[int, str] | None = None
) -> tuple[Entry, ...]:
    """The events in words, in the order given; `notes` are what people wrote, by event."""
    given = windows(turns)
    return tuple(
        Entry(
            at=event.at,
            noticed_at=_noticed(event),
            text=told(event, names),
            who=who(event),
            tone=_tone(event),
            window=given.get((event.kind, event.data.get("rep", 0) if event.kind == "assign" else 0, event.at), ""),
            note=(notes or {}).get(event.pk, ""),
        )
        for event in events
    )


def windows(turns: Iterable[Assignment]) -> dict[tuple[str, int, datetime], str]:
    """How long each rep was given, by what gave it: the kind of event, the rep where there may be several, the time."""
    found = {}
    for turn in turns:
        steps = turn.terms.get("steps", {})
        found["assign", turn.rep_id, turn.started_at] = window(steps.get("accept"), "to accept")
        if turn.accepted_at is not None:
            for kind in ("accept", "claim"):
                found[kind, 0, turn.accepted_at] = window(steps.get("touch"), "to first touch")
        if opened := steps.get("disposition", {}).get("opened_at"):
            found["touch", 0, datetime.fromisoformat(opened)] = window(steps["disposition"], "to decide")
    return found


def window(step: Mapping[str, Any] | None, what_for: str) -> str:
    """The time a step gives, in working and in wall time, that which it counts first; '' for none."""
    if not step or "wall_s" not in step:
        return ""
    wall, business = timedelta(seconds=step["wall_s"]), step.get("business_s")
    if business is None or business == step["wall_s"]:
        return f"{wording.span(wall)} {what_for}"
    worked = wording.hours(timedelta(seconds=business))
    if step.get("counts") == "wall":
        return f"{wording.span(wall)} {what_for} ({worked} of working time)"
    return f"{worked} of working time {what_for} ({wording.span(wall)} by the clock)"


def _noticed(event: LeadEvent) -> datetime | None:
    return event.noticed_at if event.noticed_at and event.noticed_at - event.at > PROMPT else None


def _tone(event: LeadEvent) -> str:
    if event.kind.startswith("lapse_") or event.kind in ("flag_untouched", "tell_revops", "sent_back"):
        return "danger"
    if event.to_state:
        return wording.tone(event.to_state)
    return "ok" if event.kind == "touch" else "calm"


def who(event: LeadEvent) -> str:
    """Who did it and by which door, '' for the system itself."""
    if event.actor == "system":
        return ""
    if event.user is not None:
        name = event.user.get_full_name() or event.user.get_username()
    else:
        name = "somebody" if event.door == "crm" else ACTORS.get(event.actor, "")
    door = DOORS.get(event.door, "")
    return f"{name} {door}".strip()


def told(event: LeadEvent, names: Names) -> str:
    """One event as a sentence. A kind that this page does not know yet is named as it is."""
    return TELL.get(event.kind, _by_its_name)(event.data, names)


def _by_its_name(_data: Mapping[str, Any], _names: Names) -> str:
    return "Something was recorded"


def _rep(data: Mapping[str, Any], names: Names) -> str:
    return names.reps.get(data.get("rep", 0), "a rep")


def _reason(data: Mapping[str, Any], names: Names) -> str:
    code = data.get("reason", "")
    return names.reasons.get(code, code.replace("_", " "))


def _field(data: Mapping[str, Any]) -> str:
    return f" ({data['field'].replace('_', ' ')})" if data.get("field") else ""


def _capture(data: Mapping[str, Any], _names: Names) -> str:
    return "Came in again, as a new lead after the last one ended" if data.get("previous") else "Came in"


def _assign(data: Mapping[str, Any], names: Names) -> str:
    return f"Assigned to {_rep(data, names)} {HOW.get(data.get('how', ''), '')}".strip()


def _reroute(data: Mapping[str, Any], names: Names) -> str:
    if data.get("reason"):
        return f"Given back, {_reason(data, names)}{_field(data)}: routed again"
    why = WHY_HANDED_ON.get(data.get("why", ""))
    return f"Routed again, as {why}" if why else "Routed again, as nobody had decided in time"


def _re_engage(data: Mapping[str, Any], _names: Names) -> str:
    return f"Back from nurture: {BECAUSE.get(data.get('because', ''), 'its time has come')}"


def _convert(data: Mapping[str, Any], _names: Names) -> str:
    return "Converted to an opportunity" if data.get("verified") else "Converted, without the CRM's opportunity"


def _suppress(data: Mapping[str, Any], names: Names) -> str:
    """Where the criteria could not tell whether it is ICP, with what they did not know."""
    told = f"Suppressed from sales outreach: {_reason(data, names)}"
    if "icp_unknown" not in data:
        return told
    lacked = "; ".join(data["icp_unknown"])
    return f"{told}. The criteria could not tell{f': not known whether {lacked}' if lacked else ''}"


def _touch(data: Mapping[str, Any], _names: Names) -> str:
    how = "seen by a system" if data.get("seen") else "logged by hand"
    return f"Touch: {TOUCHES.get(data.get('touch', ''), 'was in touch')} ({how})"


def _signal(data: Mapping[str, Any], _names: Names) -> str:
    kind = str(data.get("signal", "")).replace("_", " ") or "a sign of interest"
    points = data.get("points", 0)
    return f"Signal: {kind}{f' ({points:+d})' if points else ''}"


def _enriched(data: Mapping[str, Any], _names: Names) -> str:
    taken = [
        f"{wording.vendor(vendor)} told {wording.listed(map(wording.field, fields))}"
        for vendor, fields in data.get("vendors", {}).items()
        if fields
    ]
    late = ", after it had left the buffer" if data.get("late") else ""
    if taken:
        return f"Enriched: {'; '.join(taken)}{late}"
    if data.get("given_up"):
        return "Vendors were asked; some did not answer in the end"
    return "Vendors were asked and had nothing to add"


def _account_linked(data: Mapping[str, Any], _names: Names) -> str:
    one_by_one = data.get("how") == "person"
    return "Linked to its account by hand" if one_by_one else "Linked to its account: a person knew the company's name"


def _crm_converted(data: Mapping[str, Any], names: Names) -> str:
    by = names.reps.get(data.get("rep") or 0)
    return f"Converted in the CRM{f' by {by}' if by else ''}: here it waits until somebody accepts it"


def _crm_activity(data: Mapping[str, Any], _names: Names) -> str:
    return f"In the CRM: {TOUCHES.get(data.get('touch', ''), 'was in touch')}, while nobody held it here"


def _crm_override(data: Mapping[str, Any], names: Names) -> str:
    to = names.reps.get(data.get("rep") or 0, "somebody else")
    return f"Given to {to} in the CRM, past the rules"


def _lapse(kind: str) -> Callable[[Mapping[str, Any], Names], str]:
    return lambda _data, _names: f"Lapsed: the holder {LAPSES[kind]}"


def _plain(text: str) -> Callable[[Mapping[str, Any], Names], str]:
    return lambda _data, _names: text


TELL: dict[str, Callable[[Mapping[str, Any], Names], str]] = {
    "capture": _capture,
    "qualify": _plain("Qualified: an AQL"),
    "start_routing": _plain("Into routing"),
    "assign": _assign,
    "expire": _plain("Overdue: nobody accepted or recycled it in time"),
    "release": _plain("Into the Shark Tank"),
    "accept": lambda data, _names: "Accepted late: a SAL" if data.get("late") else "Accepted: a SAL",
    "claim": lambda _data, _names: "Claimed from the Shark Tank",
    "nurture": lambda data, names: f"Into nurture: {_reason(data, names)}",
    "reroute": _reroute,
    "rebuffer": lambda data, names: f"Given back, {_reason(data, names)}{_field(data)}: enriched and judged again",
    "re_engage": _re_engage,
    "convert": _convert,
    "suppress": _suppress,
    "merge": lambda data, _names: f"Merged into lead {data.get('into', '')}",
    "recycle": lambda data, names: f"Given back: {_reason(data, names)}{_field(data)}",
    "sent_back": lambda data, names: f"Sent back from {_rep(data, names)}",
    "enriched": _enriched,
    "waits": _plain("Nobody could take it then, so it waited"),
    "touch": _touch,
    "joined": lambda data, _names: "They sent another form" + (", asking for a call" if data.get("hand_raise") else ""),
    "came_back": _plain("They came back while suppressed; nothing was sent to sales"),
    "signal": _signal,
    "stitched": lambda data, _names: (
        f"They said who they are: {wording.count(data.get('visits', 0), 'earlier visit')} counted"
    ),
    "pricing_visit": _plain("They looked at the prices"),
    "feature_shipped": _plain("The feature they asked for has shipped; they come back in turn"),
    "flag_untouched": _plain("No touch in time: the manager was told"),
    "paced": _plain("Many came back at once: it waits for its turn"),
    "account_linked": _account_linked,
    "account_unlinked": _plain("Its account was taken off again: the name is not that account's"),
    "account_refused": _plain("A person looked at its company's name and found no account"),
    "crm_converted": _crm_converted,
    "conversion_verified": _plain("The CRM told its opportunity: the conversion is verified"),
    "crm_activity": _crm_activity,
    "crm_override": lambda data, names: f"{_crm_override(data, names)}: the CRM is told again who holds it",
    "crm_override_left": lambda data, names: f"{_crm_override(data, names)}; it was left so",
    "absence_declared_late": _plain("The rep declared an absence after half of the time to answer"),
    "pool_unclaimed": _plain("Nobody claimed it: the manager was told"),
    "tell_revops": _plain("Nobody has decided: RevOps was told"),
    **{kind: _lapse(kind) for kind in LAPSES},
}


def state_words(state: str, *, holder: str = "", reason: str = "") -> str:
    """Where a lead is, in a few words: 'Nurture: Timing', 'Assigned, with Ada'."""
    label = states.LABELS[state]
    return f"{label}, with {holder}" if holder else f"{label}: {reason}" if reason else label
