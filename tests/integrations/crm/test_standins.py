"""The stand-ins themselves: requests are held against the contract, people act, a company is there to begin with."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from wsgiref.util import setup_testing_defaults

import pytest

from revops.standins import web
from revops.standins.contracts import Contract
from revops.standins.crm.export import BadExport, load_export
from revops.standins.crm.made_up import Size, made_up
from revops.standins.crm.records import Book
from revops.standins.hubspot.app import HubSpotStandIn
from revops.standins.mounting import Mounted
from revops.standins.salesforce.app import SalesforceStandIn
from tests.integrations.crm.conftest import SECRET, People, Vendor

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
SEARCH = {"filterGroups": [], "properties": [], "limit": 10, "after": "0", "sorts": []}
FILES = {
    "sales_teams.csv": "sales_agent,manager\nAda Rep,Maya\n",
    "accounts.csv": "account,sector,revenue,employees,office_location\nAcme,technology,1.5,120,Kenya\n",
    "sales_pipeline.csv": (
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
        "1,Ada Rep,GTX,Acme,Won,2016-10-20,2017-03-01,1054\n"
        "2,Ada Rep,GTX,,Engaging,2016-10-20,,\n"
    ),
}


def request(method: str, path: str, said: Any = None, **more: Any) -> web.Request:
    body = json.dumps(said).encode() if said is not None else b""
    content_type = "application/json" if said is not None else ""
    return web.Request(method, path, more.get("query", {}), content_type, "", body, more.get("headers", {}))


@pytest.mark.parametrize(
    ("name", "asked", "breach"),
    [
        ("hubspot", request("POST", "/crm/objects/2026-09/deals/search", SEARCH), ""),
        ("hubspot", request("POST", "/crm/objects/v3/deals/search", SEARCH), "version"),
        ("hubspot", request("POST", "/crm/objects/2026-09/deals/search", {"limit": 10}), "required property"),
        ("hubspot", request("POST", "/crm/objects/2026-09/deals/search", {**SEARCH, "limit": 201}), "maximum"),
        ("hubspot", request("POST", "/crm/objects/2026-09/deals/search", {**SEARCH, "limit": "10"}), "integer"),
        ("hubspot", request("PATCH", "/crm/objects/2026-09/contacts/7", {"properties": {"a": 7}}), "string"),
        ("hubspot", request("PATCH", "/crm/objects/2026-09/contacts/x", {"properties": {"a": "b"}}), "id"),
        ("hubspot", request("GET", "/crm/objects/2026-09/deals", query={"limit": "500"}), "maximum"),
        ("hubspot", request("GET", "/crm/objects/2026-09/deals", query={"since": "1"}), "query since is unknown"),
        ("hubspot", request("DELETE", "/crm/objects/2026-09/deals/7"), "there is no"),
        ("salesforce", request("GET", "/services/data/v66.0/query", query={"q": "SELECT Id FROM Lead"}), ""),
        ("salesforce", request("GET", "/services/data/v66.0/query"), "q is missing"),
        ("salesforce", request("GET", "/services/data/v66/query", query={"q": "SELECT Id FROM Lead"}), "version"),
        ("salesforce", request("PATCH", "/services/data/v66.0/sobjects/Lead/1", {"Email": "a"}), "id"),
        ("salesforce", request("PATCH", "/services/data/v66.0/sobjects/Lead/Ext__c/1", {"Id": "1"}), "body"),
        ("salesforce", request("PATCH", "/services/data/v66.0/sobjects/Lead/Ext__c/1"), "media type"),
    ],
)
def test_a_request_is_held_against_the_contract(name: str, asked: web.Request, breach: str) -> None:
    found = Contract.read(name).request_breaches(asked)
    assert (found == []) if not breach else breach in "; ".join(found)


def test_what_the_contract_does_not_know_is_refused_and_kept() -> None:
    app = HubSpotStandIn(Book(), token=SECRET)
    assert app.answer(request("POST", "/crm/objects/2026-09/deals/search", {})).status == 400
    assert len(app.breaches) > 0


def test_a_person_gives_away_converts_and_logs(vendor: Vendor, people: People) -> None:
    lead = vendor.book.add("lead", email="jim@acme.test", company="Acme", owner=people.ada.number)
    vendor.act(do="own", kind="lead", id=lead.number, owner=people.ben.number)
    assert lead["owner"] == people.ben.number
    vendor.act(do="log", id=lead.number, what="call")
    vendor.act(do="convert", id=lead.number)
    shown = state_of(vendor)
    assert shown["counts"] == {"lead": 1, "opportunity": 1, "account": 1, "activity": 1}
    assert shown["lead"][0]["converted"]
    assert shown["activity"][0]["person"] == "jim@acme.test"


def state_of(vendor: Vendor) -> dict[str, Any]:
    with urlopen(f"{vendor.url}/__state", timeout=5) as answer:
        return json.load(answer)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({}, "do is one of"),
        ({"do": "own", "kind": "lead", "id": 99, "owner": 1}, "no lead 99"),
        ({"do": "own", "kind": "user", "id": 1, "owner": 1}, "kind is one of"),
        ({"do": "own", "kind": "lead", "id": "1"}, "no lead 1"),
        ({"do": "log", "id": 99, "what": "fax"}, "what is one of"),
        ({"do": "merge", "kind": "opportunity", "id": 1, "other": 2}, "kind is one of"),
        ({"do": "add", "kind": "invoice"}, "kind is one of"),
        ({"do": "add", "kind": "lead", "values": "x"}, "values is an object"),
    ],
)
def test_what_a_person_cannot_do_says_why(vendor: Vendor, asked: dict[str, Any], why: str) -> None:
    with pytest.raises(HTTPError) as failure:
        vendor.post("__act", asked)
    assert failure.value.code == 409
    assert why in json.load(failure.value)["error"]


def test_a_form_of_another_site_is_not_heard(vendor: Vendor) -> None:
    headers = {"Content-Type": "text/plain"}
    with pytest.raises(HTTPError) as failure:
        urlopen(Request(f"{vendor.url}/__act", b'{"do": "add", "kind": "lead"}', headers), timeout=5)
    assert failure.value.code == 400


def test_an_unknown_fault_is_refused(vendor: Vendor) -> None:
    with pytest.raises(HTTPError) as failure:
        vendor.fail({"explode": True})
    assert failure.value.code == 400


def test_what_was_asked_is_kept_without_a_credential(vendor: Vendor, connect: Callable[..., Any]) -> None:
    connect().accounts(None)
    assert SECRET not in json.dumps(vendor.requests())


def test_the_same_seed_makes_the_same_company() -> None:
    books = [Book(), Book()]
    for book in books:
        made_up(book, at=AT, size=Size(), people=[("Ada Rep", "ada@demo.test")])
    first, second = (
        [(one.kind, one.values) for kind in ("account", "lead") for one in book.all(kind)] for book in books
    )
    assert first == second
    assert next(books[0].living("user"))["email"] == "ada@demo.test"


def exported(folder: Path, **changed: str) -> Path:
    for name, text in FILES.items():
        (folder / name).write_text(changed.get(name.removesuffix(".csv"), text), encoding="utf-8")
    return folder


def test_an_export_becomes_records(tmp_path: Path) -> None:
    book = Book()
    load_export(book, exported(tmp_path), at=AT)
    won, running = book.living("opportunity")
    (ada,), (acme,) = book.living("user"), book.living("account")
    assert (won["stage"], won["amount"], str(won["close_date"])) == ("Closed Won", 1054, "2017-03-01")
    assert (won["owner"], won["account"]) == (ada.number, acme.number)
    assert (running["stage"], running["amount"], running["account"]) == ("Qualification", None, None)
    assert (acme["revenue"], acme["employees"], acme["country"]) == (1_500_000, 120, "Kenya")


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("accounts", "account,revenue\nAcme,much\n", r"accounts.csv row 2: revenue much is no number"),
        ("accounts", "name\nAcme\n", r"accounts.csv row 2: account is empty or missing"),
        ("sales_pipeline", "opportunity_id,deal_stage\n1,Lost in space\n", "row 2: deal_stage Lost in space"),
        ("sales_pipeline", "opportunity_id,deal_stage,close_date\n1,Won,May\n", "row 2: close_date May is no date"),
        ("sales_pipeline", "opportunity_id,deal_stage,sales_agent\n1,Won,Bob\n", "sales_agent Bob is not in"),
        ("sales_pipeline", "opportunity_id,deal_stage,account\n1,Won,Nobody\n", "account Nobody is not in"),
    ],
)
def test_a_bad_export_says_which_row(tmp_path: Path, file: str, text: str, why: str) -> None:
    with pytest.raises(BadExport, match=why):
        load_export(Book(), exported(tmp_path, **{file: text}), at=AT)


def test_a_folder_without_the_files_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadExport, match=r"sales_teams\.csv"):
        load_export(Book(), tmp_path, at=AT)


@pytest.mark.parametrize(
    ("path", "status", "who"),
    [
        ("/", "200 OK", b"slack"),
        ("/api/auth.test", "200 OK", b"slack"),
        ("/salesforce", "308 Permanent Redirect", b""),
        ("/salesforce/", "200 OK", b"<!doctype html>"),
        ("/hubspot/__state", "200 OK", b'"title": "HubSpot"'),
        ("/hubspot/crm/owners/2026-09", "401 Unauthorized", b"INVALID_AUTHENTICATION"),
        ("/salesforce/services/data/v66.0/limits", "401 Unauthorized", b"INVALID_SESSION_ID"),
        ("/salesforce/crm/owners/2026-09", "404 Not Found", b"no such page"),
        ("/crm/owners/2026-09", "200 OK", b"slack"),
        ("/salesforcex/", "200 OK", b"slack"),
        ("/salesforce/secrets", "404 Not Found", b"no such page"),
    ],
)
def test_behind_one_address_each_is_known_by_its_paths(path: str, status: str, who: bytes) -> None:
    def slack(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"slack"]

    salesforce = SalesforceStandIn(Book(), client_id="a", client_secret=SECRET)
    app = Mounted(slack, {"salesforce": salesforce, "hubspot": HubSpotStandIn(Book(), token=SECRET)})  # type: ignore[arg-type]
    environ: dict[str, Any] = {"PATH_INFO": path}
    setup_testing_defaults(environ)
    said: list[str] = []
    body = b"".join(app(environ, lambda status, headers: said.append(status)))  # type: ignore[arg-type,return-value]
    assert said == [status]
    assert who in body
