"""HubSpot's API, in its dated versions, behind the port.

A full pull lists; a search would end at 10,000 rows. What changed is searched for, in windows by id. The search's index
lags by seconds and more, which the overlap makes good; what was just written is never searched for, but read by id.
A search knows nothing of archived rows, which are listed; merged ones are named by the row they went into.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from revops.integrations.crm import hubspot_rows as rows
from revops.integrations.crm.calling import Call, Host, quoted, unreadable
from revops.integrations.crm.cursors import Cursor, stale, vendor_time
from revops.integrations.crm.hubspot_answers import row_refusal
from revops.integrations.crm.hubspot_link import Link, next_after, results
from revops.integrations.crm.hubspot_pull import Pulled, archived, changed, listed
from revops.integrations.crm.hubspot_rows import Kind, Stage, identity
from revops.integrations.crm.port import (
    Connected,
    CrmAccount,
    CrmActivity,
    CrmLead,
    CrmOpportunity,
    CrmUser,
    LeadDates,
    LeadOwner,
    LeadRef,
    NewLead,
    Page,
)
from revops.integrations.crm.rows import Row, count, flag, text
from revops.integrations.errors import Conflict, NotFound
from revops.integrations.wire import Deadline


@dataclass(frozen=True)
class HubSpot:
    """`base_url` such as https://api.hubapi.com, `token` a service key, `timeout` the seconds one call may take."""

    base_url: str
    token: str = field(repr=False)
    version: str = "2026-09"
    timeout: float = 30.0
    private_allowed: bool = False
    overlap: timedelta = timedelta(minutes=5)
    _owner_of: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)  # since `users`
    _stages: dict[str, Stage] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def _link(self) -> Link:
        return Link(Host(self.base_url, "HUBSPOT_BASE_URL", self.private_allowed), self.version, self.token)

    def check(self) -> Connected:
        deadline = Deadline.within(self.timeout)
        call = Call("HubSpot account", "GET", f"/account-info/{self.version}/details")
        answer, said = self._link.ask(call, deadline)
        made = self._link.get("properties", f"/crm/properties/{self.version}/contacts", deadline)
        # Ours must have been made as one whose values are unique, or nobody is found by it.
        names = {text(row, "name") for row in results("HubSpot properties", made) if _usable(row)}
        return Connected(
            organisation=f"HubSpot account {said.get('portalId', '')}".strip(),
            calls_left=count(answer.headers, "x-hubspot-ratelimit-daily-remaining"),
            calls_a_day=count(answer.headers, "x-hubspot-ratelimit-daily"),
            missing_fields=tuple(name for name in rows.OURS if name not in names),
        )

    def users(self) -> list[CrmUser]:
        return self._all_owners(Deadline.within(self.timeout))

    def accounts(self, since: datetime | None, cursor: str = "") -> Page[CrmAccount]:
        return self._pull([rows.COMPANY], since, cursor, Deadline.within(self.timeout)).page(rows.account)

    def opportunities(self, since: datetime | None, cursor: str = "") -> Page[CrmOpportunity]:
        deadline = Deadline.within(self.timeout)
        pulled = self._pull([rows.DEAL], since, cursor, deadline)
        if not pulled.rows:
            return pulled.page(lambda row: rows.opportunity(row, stages={}, company="", emails=()))
        stages = self._known_stages(deadline)
        companies = self._link.associated("deals", "companies", pulled.ids(), deadline)
        emails = self._emails(pulled.ids(), deadline)
        return pulled.page(
            lambda row: rows.opportunity(
                row,
                stages=stages,
                company=next(iter(companies.get(identity(row), ())), ""),
                emails=emails.get(identity(row), ()),
            )
        )

    def leads(self, since: datetime | None, cursor: str = "") -> Page[CrmLead]:
        deadline = Deadline.within(self.timeout)
        pulled = self._pull([rows.CONTACT], since, cursor, deadline)
        with_deals = [identity(row) for row in pulled.rows if rows.has_deals(row)]
        deals = self._link.associated("contacts", "deals", with_deals, deadline)
        return pulled.page(
            lambda row: rows.lead(row, deal=_latest(deals.get(identity(row), ())), owners=self._owner_of)
        )

    def activities(self, since: datetime | None, cursor: str = "") -> Page[CrmActivity]:
        deadline = Deadline.within(self.timeout)
        pulled = self._pull([rows.CALL, rows.MAIL, rows.MEETING, rows.TASK], since, cursor, deadline)
        kind, ids = pulled.kind, pulled.ids()
        people, companies, deals = (self._link.associated(kind.object, to, ids, deadline) for to in kind.about)

        def read(row: Row) -> CrmActivity:
            one = identity(row)
            about = [*companies.get(one, ()), *deals.get(one, ())]
            return rows.activity(row, kind, people=people.get(one, ()), about=about)

        return pulled.page(read, prefix=f"{kind.object}/")

    def upsert_lead(self, lead: NewLead) -> LeadRef:
        deadline = Deadline.within(self.timeout)
        found = self._find(lead, deadline)
        if found is not None:
            return self._complete(found, lead, deadline)
        try:
            return self._create(lead, deadline)
        except Conflict as conflict:
            found = self._by(rows.EXTERNAL_ID, lead.external_id, deadline) or self._by("", conflict.other, deadline)
            if found is None:
                raise
            return self._complete(found, lead, deadline)

    def owner_of_lead(self, lead_id: str) -> LeadOwner:
        deadline = Deadline.within(self.timeout)
        found = next(self._link.batch("contacts", [lead_id], rows.OWNED, deadline), None)
        if found is None:
            raise NotFound(f"HubSpot contacts: {lead_id} is not there", code="OBJECT_NOT_FOUND")
        if not self._owner_of:
            self._all_owners(deadline)
        return rows.lead_owner(found, owners=self._owner_of)

    def write_lead(self, lead_id: str, *, owner_id: str | None, state: str, reason: str, dates: LeadDates) -> datetime:
        said = rows.written(owner_id=owner_id, state=state, reason=reason, dates=dates)
        return self._update(lead_id, said, Deadline.within(self.timeout))

    def _find(self, lead: NewLead, deadline: Deadline) -> Row | None:
        """By our id, else by e-mail, as it stands: no search, whose index may not know yet what was just written."""
        return self._by(rows.EXTERNAL_ID, lead.external_id, deadline) or self._by("email", lead.email, deadline)

    def _by(self, name: str, value: str, deadline: Deadline) -> Row | None:
        asked = [rows.EXTERNAL_ID, *rows.PERSON]
        return next(self._link.batch("contacts", [value] if value else [], asked, deadline, by=name), None)

    def _complete(self, found: Row, lead: NewLead, deadline: Deadline) -> LeadRef:
        """Fill in what the contact does not have: what a rep typed stays."""
        has = rows.properties(found)
        said = {name: value for name, value in rows.known(lead).items() if not text(has, name)}
        if text(has, rows.EXTERNAL_ID) != lead.external_id:
            said[rows.EXTERNAL_ID] = lead.external_id
        if said:
            self._update(identity(found), said, deadline)
        return LeadRef(identity(found), created=False)

    def _create(self, lead: NewLead, deadline: Deadline) -> LeadRef:
        """By e-mail, so that two who create at once make one."""
        said = {rows.EXTERNAL_ID: lead.external_id, **rows.known(lead)}
        call = Call(
            "HubSpot create contact",
            "POST",
            self._link.objects("contacts/batch/upsert"),
            said={"inputs": [{"idProperty": "email", "id": lead.email, "properties": said}]},
        )
        _, answered = self._link.ask(call, deadline)
        errors = answered.get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict):
            raise row_refusal(quoted(call.name, errors[0].get("message", ""), self.token), errors[0], status=400)
        made = next(iter(results(call.name, answered)), None)
        if made is None or not identity(made):
            raise unreadable(call)
        return LeadRef(identity(made), created=flag(made, "new"))

    def _update(self, contact: str, said: dict[str, str], deadline: Deadline) -> datetime:
        path = self._link.objects(f"contacts/{quote(contact, safe='')}")
        call = Call("HubSpot write contact", "PATCH", path, said={"properties": said})
        answer, answered = self._link.ask(call, deadline)
        if not identity(answered):
            raise unreadable(call)
        return vendor_time(call.name, answer)

    def _pull(self, kinds: Sequence[Kind], since: datetime | None, cursor: str, deadline: Deadline) -> Pulled:
        """All of a kind; or what changed of it, then what was archived, and on to the next kind."""
        at = Cursor.read(cursor)
        ways = (listed,) if since is None else (changed, archived)
        steps = [(kind, way) for kind in kinds for way in ways]
        if not 0 <= at.part < len(steps):
            raise stale()
        kind, way = steps[at.part]
        pulled = way(self._link, kind, since - self.overlap if since else None, at, deadline)
        rest = pulled.place if pulled.place.after else Cursor(at.part + 1, "", pulled.place.until)
        return replace(pulled, cursor=str(rest) if rest.part < len(steps) else "")

    def _all_owners(self, deadline: Deadline) -> list[CrmUser]:
        return [*self._owners(deadline, archived=False), *self._owners(deadline, archived=True)]

    def _owners(self, deadline: Deadline, *, archived: bool) -> Iterator[CrmUser]:
        after = ""
        while True:
            query = {"limit": "100", "archived": "true" if archived else "false"} | ({"after": after} if after else {})
            said = self._link.get("owners", f"/crm/owners/{self.version}", deadline, query)
            for row in results("HubSpot owners", said):
                self._owner_of[rows.sign_in(row)] = identity(row)
                yield rows.user(row, archived=archived)
            after = next_after(said)
            if not after:
                return

    def _known_stages(self, deadline: Deadline) -> dict[str, Stage]:
        """Stages by id, asked for once; a stage made later is shown by its id until this client is made again."""
        if not self._stages:
            said = self._link.get("pipelines", f"/crm/pipelines/{self.version}/deals", deadline)
            for pipeline in results("HubSpot pipelines", said):
                self._stages.update(rows.stages(pipeline))
        return self._stages

    def _emails(self, deals: Sequence[str], deadline: Deadline) -> dict[str, list[str]]:
        contacts = self._link.associated("deals", "contacts", deals, deadline)
        wanted = sorted({one for some in contacts.values() for one in some})
        found = self._link.batch("contacts", wanted, ["email"], deadline)
        emails = {identity(row): text(rows.properties(row), "email") for row in found}
        return {deal: [emails[one] for one in some if emails.get(one)] for deal, some in contacts.items()}


def _usable(row: Row) -> bool:
    return text(row, "name") != rows.EXTERNAL_ID or row.get("hasUniqueValue") is not False


def _latest(deals: Sequence[str]) -> str:
    """Ids are numbers that grow."""
    return max(deals, key=lambda one: (len(one), one), default="")
