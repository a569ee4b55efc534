"""Each vendor's stand-in on a free port, and the provider that talks to it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import pytest

from revops.integrations.enrichment.apollo import Apollo
from revops.integrations.enrichment.clearbit import Clearbit
from revops.integrations.enrichment.hubspot_companies import HubSpotCompanies
from revops.integrations.enrichment.provider import Provider
from revops.integrations.enrichment.zoominfo import ZoomInfo
from revops.integrations.enrichment.zoominfo_legacy import ZoomInfoLegacy
from revops.standins.enrichment.apollo import ApolloStandIn
from revops.standins.enrichment.app import EnrichmentStandIn
from revops.standins.enrichment.clearbit import ClearbitStandIn
from revops.standins.enrichment.vendor import Vendor
from revops.standins.enrichment.zoominfo import ZoomInfoStandIn
from revops.standins.serving import serve
from tests.integrations.enrichment.hubspot import HubSpotRecords

SECRET = "the-secret-of-these-tests/+=42"
NAMES = ["apollo", "zoominfo", "zoominfo_legacy", "clearbit", "hubspot"]


@dataclass
class Case:
    """A provider, and the stand-in of its vendor as a test steers it."""

    provider: Provider
    app: EnrichmentStandIn
    url: str

    @property
    def vendor(self) -> Vendor:
        return self.app.vendor

    def misbehave(self, fault: str, **how: Any) -> None:
        self.control(next=[{"fault": fault, **how}])

    def control(self, **change: Any) -> None:
        body, headers = json.dumps(change).encode(), {"Content-Type": "application/json"}
        urlopen(Request(f"{self.url}/__control", body, headers), timeout=5).close()

    def requests(self, *kinds: str) -> list[dict[str, Any]]:
        with urlopen(f"{self.url}/__requests", timeout=5) as answer:
            return [one for one in json.load(answer)["requests"] if not kinds or one["kind"] in kinds]


def make(name: str, url: str, **options: Any) -> Provider:
    made: dict[str, Any] = {
        "apollo": lambda: Apollo(SECRET, base_url=f"{url}/api/v1", private_allowed=True),
        "zoominfo": lambda: ZoomInfo(
            "client", SECRET, base_url=f"{url}/gtm", token_url=f"{url}/gtm/oauth/v1/token", private_allowed=True
        ),
        "zoominfo_legacy": lambda: ZoomInfoLegacy("user", SECRET, base_url=url, private_allowed=True),
        "clearbit": lambda: Clearbit(SECRET, base_url=url, private_allowed=True),
        "hubspot": lambda: HubSpotCompanies(SECRET, base_url=url, private_allowed=True),
    }
    provider = made[name]()
    for option, value in options.items():
        setattr(provider, option, value)
    return provider


def stand_in(name: str) -> Vendor:
    if name.startswith("zoominfo"):
        return ZoomInfoStandIn(client_id="client", client_secret=SECRET, username="user", password=SECRET)
    if name == "hubspot":
        return HubSpotRecords(token=SECRET)
    return {"apollo": ApolloStandIn, "clearbit": ClearbitStandIn}[name](api_key=SECRET)


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    app = EnrichmentStandIn(stand_in(request.param), others={"apollo": "Apollo"})
    server = serve(app, host="127.0.0.1", port=0)
    url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Case(make(request.param, url), app, url)
    server.shutdown()
    server.server_close()
    thread.join()


def only(*names: str) -> pytest.MarkDecorator:
    """Of all vendors, these."""
    return pytest.mark.parametrize("case", names, indirect=True)
