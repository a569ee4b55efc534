"""HubSpot's side of the wire: lists, searches, batches, associations, owners, and writes to contacts."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from revops.standins.crm.app import CrmStandIn
from revops.standins.crm.records import LOST_STAGE, STAGES, WON_STAGE, Book, Record, folded
from revops.standins.faults import Fault
from revops.standins.hubspot.objects import CONTACT_FIELDS, OBJECTS, STAGE_IDS, UNIQUE, USER_NUMBERS, linked, row
from revops.standins.hubspot.searching import BadSearch, search
from revops.standins.web import Reply, Request, json_reply

WORDS = {
    "validation": (400, "VALIDATION_ERROR", "Only a manager may set this reason."),
    "quota": (429, "RATE_LIMITS", "You have reached your daily limit."),
    "busy": (429, "RATE_LIMITS", "You have reached your secondly limit."),
    "locked": (423, "LOCKED", "The record is locked."),
    "scope": (403, "MISSING_SCOPES", "This key has not the scopes it needs."),
}
POLICIES = {"quota": "DAILY", "busy": "SECONDLY"}


class Refused(Exception):
    def __init__(self, status: int, category: str, message: str, *fields: str) -> None:
        super().__init__(category)
        self.row = _error(category, message)  # as a batch tells it of one of its rows
        self.reply = refusal(status, category, message, *fields)


class HubSpotStandIn(CrmStandIn):
    name = "hubspot"
    title = "HubSpot"
    prefixes = ("/crm/", "/account-info/")

    def __init__(self, book: Book, *, token: str) -> None:
        super().__init__(book)
        self._token = token

    def operation(self, request: Request) -> str:
        reads = request.path.endswith(("/search", "/batch/read"))
        return "read" if request.method == "GET" or reads else "write"

    def fault_reply(self, fault: Fault) -> Reply | None:
        if fault.html or not (fault.status or fault.error):
            return None
        if fault.status == 429:
            headers = {"Retry-After": f"{fault.retry_after:g}"} if fault.retry_after else {}
            said = {"status": "error", "category": "RATE_LIMITS", "policyName": "TEN_SECONDLY_ROLLING"}
            return json_reply(said, status=429, headers=headers)
        if fault.error:
            status, category, message = WORDS[fault.error]
            fields = ("airtight_reason",) if fault.error == "validation" else ()
            return refusal(status, category, message, *fields, policy=POLICIES.get(fault.error, ""))
        return refusal(fault.status, "ERROR", "internal error")

    def carry_out(self, request: Request) -> Reply:
        try:
            self._admit(request.authorization)
            reply = self._route(request)
        except Refused as refused:
            reply = refused.reply
        except BadSearch as bad:
            reply = refusal(400, "VALIDATION_ERROR", str(bad))
        used, most = self.usage or (18, 650_000)
        headers = {"X-HubSpot-RateLimit-Daily": str(most), "X-HubSpot-RateLimit-Daily-Remaining": str(most - used)}
        return Reply(reply.status, reply.body, reply.content_type, {**reply.headers, **headers})

    def _admit(self, authorization: str) -> None:
        token = authorization.removeprefix("Bearer ")
        if self.locked_out or not hmac.compare_digest(token.encode(), self._token.encode()):
            raise Refused(401, "INVALID_AUTHENTICATION", f"The token {token} is not valid (any more).")

    def _route(self, request: Request) -> Reply:
        parts = request.path.strip("/").split("/")
        if parts[0] == "account-info":
            return json_reply({"portalId": 4711, "timeZone": "UTC"})
        area, rest = parts[1], parts[3:]
        if area == "associations":
            return self._associations(rest[0], rest[1], _said(request))
        areas: Mapping[str, Callable[[], Reply]] = {
            "owners": lambda: self._owners(request.query),
            "pipelines": _pipelines,
            "properties": self._properties,
        }
        return areas[area]() if area in areas else self._objects(request, rest)

    def _objects(self, request: Request, rest: list[str]) -> Reply:
        objects = OBJECTS.get(rest[0])
        if objects is None:
            raise Refused(404, "OBJECT_NOT_FOUND", f"no object {rest[0]}")
        below = "/".join(rest[1:])
        if below == "search":
            return json_reply(search(objects, self.book, _said(request), lag=self.lag))
        if below == "batch/read":
            return self._batch(rest[0], _said(request))
        if below == "batch/upsert":
            return self._upsert(_said(request))
        return self._update(rest[0], below, _said(request)) if below else self._list(rest[0], request.query)

    def _list(self, name: str, query: Mapping[str, str]) -> Reply:
        found = list(OBJECTS[name].rows(self.book, archived=query.get("archived") == "true"))
        found.sort(key=lambda record: record.number)
        asked = query.get("properties", "").split(",")
        after, limit = int(query.get("after", 0)), int(query.get("limit", 10))
        later = [record for record in found if record.number > after]
        said: dict[str, Any] = {"results": [row(OBJECTS[name], self.book, one, asked) for one in later[:limit]]}
        if len(later) > limit:
            said["paging"] = {"next": {"after": str(later[limit - 1].number)}}
        return json_reply(said)

    def _batch(self, name: str, said: Mapping[str, Any]) -> Reply:
        by, objects = said.get("idProperty", ""), OBJECTS[name]
        if by and by not in UNIQUE:
            raise Refused(400, "VALIDATION_ERROR", f"{by} is not a unique property", by)
        found: list[Record] = []
        missing: list[str] = []
        for asked in said["inputs"]:
            one = self._by(by, asked["id"]) if by else objects.find(self.book, asked["id"])
            if one is None:
                missing.append(asked["id"])
            elif one not in found:
                found.append(one)
        rows = [row(objects, self.book, record, said["properties"]) for record in found]
        return _batch_reply(rows, [_error("OBJECT_NOT_FOUND", f"no {name} {one}") for one in missing])

    def _upsert(self, said: Mapping[str, Any]) -> Reply:
        results, errors = [], []
        for asked in said["inputs"]:
            try:
                values = self._values(asked["properties"])
                found = self._by(asked.get("idProperty", ""), asked["id"])
                self._stay_unique(values, found)
            except Refused as refused:
                errors.append(refused.row)
                continue
            record = self.book.change(found, **values) if found else self.book.add("lead", **values)
            results.append({**row(OBJECTS["contacts"], self.book, record, ["email"]), "new": found is None})
        return _batch_reply(results, errors)

    def _update(self, name: str, identity: str, said: Mapping[str, Any]) -> Reply:
        if name != "contacts":
            raise Refused(405, "METHOD_NOT_ALLOWED", f"{name} are not written here")
        found = OBJECTS[name].find(self.book, identity)
        if found is None:
            raise Refused(404, "OBJECT_NOT_FOUND", f"no contact {identity}")
        values = self._values(said["properties"])
        self._stay_unique(values, found)
        return json_reply(row(OBJECTS[name], self.book, self.book.change(found, **values), ["email"]))

    def _by(self, name: str, value: str) -> Record | None:
        found = next(self.book.by("lead", CONTACT_FIELDS[name], value), None)
        return found or (self._by_second_address(value) if name == "email" else None)

    def _by_second_address(self, value: str) -> Record | None:
        """A merged contact is still known by the addresses of all it was made of."""
        known = (record for record in self.book.living("lead") if value in (record["more_emails"] or ()))
        return next(known, None)

    def _values(self, said: Mapping[str, str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, value in said.items():
            if name == "hubspot_owner_id":
                values["owner"] = self._owner(value)
            elif name in CONTACT_FIELDS and name not in self.hidden_fields:
                values[CONTACT_FIELDS[name]] = value
            else:
                raise Refused(400, "VALIDATION_ERROR", f'Property "{name}" does not exist', name)
        return values

    def _owner(self, value: str) -> int:
        owner = self.book.find("user", int(value)) if value.isdecimal() else None
        if owner is None or not owner["active"]:
            raise Refused(400, "VALIDATION_ERROR", f"{value} is not a valid owner", "hubspot_owner_id")
        return owner.number

    def _stay_unique(self, values: Mapping[str, Any], record: Record | None) -> None:
        for name in UNIQUE:
            value = values.get(CONTACT_FIELDS[name])
            other = self._by(name, value) if value and folded(value) else None
            if other is not None and other is not record:
                raise Refused(409, "CONFLICT", f"Contact already exists. Existing ID: {other.number}")

    def _associations(self, name: str, to: str, said: Mapping[str, Any]) -> Reply:
        results, errors = [], []
        for asked in said["inputs"]:
            record = OBJECTS[name].find(self.book, asked["id"])
            numbers = linked(self.book, OBJECTS[name], record, to) if record else []
            if numbers:
                types = [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}]
                targets = [{"toObjectId": number, "associationTypes": types} for number in numbers]
                results.append({"from": {"id": asked["id"]}, "to": targets})
            else:
                errors.append(_error("OBJECT_NOT_FOUND", f"no {to} of {asked['id']}"))
        return _batch_reply(results, errors)

    def _owners(self, query: Mapping[str, str]) -> Reply:
        archived = query.get("archived") == "true"
        after, limit = int(query.get("after", 0)), int(query.get("limit", 100))
        found = [user for user in self.book.living("user") if bool(user["active"]) != archived and user.number > after]
        said: dict[str, Any] = {"results": [_owner_row(user) for user in found[:limit]]}
        if len(found) > limit:
            said["paging"] = {"next": {"after": str(found[limit - 1].number)}}
        return json_reply(said)

    def _properties(self) -> Reply:
        shown = [name for name in CONTACT_FIELDS if name not in self.hidden_fields]
        return json_reply({"results": [{"name": name, "hasUniqueValue": name in UNIQUE} for name in shown]})


def refusal(status: int, category: str, message: str, *fields: str, policy: str = "") -> Reply:
    said: dict[str, Any] = {
        "status": "error",
        "message": message,
        "category": category,
        "correlationId": secrets.token_hex(8),
    }
    if fields:
        said |= {"errors": [{"message": message, "context": {"propertyName": list(fields)}}]}
    return json_reply(said | ({"policyName": policy} if policy else {}), status=status)


def _said(request: Request) -> dict[str, Any]:
    return request.json() or {}


def _error(category: str, message: str) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message}


def _batch_reply(results: list[dict[str, Any]], errors: list[dict[str, Any]]) -> Reply:
    said: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if errors:
        said |= {"numErrors": len(errors), "errors": errors}
    return json_reply(said, status=207 if errors else 200)


def _owner_row(user: Record) -> dict[str, Any]:
    first, _, last = str(user["name"]).partition(" ")
    said = {"id": str(user.number), "email": user["email"], "firstName": first, "lastName": last}
    return said | {
        "userId": user.number + USER_NUMBERS,
        "type": "QUEUE" if user["queue"] else "PERSON",
        "archived": not user["active"],
    }


def _pipelines() -> Reply:
    stages = [
        {
            "id": STAGE_IDS[stage],
            "label": stage,
            "metadata": {
                "isClosed": "true" if stage in {WON_STAGE, LOST_STAGE} else "false",
                "probability": {WON_STAGE: "1.0", LOST_STAGE: "0.0"}.get(stage, "0.4"),
            },
        }
        for stage in STAGES
    ]
    return json_reply({"results": [{"id": "default", "label": "Sales", "stages": stages}]})
