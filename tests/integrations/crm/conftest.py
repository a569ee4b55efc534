"""Both CRMs, each as a stand-in on a free port with a client that talks to it. Every test here runs over both."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest

from revops.integrations.crm.hubspot import HubSpot
from revops.integrations.crm.port import Crm, Gone, NewLead, Page
from revops.integrations.crm.salesforce import Salesforce
from revops.integrations.crm.salesforce_login import ClientCredentials
from revops.standins.crm.app import CrmStandIn
from revops.standins.crm.records import Book, Record
from revops.standins.hubspot.app import HubSpotStandIn
from revops.standins.mounting import Mounted
from revops.standins.salesforce.app import SalesforceStandIn
from revops.standins.serving import serve

SECRET = "s3cret-key-of-tests"
LEAD = NewLead(external_id="lead-1", email="jim@acme.test", first_name="Jim", last_name="O'Brien", company="Acme")


@dataclass
class Vendor:
    """The running stand-in, as a test steers it."""

    url: str
    app: CrmStandIn

    @property
    def book(self) -> Book:
        return self.app.book

    def control(self, **asked: Any) -> None:
        self.post("__control", asked)

    def fail(self, *faults: dict[str, Any]) -> None:
        self.control(next=list(faults))

    def act(self, **asked: Any) -> int:
        return self.post("__act", asked)["id"]

    def requests(self, operation: str = "") -> list[dict[str, Any]]:
        with urlopen(f"{self.url}/__requests", timeout=5) as answer:
            heard = json.load(answer)["requests"]
        return [one for one in heard if operation in {"", one["operation"]}]

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        url = f"{self.url}/{path}"
        with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=10) as answer:
            return json.load(answer)

    def an_hour_later(self) -> None:
        self.control(advance=3600)

    def leads(self, email: str) -> list[Record]:
        return list(self.book.by("lead", "email", email))


@pytest.fixture(params=["salesforce", "hubspot"])
def vendor(request: pytest.FixtureRequest) -> Iterator[Vendor]:
    app: CrmStandIn = (
        SalesforceStandIn(Book(), client_id="airtight", client_secret=SECRET)
        if request.param == "salesforce"
        else HubSpotStandIn(Book(), token=SECRET)
    )
    server = serve(Mounted(app, {app.name: app}), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Vendor(f"http://127.0.0.1:{server.server_port}/{app.name}", app)
    server.shutdown()
    server.server_close()
    thread.join()
    assert app.breaches == [], "a request that the vendor's contract does not know"


@pytest.fixture
def connect(vendor: Vendor) -> Callable[..., Crm]:
    def make(timeout: float = 10.0, url: str = "", private_allowed: bool = True) -> Crm:
        url = url or vendor.url
        if vendor.app.name == "hubspot":
            return HubSpot(url, SECRET, timeout=timeout, private_allowed=private_allowed)
        login = ClientCredentials(url, "airtight", SECRET)
        return Salesforce(url, login, timeout=timeout, private_allowed=private_allowed)

    return make


@pytest.fixture
def crm(connect: Callable[..., Crm]) -> Crm:
    return connect()


@dataclass
class People:
    """Ada and Ben sell, Gina has left; the queue is nobody in person."""

    ada: Record
    ben: Record
    gina: Record
    queue: Record


@pytest.fixture
def people(vendor: Vendor) -> People:
    add = vendor.book.add
    return People(
        ada=add("user", name="Ada Rep", email="Ada@crm.test", active=True),
        ben=add("user", name="Ben Rep", email="ben@crm.test", active=True),
        gina=add("user", name="Gina Gone", email="gina@crm.test", active=False),
        queue=add("user", name="Inbound", queue=True, active=True),
    )


@dataclass
class Pulled:
    items: list[Any]
    gone: list[Gone]
    until: datetime
    pages: int


def pull(read: Callable[[datetime | None, str], Page[Any]], since: datetime | None = None) -> Pulled:
    """Every page, as a mirror would read it."""
    items: list[Any] = []
    gone: list[Gone] = []
    cursor, pages = "", 0
    while True:
        page = read(since, cursor)
        pages += 1
        items += page.items
        gone += page.gone
        cursor = page.cursor
        if not cursor:
            return Pulled(items, gone, page.until, pages)


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=30)
