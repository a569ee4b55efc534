"""Salesforce's REST API behind the port.

Changes are found by SystemModstamp, which moves with every change; LastModifiedDate stays still when the system or a
migration writes, and may be set by hand. `queryAll` tells what is deleted or merged as long as it is in the recycle bin
(15 days); what was removed from there too shows only in a full pull.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from revops.integrations.crm import salesforce_rows as rows
from revops.integrations.crm.calling import Call, Host, read_object, unreadable
from revops.integrations.crm.cursors import Cursor, stale, vendor_time
from revops.integrations.crm.port import (
    Connected,
    CrmAccount,
    CrmActivity,
    CrmLead,
    CrmOpportunity,
    CrmUser,
    Gone,
    LeadDates,
    LeadOwner,
    LeadRef,
    NewLead,
    Page,
)
from revops.integrations.crm.rows import Row, count, flag, text
from revops.integrations.crm.salesforce_link import Link
from revops.integrations.crm.salesforce_login import Login
from revops.integrations.crm.salesforce_rows import Kind
from revops.integrations.errors import Conflict, NotFound, Refused, VendorError
from revops.integrations.wire import Deadline

LOCATOR = re.compile(r"/services/data/v\d\d\.0/query/[A-Za-z0-9-]+")
IDS_IN_A_QUERY = 300  # the whole address may have 16 KB
NO_AUTO_ASSIGN = {"Sforce-Auto-Assign": "FALSE"}  # or the org's assignment rules would undo our choice of owner

Item = TypeVar("Item")


@dataclass(frozen=True)
class Salesforce:
    """`base_url` is the org's My Domain address, `timeout` the seconds one call may take, `share` the part of the org's
    daily calls at which reading stops. Keep one of these as long as it serves: it holds the token."""

    base_url: str
    login: Login
    version: str = "66.0"
    timeout: float = 30.0
    private_allowed: bool = False
    overlap: timedelta = timedelta(minutes=5)
    share: float = 0.8
    _link: Link = field(init=False, repr=False, compare=False)
    _absent: set[tuple[str, str]] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        host = Host(self.base_url, "SALESFORCE_BASE_URL", self.private_allowed)
        object.__setattr__(self, "_link", Link(host=host, login=self.login, share=self.share))

    def check(self) -> Connected:
        deadline = Deadline.within(self.timeout)
        _, said = self._link.read(Call("Salesforce limits", "GET", self._path("limits")), deadline)
        calls = said.get("DailyApiRequests")
        calls = calls if isinstance(calls, dict) else {}
        self._absent.clear()  # the admin may have made them since
        self._select(Kind("Lead", ("Id",), optional=rows.OURS), " LIMIT 1", deadline)
        return Connected(
            organisation=self.base_url,
            calls_left=count(calls, "Remaining"),
            calls_a_day=count(calls, "Max"),
            missing_fields=tuple(name for name in rows.OURS if ("Lead", name) in self._absent),
        )

    def users(self) -> list[CrmUser]:
        deadline = Deadline.within(self.timeout)
        people = [rows.user(row) for row in self._all(rows.USER, " WHERE UserType = 'Standard'", deadline)]
        return people + [rows.queue(row) for row in self._all(rows.QUEUE, " WHERE Type = 'Queue'", deadline)]

    def accounts(self, since: datetime | None, cursor: str = "") -> Page[CrmAccount]:
        pulled = self._pull([rows.ACCOUNT], since, cursor, Deadline.within(self.timeout))
        return pulled.page(rows.account)

    def opportunities(self, since: datetime | None, cursor: str = "") -> Page[CrmOpportunity]:
        deadline = Deadline.within(self.timeout)
        pulled = self._pull([rows.OPPORTUNITY], since, cursor, deadline)
        contacts = self._contacts(pulled.ids(), deadline)
        return pulled.page(lambda row: rows.opportunity(row, contacts.get(text(row, "Id"), ())))

    def leads(self, since: datetime | None, cursor: str = "") -> Page[CrmLead]:
        return self._pull([rows.LEAD], since, cursor, Deadline.within(self.timeout)).page(rows.lead)

    def activities(self, since: datetime | None, cursor: str = "") -> Page[CrmActivity]:
        deadline = Deadline.within(self.timeout)
        pulled = self._pull([rows.TASK, rows.EVENT], since, cursor, deadline)
        if pulled.kind is rows.EVENT:
            return pulled.page(rows.event)
        mails = [text(row, "Id") for row in pulled.rows if text(row, "TaskSubtype") == "Email"]
        received = self._received(mails, deadline)
        return pulled.page(lambda row: rows.task(row, inbound=text(row, "Id") in received))

    def upsert_lead(self, lead: NewLead) -> LeadRef:
        deadline = Deadline.within(self.timeout)
        found = self._find(lead, deadline)
        if found is not None:
            return self._complete(found, lead, deadline)
        try:
            return self._create(lead, deadline)
        except Conflict:
            found = self._find(lead, deadline)  # somebody else was as quick as we were
            if found is None:
                raise
            return self._complete(found, lead, deadline)

    def owner_of_lead(self, lead_id: str) -> LeadOwner:
        found = self._select(rows.OWNED, f" WHERE Id = {rows.literal(lead_id)}", Deadline.within(self.timeout))
        if not found:
            raise NotFound(f"Salesforce Lead: {lead_id} is not there", code="NOT_FOUND")
        return rows.lead_owner(found[0])

    def write_lead(self, lead_id: str, *, owner_id: str | None, state: str, reason: str, dates: LeadDates) -> datetime:
        fields = rows.written(owner_id=owner_id, state=state, reason=reason, dates=dates)
        return self._update(lead_id, fields, Deadline.within(self.timeout))

    def _find(self, lead: NewLead, deadline: Deadline) -> Row | None:
        """The lead that has our id, else the oldest with this address that sales can still work."""
        asked = Kind("Lead", ("Id", "IsConverted", rows.EXTERNAL_ID, *rows.PERSON))
        ours, email = rows.literal(lead.external_id), rows.literal(lead.email)
        where = (
            f" WHERE {rows.EXTERNAL_ID} = {ours} OR (Email = {email} AND IsConverted = FALSE)"
            " ORDER BY CreatedDate LIMIT 50"
        )
        found = self._select(asked, where, deadline)
        known = [row for row in found if text(row, rows.EXTERNAL_ID) == lead.external_id]
        return next(iter(known or found), None)

    def _complete(self, found: Row, lead: NewLead, deadline: Deadline) -> LeadRef:
        if flag(found, "IsConverted"):
            return LeadRef(text(found, "Id"), created=False, converted=True)
        fields = rows.blanks(found, rows.known(lead))
        if text(found, rows.EXTERNAL_ID) != lead.external_id:
            fields[rows.EXTERNAL_ID] = lead.external_id
        if fields:
            self._update(text(found, "Id"), fields, deadline)
        return LeadRef(text(found, "Id"), created=False)

    def _create(self, lead: NewLead, deadline: Deadline) -> LeadRef:
        """By our id, so that two who create at once make one."""
        path = self._path(f"sobjects/Lead/{rows.EXTERNAL_ID}/{quote(lead.external_id, safe='')}")
        call = Call("Salesforce create lead", "PATCH", path, said=rows.required(lead), headers=NO_AUTO_ASSIGN)
        answer = self._link.ask(call, deadline)
        if answer.status == 300:
            raise Conflict(f"{call.name}: several leads have the id {lead.external_id}", code="300")
        said = read_object(call, answer)
        if not text(said, "id"):
            raise unreadable(call)
        return LeadRef(text(said, "id"), created=flag(said, "created"))

    def _update(self, lead_id: str, fields: dict[str, Any], deadline: Deadline) -> datetime:
        path = self._path(f"sobjects/Lead/{quote(lead_id, safe='')}")
        call = Call("Salesforce write lead", "PATCH", path, said=fields, headers=NO_AUTO_ASSIGN)
        answer = self._link.ask(call, deadline)
        if answer.status != 204:
            raise unreadable(call)
        return vendor_time(call.name, answer)

    def _pull(self, kinds: Sequence[Kind], since: datetime | None, cursor: str, deadline: Deadline) -> "_Pulled":
        at = Cursor.read(cursor)
        if not 0 <= at.part < len(kinds):
            raise stale()
        kind = kinds[at.part]
        name = f"Salesforce {kind.object}"
        if at.after:
            if not LOCATOR.fullmatch(at.after):
                raise stale()
            answer, said = self._link.read(Call(name, "GET", at.after), deadline)
        else:
            answer, said = self._first(kind, self._changed(since), deadline, all_rows=since is not None)
        at = at.began(name, answer)
        after = _next(name, said)
        rest = Cursor(at.part, after, at.until) if after else Cursor(at.part + 1, "", at.until)
        return _Pulled(kind, _records(name, said), str(rest) if rest.part < len(kinds) else "", at.until_at)

    def _changed(self, since: datetime | None) -> str:
        if since is None:
            return ""
        return f" WHERE SystemModstamp >= {(since - self.overlap).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def _first(
        self, kind: Kind, rest: str, deadline: Deadline, *, all_rows: bool = False
    ) -> tuple[Any, dict[str, Any]]:
        """A query's first page. A field the org does not have is left out from then on."""
        path = self._path("queryAll" if all_rows else "query")
        while True:
            present = [name for name in kind.optional if (kind.object, name) not in self._absent]
            soql = f"SELECT {','.join([*kind.fields, *present])} FROM {kind.object}{rest}"  # noqa: S608
            try:
                return self._link.read(Call(f"Salesforce {kind.object}", "GET", path, query={"q": soql}), deadline)
            except Refused as refusal:
                absent = {(kind.object, name) for name in refusal.fields if name in present}
                if refusal.code != "INVALID_FIELD" or not absent:
                    raise
                self._absent.update(absent)

    def _select(self, kind: Kind, rest: str, deadline: Deadline) -> list[Row]:
        return _records(f"Salesforce {kind.object}", self._first(kind, rest, deadline)[1])

    def _all(self, kind: Kind, rest: str, deadline: Deadline) -> Iterator[Row]:
        name = f"Salesforce {kind.object}"
        said = self._first(kind, rest, deadline)[1]
        yield from _records(name, said)
        while following := _next(name, said):
            said = self._link.read(Call(name, "GET", following), deadline)[1]
            yield from _records(name, said)

    def _among(self, kind: Kind, column: str, ids: Sequence[str], rest: str, deadline: Deadline) -> Iterator[Row]:
        for start in range(0, len(ids), IDS_IN_A_QUERY):
            listed = ",".join(rows.literal(one) for one in ids[start : start + IDS_IN_A_QUERY])
            yield from self._all(kind, f" WHERE {column} IN ({listed}){rest}", deadline)

    def _contacts(self, ids: Sequence[str], deadline: Deadline) -> dict[str, list[str]]:
        roles = Kind("OpportunityContactRole", ("OpportunityId", "Contact.Email"))
        emails: dict[str, list[str]] = {}
        for row in self._among(roles, "OpportunityId", ids, " AND Contact.Email != NULL", deadline):
            contact = row.get("Contact")
            if isinstance(contact, dict):
                emails.setdefault(text(row, "OpportunityId"), []).append(text(contact, "Email"))
        return emails

    def _received(self, ids: Sequence[str], deadline: Deadline) -> set[str]:
        """Of these mails, those that came from outside: a task does not say which way it went."""
        mails = Kind("EmailMessage", ("ActivityId",))
        try:
            found = list(self._among(mails, "ActivityId", ids, " AND Incoming = TRUE", deadline))
        except Refused as refusal:
            if refusal.code == "INVALID_TYPE":
                return set()  # without Enhanced Email the mails there are, are those a rep sent or logged
            raise
        return {text(row, "ActivityId") for row in found}

    def _path(self, below: str) -> str:
        return f"/services/data/v{self.version}/{below}"


@dataclass(frozen=True)
class _Pulled:
    kind: Kind
    rows: list[Row]
    cursor: str
    until: datetime

    def ids(self) -> list[str]:
        return [text(row, "Id") for row in self.rows if not flag(row, "IsDeleted")]

    def page(self, read: Callable[[Row], Item]) -> Page[Item]:
        deleted = [row for row in self.rows if flag(row, "IsDeleted")]
        return Page(
            items=tuple(read(row) for row in self.rows if not flag(row, "IsDeleted")),
            gone=tuple(Gone(text(row, "Id"), text(row, "MasterRecordId")) for row in deleted),
            cursor=self.cursor,
            until=self.until,
        )


def _next(name: str, said: Row) -> str:
    """The path of the next page. No other address is followed: it would get our token."""
    following = text(said, "nextRecordsUrl")
    if said.get("done") is not True and not LOCATOR.fullmatch(following):
        raise VendorError(f"{name}: the answer does not say where it goes on", permanent=False)
    return "" if said.get("done") is True else following


def _records(name: str, said: Row) -> list[Row]:
    records = said.get("records")
    if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
        raise VendorError(f"{name}: the answer has no records", permanent=False)
    return records
