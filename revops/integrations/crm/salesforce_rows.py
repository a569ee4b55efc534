"""Salesforce's objects: which fields are asked for, and what a row says in the port's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from revops.integrations.crm.port import (
    CrmAccount,
    CrmActivity,
    CrmLead,
    CrmOpportunity,
    CrmUser,
    LeadDates,
    LeadOwner,
    NewLead,
)
from revops.integrations.crm.rows import Row, amount, count, day, flag, moment, text
from revops.integrations.errors import VendorError

EXTERNAL_ID = "Airtight_Id__c"
STATE = "Airtight_State__c"
REASON = "Airtight_Reason__c"
DATES = {
    "assigned_at": "Airtight_Assigned_At__c",
    "accepted_at": "Airtight_Accepted_At__c",
    "first_touch_at": "Airtight_First_Touch_At__c",
    "due_at": "Airtight_Due_At__c",
    "ended_at": "Airtight_Ended_At__c",
}
OURS = (EXTERNAL_ID, STATE, REASON, *DATES.values())
PERSON = {
    "Email": "email",
    "FirstName": "first_name",
    "LastName": "last_name",
    "Company": "company",
    "Title": "job_title",
    "Phone": "phone",
    "Website": "website",
    "LeadSource": "source",
}
NOT_PROVIDED = "[not provided]"
WHEN = ("SystemModstamp", "IsDeleted")
KINDS = {"Call": "call", "Email": "mail", "ListEmail": "mail", "Cadence": "task"}


@dataclass(frozen=True)
class Kind:
    """`optional` fields are those that not every org has, or shows us: they are left out where it says so."""

    object: str
    fields: tuple[str, ...]
    optional: tuple[str, ...] = ()


USER = Kind("User", ("Id", "Name", "Email", "IsActive"))
QUEUE = Kind("Group", ("Id", "Name"))
ACCOUNT = Kind(
    "Account",
    (
        *("Id", "Name", "Website", "BillingCountry", "BillingState", "BillingCity", "NumberOfEmployees", "Industry"),
        *("AnnualRevenue", "OwnerId", "MasterRecordId", *WHEN),
    ),
    optional=("IsPersonAccount", "CurrencyIsoCode"),
)
# Salesforce has no field of its own for a loss reason; this is what many orgs call theirs.
OPPORTUNITY = Kind(
    "Opportunity",
    (
        *("Id", "Name", "Type", "StageName", "IsClosed", "IsWon", "Amount", "CloseDate", "AccountId", "OwnerId"),
        *("LastActivityDate", *WHEN),
    ),
    optional=("CurrencyIsoCode", "Loss_Reason__c"),
)
LEAD = Kind(
    "Lead",
    (
        *("Id", "Email", "Company", "Status", "OwnerId", "IsConverted", "ConvertedDate", "ConvertedAccountId"),
        *("ConvertedContactId", "ConvertedOpportunityId", "MasterRecordId", "LastModifiedById", *WHEN),
    ),
    optional=(EXTERNAL_ID,),
)
OWNED = Kind("Lead", ("Id", "OwnerId", "LastModifiedById", *WHEN))
TASK = Kind(
    "Task",
    (
        *("Id", "TaskSubtype", "IsClosed", "ActivityDate", "CompletedDateTime", "CreatedDate", "WhoId"),
        *("WhatId", "OwnerId", *WHEN),
    ),
    optional=("CallType",),
)
EVENT = Kind("Event", ("Id", "StartDateTime", "EndDateTime", "WhoId", "WhatId", "OwnerId", *WHEN))


def user(row: Row) -> CrmUser:
    return CrmUser(id=text(row, "Id"), name=text(row, "Name"), email=text(row, "Email"), active=flag(row, "IsActive"))


def queue(row: Row) -> CrmUser:
    return CrmUser(id=text(row, "Id"), name=text(row, "Name"), email="", active=True, queue=True)


def account(row: Row) -> CrmAccount:
    return CrmAccount(
        id=text(row, "Id"),
        name=text(row, "Name"),
        website=text(row, "Website"),
        domains=(),
        country=text(row, "BillingCountry"),
        region=text(row, "BillingState"),
        city=text(row, "BillingCity"),
        employee_count=count(row, "NumberOfEmployees"),
        industry=text(row, "Industry"),
        annual_revenue=amount(row, "AnnualRevenue"),
        currency=text(row, "CurrencyIsoCode"),
        owner_id=text(row, "OwnerId"),
        person=flag(row, "IsPersonAccount"),
        changed_at=_changed(row),
    )


def opportunity(row: Row, contacts: Sequence[str]) -> CrmOpportunity:
    return CrmOpportunity(
        id=text(row, "Id"),
        account_id=text(row, "AccountId"),
        name=text(row, "Name"),
        kind=text(row, "Type"),
        stage=text(row, "StageName"),
        is_closed=flag(row, "IsClosed"),
        is_won=flag(row, "IsWon"),
        amount=amount(row, "Amount"),
        currency=text(row, "CurrencyIsoCode"),
        close_date=day(row, "CloseDate"),
        loss_reason=text(row, "Loss_Reason__c"),
        owner_id=text(row, "OwnerId"),
        contacts=tuple(contacts),
        last_activity_on=day(row, "LastActivityDate"),
        changed_at=_changed(row),
    )


def lead(row: Row) -> CrmLead:
    return CrmLead(
        id=text(row, "Id"),
        email=text(row, "Email"),
        external_id=text(row, EXTERNAL_ID),
        company=text(row, "Company"),
        status=text(row, "Status"),
        owner_id=text(row, "OwnerId"),
        converted=flag(row, "IsConverted"),
        converted_on=day(row, "ConvertedDate"),
        account_id=text(row, "ConvertedAccountId"),
        contact_id=text(row, "ConvertedContactId"),
        opportunity_id=text(row, "ConvertedOpportunityId"),
        changed_at=_changed(row),
        changed_by=text(row, "LastModifiedById"),
    )


def lead_owner(row: Row) -> LeadOwner:
    return LeadOwner(text(row, "OwnerId"), changed_at=_changed(row), changed_by=text(row, "LastModifiedById"))


def task(row: Row, *, inbound: bool) -> CrmActivity:
    subtype = text(row, "TaskSubtype")
    planned = day(row, "ActivityDate")
    due = datetime.combine(planned, time(), UTC) if planned else None
    return CrmActivity(
        id=text(row, "Id"),
        kind=KINDS.get(subtype, "task"),
        at=moment(row, "CompletedDateTime") or due or moment(row, "CreatedDate") or _changed(row),
        done=flag(row, "IsClosed"),
        inbound=inbound or text(row, "CallType") == "Inbound",
        automatic=subtype == "ListEmail",
        owner_id=text(row, "OwnerId"),
        people=_ids(row, "WhoId"),
        about=_ids(row, "WhatId"),
        changed_at=_changed(row),
    )


def event(row: Row) -> CrmActivity:
    return CrmActivity(
        id=text(row, "Id"),
        kind="meeting",
        at=moment(row, "EndDateTime") or moment(row, "StartDateTime") or _changed(row),
        done=True,
        inbound=False,
        automatic=False,
        owner_id=text(row, "OwnerId"),
        people=_ids(row, "WhoId"),
        about=_ids(row, "WhatId"),
        changed_at=_changed(row),
    )


def written(*, owner_id: str | None, state: str, reason: str, dates: LeadDates) -> dict[str, str | None]:
    fields = {STATE: state, REASON: reason or None, **{name: _iso(getattr(dates, at)) for at, name in DATES.items()}}
    return fields | ({"OwnerId": owner_id} if owner_id else {})


def known(new: NewLead) -> dict[str, str]:
    """What we know of a person, under Salesforce's names."""
    return {name: value for name, ours in PERSON.items() if (value := getattr(new, ours))}


def required(new: NewLead) -> dict[str, str]:
    """What a new lead must have there, in the words Salesforce itself uses where nothing is known."""
    return {"LastName": NOT_PROVIDED, "Company": NOT_PROVIDED} | known(new)


def blanks(row: Row, new: Mapping[str, str]) -> dict[str, str]:
    """The part of `new` that the row does not have: what a rep typed stays."""
    return {name: value for name, value in new.items() if not text(row, name)}


def literal(value: str) -> str:
    """A string in SOQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _ids(row: Row, name: str) -> tuple[str, ...]:
    value = text(row, name)
    return (value,) if value else ()


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds") if at else None


def _changed(row: Row) -> datetime:
    at = moment(row, "SystemModstamp")
    if at is None or not text(row, "Id"):
        raise VendorError("Salesforce: a row without Id or SystemModstamp", permanent=False)
    return at
