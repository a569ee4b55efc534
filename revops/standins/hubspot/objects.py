"""The records as HubSpot's objects. Every property's value is a string; one without a value is null."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from revops.standins.crm.records import LOST_STAGE, STAGES, WON_STAGE, Book, Record
from revops.standins.hubspot.breeze import filled_in

OURS = {
    "airtight_id": "external_id",
    "airtight_state": "state",
    "airtight_reason": "reason",
    "airtight_source": "source",
    "airtight_assigned_at": "assigned_at",
    "airtight_accepted_at": "accepted_at",
    "airtight_first_touch_at": "first_touch_at",
    "airtight_due_at": "due_at",
    "airtight_ended_at": "ended_at",
}
CONTACT_FIELDS = {
    "email": "email",
    "firstname": "first_name",
    "lastname": "last_name",
    "company": "company",
    "jobtitle": "title",
    "phone": "phone",
    "website": "website",
    "hs_lead_status": "status",
    **OURS,
}
USER_NUMBERS = 900_000  # an owner's id is one number, the same person's as a user another
UNIQUE = frozenset({"email", "airtight_id"})
STAGE_IDS = {stage: stage.lower().replace(" ", "") for stage in STAGES}

Properties = dict[str, Any]


@dataclass(frozen=True)
class Objects:
    kind: str
    properties: Callable[[Book, Record], Properties]
    changed: str = "hs_lastmodifieddate"
    what: str = ""  # which activities

    def rows(self, book: Book, *, archived: bool = False) -> Iterator[Record]:
        """Those merged into another are in neither list."""
        for record in book.all(self.kind):
            mine = not self.what or record["what"] == self.what
            if mine and record.merged_into is None and (record.deleted is not None) == archived:
                yield record

    def find(self, book: Book, identity: str) -> Record | None:
        """By id; the id of one that was merged leads to the one it is part of."""
        found = book.find(self.kind, int(identity)) if identity.isdecimal() else None
        while found is not None and found.merged_into is not None:
            found = book.find(self.kind, found.merged_into)
        return found if found is not None and found.deleted is None else None


def row(objects: Objects, book: Book, record: Record, asked: list[str]) -> dict[str, Any]:
    """Properties that nobody asked for are not told; those that are always told come with them."""
    all_of_it = stamped(objects, book, record)
    always = ("createdate", "hs_object_id", objects.changed)
    said: dict[str, Any] = {
        "id": str(record.number),
        "properties": {name: spelled(all_of_it.get(name)) for name in (*asked, *always) if name in all_of_it},
        "createdAt": spelled(record.created),
        "updatedAt": spelled(record.changed),
        "archived": record.deleted is not None,
    }
    return said | ({"archivedAt": spelled(record.deleted)} if record.deleted else {})


def stamped(objects: Objects, book: Book, record: Record) -> Properties:
    return objects.properties(book, record) | {
        "createdate": record.created,
        "hs_object_id": record.number,
        objects.changed: record.changed,
        "hs_merged_object_ids": ";".join(map(str, record.merged)) or None,
    }


def spelled(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def linked(book: Book, objects: Objects, record: Record, to: str) -> list[int]:
    """Numbers of the `to` objects this record is associated with."""
    if objects.kind == "opportunity":
        return {"companies": _listed(record["account"]), "contacts": list(record["people"] or ())}.get(to, [])
    if objects.kind == "activity":
        person = book.find("lead", record["person"])
        deal = person["opportunity"] if person else None
        return {"contacts": _listed(record["person"]), "deals": _listed(deal)}.get(to, [])
    if objects.kind == "lead" and to == "deals":
        return _deals_of(book, record)
    return []


def _deals_of(book: Book, record: Record) -> list[int]:
    return [deal.number for deal in book.living("opportunity") if record.number in (deal["people"] or ())]


def _company(book: Book, record: Record) -> Properties:
    return {
        "name": record["name"],
        "domain": record["domain"],
        "website": record["website"],
        "hs_additional_domains": record["more_domains"],
        "country": record["country"],
        "state": record["region"],
        "city": record["city"],
        "numberofemployees": record["employees"],
        "industry": record["industry"],
        "annualrevenue": record["revenue"],
        "hs_currency_code": record["currency"],
        "hubspot_owner_id": record["owner"],
        **filled_in(record["domain"]),
    }


def _deal(book: Book, record: Record) -> Properties:
    return {
        "dealname": record["name"],
        "dealtype": record["type"],
        "dealstage": STAGE_IDS.get(record["stage"], record["stage"]),
        "pipeline": "default",
        "hs_is_closed": record["stage"] in {WON_STAGE, LOST_STAGE},
        "hs_is_closed_won": record["stage"] == WON_STAGE,
        "amount": record["amount"],
        "deal_currency_code": record["currency"],
        "closedate": record["close_date"],
        "closed_lost_reason": record["loss_reason"],
        "notes_last_contacted": record["last_activity"],
        "hubspot_owner_id": record["owner"],
    }


def _contact(book: Book, record: Record) -> Properties:
    return {name: record[ours] for name, ours in CONTACT_FIELDS.items()} | {
        "hubspot_owner_id": record["owner"],
        "lifecyclestage": "opportunity" if record["converted"] else "lead",
        "hs_lifecyclestage_opportunity_date": record["converted_at"],
        "associatedcompanyid": record["account"],
        "hs_updated_by_user_id": record["changed_by"] + USER_NUMBERS if record["changed_by"] else None,
        "num_associated_deals": 1 if record["converted"] else None,
    }


def _activity(book: Book, record: Record) -> Properties:
    direction = {True: ("INCOMING_EMAIL", "INBOUND"), False: ("EMAIL", "OUTBOUND")}[bool(record["inbound"])]
    return {
        "hs_timestamp": record["when"],
        "hubspot_owner_id": record["owner"],
        "hs_call_direction": direction[1] if record["what"] == "call" else None,
        "hs_call_status": "COMPLETED" if record["done"] else "QUEUED",
        "hs_email_direction": direction[0] if record["what"] == "mail" else None,
        "hs_email_status": "SENT" if record["done"] else "SCHEDULED",
        "hs_meeting_outcome": "COMPLETED" if record["done"] else "CANCELED",
        "hs_meeting_end_time": record["when"] if record["what"] == "meeting" else None,
        "hs_task_status": "COMPLETED" if record["done"] else "NOT_STARTED",
        "hs_sequence_id": "77" if record["automatic"] else None,
    }


def _listed(number: int | None) -> list[int]:
    return [number] if number is not None else []


OBJECTS: Mapping[str, Objects] = {
    "companies": Objects("account", _company),
    "deals": Objects("opportunity", _deal),
    "contacts": Objects("lead", _contact, changed="lastmodifieddate"),
    "calls": Objects("activity", _activity, what="call"),
    "emails": Objects("activity", _activity, what="mail"),
    "meetings": Objects("activity", _activity, what="meeting"),
    "tasks": Objects("activity", _activity, what="task"),
}
