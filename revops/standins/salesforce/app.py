"""Salesforce's side of the wire: tokens, SOQL by page, and writes to leads."""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from revops.standins.crm.app import CrmStandIn
from revops.standins.crm.records import Book, NoSuchRecord, Record
from revops.standins.faults import Fault
from revops.standins.salesforce import soql
from revops.standins.salesforce.tables import LEAD_FIELDS, TABLES, number_of, sf_id, spelled, user_id
from revops.standins.web import Reply, Request, json_reply

BATCH = 2000
OPEN_QUERIES = 10  # of a user; the oldest ends when another is opened
TOKEN = "/services/oauth2/token"  # noqa: S105
WORDS = {
    "validation": (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Only a manager may set this reason."),
    "quota": (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    "busy": (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
    "locked": (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
    "scope": (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."),
}


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str, *fields: str) -> None:
        super().__init__(code)
        self.status = status
        self.said = {"message": message, "errorCode": code, **({"fields": list(fields)} if fields else {})}


class SalesforceStandIn(CrmStandIn):
    """Takes `client_secret`, or any assertion whose signature is not looked at, for `client_id`."""

    name = "salesforce"
    title = "Salesforce"
    prefixes = ("/services/",)

    def __init__(self, book: Book, *, client_id: str, client_secret: str, base_url: str = "") -> None:
        super().__init__(book)
        self.base_url = base_url
        self._client = (client_id, client_secret)
        self._tokens: set[str] = set()
        self._version = ""  # of the request at hand
        self._queries: dict[str, list[dict[str, Any]]] = {}

    def end_tokens(self) -> None:
        self._tokens.clear()

    def operation(self, request: Request) -> str:
        if request.path == TOKEN:
            return "token"
        return "read" if request.method == "GET" else "write"

    def fault_reply(self, fault: Fault) -> Reply | None:
        if fault.html or not (fault.status or fault.error):
            return None
        if fault.status == 429:
            headers = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after else {}
            said = [{"message": "Too many requests", "errorCode": "TOO_MANY_REQUESTS"}]
            return json_reply(said, status=429, headers=headers)
        if fault.error:
            status, code, message = WORDS[fault.error]
            fields = {"fields": ["Airtight_Reason__c"]} if fault.error == "validation" else {}
            return json_reply([{"message": message, "errorCode": code, **fields}], status=status)
        return json_reply(
            [{"message": "An unexpected error occurred", "errorCode": "UNKNOWN_EXCEPTION"}], status=fault.status
        )

    def carry_out(self, request: Request) -> Reply:
        if request.path == TOKEN:
            return self._token(request.form())
        try:
            reply = self._rest(request)
        except Refused as refused:
            reply = json_reply([refused.said], status=refused.status)
        except NoSuchRecord:
            said = [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED"}]
            reply = json_reply(said, status=404)
        if self.usage:
            headers = {"Sforce-Limit-Info": f"api-usage={self.usage[0]}/{self.usage[1]}"}
            return Reply(reply.status, reply.body, reply.content_type, {**reply.headers, **headers})
        return reply

    def _token(self, form: Mapping[str, str]) -> Reply:
        known = form.get("client_id") == self._client[0] and _same(form.get("client_secret", ""), self._client[1])
        if form.get("grant_type", "").endswith("jwt-bearer"):
            known = form.get("assertion", "").count(".") == 2
        if self.locked_out or not known:
            said = {"error": "invalid_client", "error_description": "invalid client credentials"}
            return json_reply(said, status=401)
        token = f"00DSTANDIN!{secrets.token_urlsafe(24)}"
        self._tokens.add(token)
        return json_reply({"access_token": token, "instance_url": self.base_url, "token_type": "Bearer"})

    def _rest(self, request: Request) -> Reply:
        token = request.authorization.removeprefix("Bearer ")
        if self.locked_out or not any(_same(token, good) for good in self._tokens):
            raise Refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self._version, _, below = request.path.partition(".0/")
        self._version += ".0"
        if below in {"query", "queryAll"}:
            return self._query(request.query["q"], deleted=below == "queryAll")
        if below.startswith("query/"):
            return self._more(below.removeprefix("query/"))
        if below == "limits":
            used, most = self.usage or (18, 100_000)
            return json_reply({"DailyApiRequests": {"Max": most, "Remaining": most - used}})
        return self._save(request, below.split("/"))

    def _query(self, text: str, *, deleted: bool) -> Reply:
        try:
            query = soql.parse(text)
        except soql.Malformed as malformed:
            raise Refused(400, "MALFORMED_QUERY", str(malformed)) from None
        if query.table not in TABLES or query.table in self.hidden_fields:
            raise Refused(400, "INVALID_TYPE", f"sObject type '{query.table}' is not supported.")
        rows = [row for row in TABLES[query.table](self.book) if deleted or not row.get("IsDeleted")]
        self._know_fields(query, rows)
        found = [row for row in rows if query.test(row)]
        if query.order:
            found.sort(key=lambda row: row[query.order])
        return self._page([_selected(row, query) for row in found[: query.limit]])

    def _know_fields(self, query: soql.Query, rows: list[dict[str, Any]]) -> None:
        for name in sorted(query.named):
            absent = bool(rows) and soql.value_at(rows[0], name) is None and name.split(".")[0] not in rows[0]
            if absent or name in self.hidden_fields:
                message = f"\n{', '.join(query.fields)}\n^\nERROR at Row:1:Column:8\n"
                message += f"No such column '{name}' on entity '{query.table}'."
                raise Refused(400, "INVALID_FIELD", message)

    def _more(self, locator: str) -> Reply:
        rows = self._queries.get(locator)
        if rows is None:
            raise Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(rows)

    def _page(self, rows: list[dict[str, Any]]) -> Reply:
        said: dict[str, Any] = {"totalSize": len(rows), "done": len(rows) <= BATCH, "records": rows[:BATCH]}
        if not said["done"]:
            locator = f"01g{secrets.token_hex(6)}-{BATCH}"
            self._queries[locator] = rows[BATCH:]
            if len(self._queries) > OPEN_QUERIES:
                del self._queries[next(iter(self._queries))]
            said["nextRecordsUrl"] = f"{self._version}/query/{locator}"
        return json_reply(said)

    def _save(self, request: Request, parts: list[str]) -> Reply:
        said = request.json()
        if said is None or parts[:2] != ["sobjects", "Lead"]:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        forced = request.headers.get("sforce-auto-assign", "TRUE").upper() != "FALSE"
        if len(parts) == 4:
            return self._upsert(LEAD_FIELDS[parts[2]], parts[3], said, assign=forced)
        lead = self.book.get("lead", number_of(parts[2], "lead"))
        if lead["converted"]:
            raise Refused(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        self.book.change(lead, **self._fields(said, assign=forced))
        return Reply(status=204)

    def _upsert(self, name: str, value: str, said: Mapping[str, Any], *, assign: bool) -> Reply:
        found = list(self.book.by("lead", name, value))
        if len(found) > 1:
            return json_reply(
                [f"{self._version}/sobjects/Lead/{sf_id('lead', one.number)}" for one in found], status=300
            )
        fields = self._fields(said, assign=assign)
        if found:
            return _saved(self.book.change(found[0], **fields), created=False)
        missing = [field for field in ("LastName", "Company") if not said.get(field)]
        if missing:
            raise Refused(400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: {missing}", *missing)
        if any(not lead["converted"] for lead in self.book.by("lead", "email", said.get("Email"))):
            raise Refused(400, "DUPLICATES_DETECTED", "Use one of these records?")
        first = next(self.book.living("user"), None)
        values = {"status": "Open - Not Contacted", "owner": first.number if first else None, **fields, name: value}
        return _saved(self.book.add("lead", **values), created=True)

    def _fields(self, said: Mapping[str, Any], *, assign: bool) -> dict[str, Any]:
        """In our names; an assignment rule of the org's gives the lead to its queue unless it is told not to."""
        fields: dict[str, Any] = {}
        for name, value in said.items():
            if name == "OwnerId":
                fields["owner"] = self._owner(value)
            elif name in LEAD_FIELDS and name not in self.hidden_fields:
                fields[LEAD_FIELDS[name]] = value
            else:
                raise Refused(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type Lead", name)
        queue = next((user for user in self.book.living("user") if user["queue"]), None)
        return fields | ({"owner": queue.number} if assign and queue else {})

    def _owner(self, value: object) -> int:
        owner = self.book.find("user", number_of(value, "user", "queue"))
        if owner is None or user_id(self.book, owner.number) != value:
            raise Refused(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", "OwnerId")
        if not owner["active"]:
            raise Refused(400, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user", "OwnerId")
        return owner.number


def _selected(row: Mapping[str, Any], query: soql.Query) -> dict[str, Any]:
    said: dict[str, Any] = {"attributes": {"type": query.table}}
    for name in query.fields:
        first = name.split(".")[0]
        said[first] = row[first] if first != name else spelled(row[name])
    return said


def _saved(lead: Record, *, created: bool) -> Reply:
    said: dict[str, Any] = {"id": sf_id("lead", lead.number), "success": True, "errors": [], "created": created}
    return json_reply(said, status=201 if created else 200)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
