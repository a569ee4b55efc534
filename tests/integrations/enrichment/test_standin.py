"""The stand-ins themselves: their page, their switches, and that they keep no secret and take no stranger."""

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from revops.integrations.enrichment.apollo import Apollo
from revops.integrations.enrichment.firmographics import Match, NoMatch
from revops.integrations.errors import AuthRevoked, VendorError
from revops.standins.companies import company_at
from revops.standins.enrichment.apollo import ApolloStandIn
from revops.standins.enrichment.app import EnrichmentStandIn
from revops.standins.enrichment.clearbit import ClearbitStandIn
from revops.standins.enrichment.vendor import Vendor
from revops.standins.enrichment.zoominfo import ZoomInfoStandIn
from revops.standins.mounting import Mounted
from revops.standins.serving import serve
from revops.standins.web import Reply
from revops.standins.web import Request as Asked
from tests.integrations.enrichment.conftest import SECRET, Case, only

DOMAIN = "northwind-robotics.example"


def test_a_company_is_the_same_each_time() -> None:
    assert company_at("anything.example") == company_at("www.Anything.example")
    assert company_at("anything.example") != company_at("something.example")


@pytest.mark.parametrize("path", ["/", "/vendor.css", "/vendor.js"])
@only("apollo")
def test_the_page_runs_nothing_but_its_own(case: Case, path: str) -> None:
    with urlopen(case.url + path, timeout=5) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.read()


def test_its_state_tells_calls_credits_and_faults(case: Case) -> None:
    case.provider.company(domain=DOMAIN)
    case.misbehave("html", times=3)
    case.control(credits=12, unknown=["lost.example"])
    with urlopen(f"{case.url}/__state", timeout=5) as answer:
        said = answer.read().decode()
    state = json.loads(said)
    assert (state["calls"], state["credits"], state["unknown"]) == (1, 12, ["lost.example"])
    assert [(one["fault"], one["times"]) for one in state["coming"]] == [("html", 3)]
    assert state["requests"][0]["kind"] == "company"
    assert SECRET not in said


def test_a_fault_lasts_as_long_as_it_was_asked_to(case: Case) -> None:
    case.misbehave("html", times=2)
    for _ in range(2):
        with pytest.raises(VendorError):
            case.provider.company(domain=DOMAIN)
    assert isinstance(case.provider.company(domain=DOMAIN), Match)
    case.misbehave("empty", times=0)
    for _ in range(3):
        with pytest.raises(VendorError):
            case.provider.company(domain=DOMAIN)
    case.control(behave=True)
    assert isinstance(case.provider.company(domain=DOMAIN), Match)


def test_a_company_can_be_forgotten_and_all_begun_anew(case: Case) -> None:
    case.control(unknown=[DOMAIN])
    assert case.provider.company(domain=DOMAIN) == NoMatch()
    case.control(clear=True)
    assert isinstance(case.provider.company(domain=DOMAIN), Match)
    assert len(case.requests("company")) == 1


@only("apollo")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "text/plain"),
        (b"not json", "application/json"),
        (b'{"next": [{"fault": "earthquake"}]}', "application/json"),
        (b'{"next": [{"fault": "html", "times": "3"}]}', "application/json"),
        (b'{"next": [{"fault": "html", "colour": 1}]}', "application/json"),
        (b'{"next": {}}', "application/json"),
    ],
)
def test_a_switch_it_does_not_have(case: Case, body: bytes, content_type: str) -> None:
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(f"{case.url}/__control", body, {"Content-Type": content_type}), timeout=5)
    assert caught.value.code == 400
    assert json.load(caught.value)["error"]


@pytest.mark.parametrize(
    ("vendor", "request_line"),
    [
        (ApolloStandIn(api_key=""), ("GET", "/api/v1/organizations/enrich", {"domain": DOMAIN})),
        (ClearbitStandIn(api_key=""), ("GET", "/v2/companies/find", {"domain": DOMAIN})),
        (
            ZoomInfoStandIn(client_id="", client_secret="", username="", password=""),
            ("POST", "/gtm/data/v1/companies/enrich", {}),
        ),
    ],
    ids=["apollo", "clearbit", "zoominfo"],
)
@pytest.mark.parametrize("authorization", ["", "Bearer ", "Basic ", "Basic Og==", "Basic %%%", "Bearer x"])
def test_without_a_credential_set_nobody_is_let_in(
    vendor: Vendor, request_line: tuple[str, str, dict[str, str]], authorization: str
) -> None:
    request = Asked(*request_line, "", authorization, b"", {"authorization": authorization, "x-api-key": ""})
    assert vendor.answer(request).status == 401


def test_a_malformed_request_gets_the_vendors_own_error(case: Case) -> None:
    """The adapters make none; whoever changes them shall see what the vendor would have said."""
    kind = next(end for end, kind in case.vendor.PATHS.items() if kind == "company")
    request = Asked("GET", f"/nowhere{kind}", {}, "", "", b"")
    reply = case.vendor.answer(request)
    assert reply.status == 404
    assert case.vendor.invalid(["x is missing"]).status in {400, 422}
    assert b"x is missing" in case.vendor.invalid(["x is missing"]).body


@only("apollo")
@pytest.mark.parametrize("query", ["", "domain=www.acme.com", "domain=a@b.com", "domain=acme.com&extra=1"])
def test_apollo_refuses_what_its_contract_refuses(case: Case, query: str) -> None:
    with pytest.raises(HTTPError) as caught:
        urlopen(Request(f"{case.url}/api/v1/organizations/enrich?{query}", headers={"x-api-key": SECRET}), timeout=5)
    assert caught.value.code == 422
    assert case.requests()[-1]["breaches"]


@pytest.fixture
def mounted() -> Iterator[str]:
    def root(environ, start_response):  # type: ignore[no-untyped-def]
        return Reply(body=b"the root", content_type="text/plain").send(start_response)

    app = EnrichmentStandIn(ApolloStandIn(api_key=SECRET), others={"apollo": "Apollo"})
    server = serve(Mounted(root, {"apollo": app}), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_several_stand_ins_share_a_port(mounted: str) -> None:
    for path, start in (("/", b"the root"), ("/apollo/", b"<!doctype"), ("/apollox", b"the root")):
        with urlopen(mounted + path, timeout=5) as answer:
            assert answer.read().startswith(start)
    moved = HTTPConnection(urlsplit(mounted).netloc, timeout=5)
    moved.request("GET", "/apollo")
    assert moved.getresponse().headers["Location"] == "/apollo/"
    moved.close()
    apollo = Apollo(SECRET, base_url=f"{mounted}/apollo/api/v1", private_allowed=True)
    assert isinstance(apollo.company(domain=DOMAIN), Match)
    with pytest.raises(AuthRevoked):
        Apollo("another-key", base_url=f"{mounted}/apollo/api/v1", private_allowed=True).company(domain=DOMAIN)
