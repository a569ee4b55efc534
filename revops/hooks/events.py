"""What Segment, RudderStack and a signed webhook of anybody's say, in one shape. Pure: takes values, gives values.

https://segment.com/docs/connections/spec/ and https://www.rudderstack.com/docs/event-spec/ share one spec. Whatever a
browser sent may be forged by whoever sits before it: what it says of scores is left out.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leads.intake.columns import lead_row
from leads.intake.domains import is_free_mail, registrable_domain
from leads.intake.emails import clean_email
from leads.intake.problems import Unusable
from leads.intake.text import clean_text
from leads.intake.times import clean_time

LONGEST_EVENT_ID = 150
LONGEST_VISITOR = 190
LONGEST_NAME = 300
USER = "user:"
BOT = re.compile(r"bot\b|crawl|spider|slurp|headless|lighthouse|pingdom|preview", re.IGNORECASE)
# What a page says of itself, under names that a lead's fields have too.
OF_THE_PAGE = frozenset(("url", "path", "referrer", "search", "title", "tab_url"))
NOT_FROM_A_BROWSER = frozenset(("intent_score",))
CALLS = frozenset(("identify", "track", "page", "screen", "group", "alias"))
Row = Mapping[str, Any]


class NoEvent(ValueError):
    """It is no event at all; the text says why, for the sender."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """`names` are what a rule may ask for: its name, its page's path. `visitors` are the anonymous ids that it came
    with, `user` is the sender's own id of who did it; `person_key` is '' where no e-mail was told.
    """

    id: str
    call: str
    names: tuple[str, ...]
    occurred_at: datetime
    person_key: str = ""
    visitor: str = ""
    user: str = ""
    previous: str = ""
    domain: str = ""
    points: int | None = None
    is_bot: bool = False
    row: Row = field(default_factory=dict)


def read_spec(item: object, *, at: datetime) -> Event:
    """An event of Segment's spec. Raises NoEvent."""
    if not isinstance(item, Mapping):
        raise NoEvent("An event is an object.")
    call = _text(item.get("type"), 20).lower()
    if call not in CALLS:
        raise NoEvent("Its type is none of identify, track, page, screen, group, alias.")
    context, traits, properties = _object(item, "context"), _object(item, "traits"), _object(item, "properties")
    known = _object(context, "traits")
    person = {**known, **({} if call == "group" else traits)}
    return Event(
        id=_id(item.get("messageId"), item),
        call=call,
        names=_names(item, properties, _object(context, "page")),
        occurred_at=_time(item.get("timestamp"), at=at),
        person_key=_person(person.get("email")) or _person(item.get("userId")),
        visitor=_visitor(item.get("anonymousId")),
        user=_user(item.get("userId")),
        previous=_visitor(item.get("previousId")),
        domain=_domain(traits, properties) if call == "group" else _domain(properties),
        is_bot=bool(BOT.search(_text(context.get("userAgent"), 1_000))),
        row=_from_a_browser(person, traits if call == "group" else {}, properties),
    )


def read_standard(item: object, *, event_id: str, at: datetime) -> Event:
    """A payload of Standard Webhooks: `{"type": …, "timestamp": …, "data": {…}}`. Raises NoEvent."""
    if not isinstance(item, Mapping):
        raise NoEvent("The body must be an object with type, timestamp and data.")
    name, data = _text(item.get("type"), LONGEST_NAME), _object(item, "data")
    if not name:
        raise NoEvent("It has no type.")
    points = data.get("points")
    visitor, user = _visitor(data.get("anonymous_id")), _user(data.get("user_id"))
    taken = ("points", "anonymous_id", "user_id")
    return Event(
        id=_id(event_id, item),
        call=name if name in CALLS else "",
        names=(name, *filter(None, (_text(data.get("path"), LONGEST_NAME),))),
        occurred_at=_time(item.get("timestamp"), at=at),
        person_key=_person(data.get("email")) or _person(data.get("user_id")),
        visitor=visitor,
        user=user,
        previous=_visitor(data.get("previous_id")),
        domain=_domain(data),
        points=points if isinstance(points, int) and not isinstance(points, bool) and abs(points) <= 100 else None,
        row=_row({key: value for key, value in data.items() if key not in taken}),
    )


def items_of(payload: object) -> list[object]:
    """A body of Segment's or RudderStack's: one event, a list of them, or `{"batch": […]}`."""
    if isinstance(payload, Mapping) and isinstance(payload.get("batch"), list):
        return list(payload["batch"])
    return payload if isinstance(payload, list) else [payload]


def user_key(user: str) -> str:
    """A sender's id of a user, in the place of a visitor's."""
    return USER + user


def _object(item: Row, name: str) -> Row:
    value = item.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(value: object, limit: int) -> str:
    try:
        return clean_text(value, limit=limit)
    except Unusable:
        return ""


def _visitor(value: object) -> str:
    """An anonymous id that cannot pass for a user's."""
    found = _text(value, LONGEST_VISITOR - len(USER))
    return f"visitor:{found}" if found.startswith(USER) else found


def _user(value: object) -> str:
    return _text(value, LONGEST_VISITOR)


def _id(given: object, item: object) -> str:
    """The sender's id of the event; one without, or with one too long, is known by what it says."""
    found = _text(given, LONGEST_EVENT_ID)
    if found:
        return found
    told = json.dumps(given if given else item, sort_keys=True).encode("utf-8", "replace")
    return "sha256:" + hashlib.sha256(told).hexdigest()


def _names(item: Row, properties: Row, page: Row) -> tuple[str, ...]:
    given = (item.get("event"), item.get("name"), properties.get("name"), properties.get("path"), page.get("path"))
    found = dict.fromkeys(_text(one, LONGEST_NAME) for one in given)
    return tuple(one for one in found if one)


def _time(value: object, *, at: datetime) -> datetime:
    """When it happened; what is no time, or lies ahead, counts as now."""
    try:
        return min(clean_time(value, received_at=at) or at, at)
    except Unusable:
        return at


def _person(value: object) -> str:
    try:
        return clean_email(value).person_key
    except Unusable:
        return ""


def _domain(*rows: Row) -> str:
    """The company's domain, where one is told that is not everybody's."""
    for row in rows:
        for name in ("domain", "website"):
            found = registrable_domain(_text(row.get(name), 2_000)) if row.get(name) else None
            if found and not is_free_mail(found):
                return found
    return ""


def _row(*parts: Row) -> dict[str, object]:
    """The fields of a lead among what was told, the later part first heard; nested objects are opened one level."""
    return lead_row({name: value for part in parts for name, value in _opened(part)})


def _from_a_browser(person: Row, company: Row, properties: Row) -> dict[str, object]:
    told = {name: value for name, value in properties.items() if name not in OF_THE_PAGE}
    row = _row(person, company, told)
    return {name: value for name, value in row.items() if name not in NOT_FROM_A_BROWSER}


def _opened(part: Row) -> Iterator[tuple[str, object]]:
    for name, value in part.items():
        if name == "company" and isinstance(value, Mapping):
            yield from (("company" if inner == "name" else inner, one) for inner, one in value.items() if inner != "id")
        elif name == "address" and isinstance(value, Mapping):
            yield from value.items()
        else:
            yield name, value
