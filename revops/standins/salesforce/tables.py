"""The records as Salesforce's objects."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from revops.standins.crm.records import LOST_STAGE, WON_STAGE, Book, Record

PREFIXES = {"account": "001", "contact": "003", "user": "005", "opportunity": "006", "lead": "00Q", "queue": "00G"}
TASK, EVENT = "00T", "00U"
SUBTYPES = {"call": "Call", "mail": "Email", "task": "Task"}
# Salesforce's name of a lead's field: ours, and may it be written?
LEAD_FIELDS = {
    "Email": "email",
    "FirstName": "first_name",
    "LastName": "last_name",
    "Company": "company",
    "Title": "title",
    "Phone": "phone",
    "Website": "website",
    "LeadSource": "source",
    "Status": "status",
    "Airtight_Id__c": "external_id",
    "Airtight_State__c": "state",
    "Airtight_Reason__c": "reason",
    "Airtight_Assigned_At__c": "assigned_at",
    "Airtight_Accepted_At__c": "accepted_at",
    "Airtight_First_Touch_At__c": "first_touch_at",
    "Airtight_Due_At__c": "due_at",
    "Airtight_Ended_At__c": "ended_at",
}


def sf_id(kind: str, number: int | None) -> str | None:
    return f"{PREFIXES.get(kind, kind)}{number:012d}AAA" if number is not None else None


def number_of(identity: object, *kinds: str) -> int | None:
    """The number in an id of one of these kinds, in its form of 15 signs or of 18."""
    text = str(identity)
    if len(text) not in {15, 18} or text[:3] not in {PREFIXES.get(kind, kind) for kind in kinds}:
        return None
    return int(text[3:15]) if text[3:15].isdecimal() else None


def user_id(book: Book, number: int | None) -> str | None:
    owner = book.find("user", number)
    return sf_id("queue" if owner and owner["queue"] else "user", number)


def _users(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.living("user"):
        if not record["queue"]:
            row = {"Id": sf_id("user", record.number), "Name": record["name"], "Email": record["email"]}
            yield row | {"IsActive": bool(record["active"]), "UserType": "Standard"}


def _groups(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.living("user"):
        if record["queue"]:
            yield {"Id": sf_id("queue", record.number), "Name": record["name"], "Type": "Queue"}


def _accounts(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.all("account"):
        yield _system(record) | {
            "Name": record["name"],
            "Website": record["website"],
            "BillingCountry": record["country"],
            "BillingState": record["region"],
            "BillingCity": record["city"],
            "NumberOfEmployees": record["employees"],
            "Industry": record["industry"],
            "AnnualRevenue": record["revenue"],
            "CurrencyIsoCode": record["currency"],
            "IsPersonAccount": bool(record["person"]),
            "OwnerId": user_id(book, record["owner"]),
        }


def _opportunities(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.all("opportunity"):
        yield _system(record) | {
            "Name": record["name"],
            "Type": record["type"],
            "StageName": record["stage"],
            "IsClosed": record["stage"] in {WON_STAGE, LOST_STAGE},
            "IsWon": record["stage"] == WON_STAGE,
            "Amount": record["amount"],
            "CurrencyIsoCode": record["currency"],
            "CloseDate": record["close_date"],
            "Loss_Reason__c": record["loss_reason"],
            "LastActivityDate": record["last_activity"],
            "AccountId": sf_id("account", record["account"]),
            "OwnerId": user_id(book, record["owner"]),
        }


def _roles(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.living("opportunity"):
        for number in record["people"] or ():
            person = book.find("lead", number)
            contact = {"attributes": {"type": "Contact"}, "Email": person["email"] if person else None}
            yield {"OpportunityId": sf_id("opportunity", record.number), "Contact": contact}


def _leads(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.all("lead"):
        converted = bool(record["converted"])
        yield _system(record) | {
            **{name: record[ours] for name, ours in LEAD_FIELDS.items()},
            "OwnerId": user_id(book, record["owner"]),
            "LastModifiedById": user_id(book, record["changed_by"]),
            "IsConverted": converted,
            "ConvertedDate": record["converted_on"],
            "ConvertedAccountId": sf_id("account", record["account"]),
            "ConvertedContactId": sf_id("contact", record.number) if converted else None,
            "ConvertedOpportunityId": sf_id("opportunity", record["opportunity"]),
        }


def _tasks(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.all("activity"):
        if record["what"] != "meeting":
            yield _activity(book, record, TASK) | {
                "TaskSubtype": "ListEmail" if record["automatic"] else SUBTYPES[record["what"]],
                "CallType": {True: "Inbound", False: "Outbound"}[bool(record["inbound"])]
                if record["what"] == "call"
                else None,
                "IsClosed": bool(record["done"]),
                "ActivityDate": record["when"].date(),
                "CompletedDateTime": record["when"] if record["done"] else None,
            }


def _events(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.all("activity"):
        if record["what"] == "meeting":
            yield _activity(book, record, EVENT) | {"StartDateTime": record["when"], "EndDateTime": record["when"]}


def _mails(book: Book) -> Iterator[dict[str, Any]]:
    for record in book.all("activity"):
        if record["what"] == "mail":
            yield {"ActivityId": sf_id(TASK, record.number), "Incoming": bool(record["inbound"])}


def _activity(book: Book, record: Record, prefix: str) -> dict[str, Any]:
    lead = book.find("lead", record["person"])
    deal = lead["opportunity"] if lead else None
    row = _system(record) | {"Id": sf_id(prefix, record.number), "OwnerId": user_id(book, record["owner"])}
    return row | {"WhoId": sf_id("lead", record["person"]), "WhatId": sf_id("opportunity", deal)}


def _system(record: Record) -> dict[str, Any]:
    return {
        "Id": sf_id(record.kind, record.number),
        "CreatedDate": record.created,
        "SystemModstamp": record.changed,
        "IsDeleted": record.deleted is not None,
        "MasterRecordId": sf_id(record.kind, record.merged_into),
    }


TABLES: Mapping[str, Callable[[Book], Iterator[dict[str, Any]]]] = {
    "User": _users,
    "Group": _groups,
    "Account": _accounts,
    "Opportunity": _opportunities,
    "OpportunityContactRole": _roles,
    "Lead": _leads,
    "Task": _tasks,
    "Event": _events,
    "EmailMessage": _mails,
}


def spelled(value: Any) -> Any:
    """As Salesforce writes it: times with +0000 and milliseconds."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}+0000"
    return value.isoformat() if isinstance(value, date) else value
