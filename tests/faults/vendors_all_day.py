"""A day of leads with every vendor failing in turn, in every way that its stand-in knows (minutes):

    ./run test tests/faults/vendors_all_day.py

The real adapters talk to the stand-ins over HTTP; one vendor misbehaves at every call, then all of them do. No lead
stays past five minutes, none rests in nurture for want of an answer, no call holds its worker past its time.
"""

import json
import threading
import time
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest
from django.core.management import call_command
from django.test import override_settings

from leads.models import Lead
from revops.enrich import enrich_due
from revops.standins.enrichment.app import EnrichmentStandIn
from revops.standins.enrichment.misbehaving import FAULTS
from revops.standins.serving import StandInServer, serve
from routing.models import Vendor, VendorAnswer
from routing.seeds import plant
from tests.integrations.enrichment.conftest import SECRET, stand_in
from tests.world import MINUTE, SECOND, World

NAMES = ("apollo", "zoominfo", "clearbit", "hubspot")
VENDOR_SECONDS = 1.0
# All four vendors one after the other, each in its time, and what the database takes.
LONGEST_CALL = 4 * VENDOR_SECONDS + 3


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, StandInServer]]:
    found = {name: serve(EnrichmentStandIn(stand_in(name), others=NAMES), host="127.0.0.1", port=0) for name in NAMES}
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in found.values()]
    for thread in threads:
        thread.start()
    yield found
    for server in found.values():
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _connected(servers: dict[str, StandInServer], world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    url = {name: f"http://127.0.0.1:{server.server_port}" for name, server in servers.items()}
    plant(Vendor)
    Vendor.objects.update(seconds=VENDOR_SECONDS)
    world.profile.criteria = {
        "all": [
            {"field": "employee_count", "op": "at_least", "value": 1},
            {"field": "country", "op": "not_in", "value": ["AQ"]},
        ]
    }
    world.profile.save()
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    with override_settings(
        AIRTIGHT_PRIVATE_VENDORS=True,
        ENRICHMENT_TIMEOUT=VENDOR_SECONDS,
        APOLLO_API_KEY=SECRET,
        APOLLO_BASE_URL=f"{url['apollo']}/api/v1",
        ZOOMINFO_CLIENT_ID="client",
        ZOOMINFO_CLIENT_SECRET=SECRET,
        ZOOMINFO_BASE_URL=f"{url['zoominfo']}/gtm",
        ZOOMINFO_TOKEN_URL=f"{url['zoominfo']}/gtm/oauth/v1/token",
        CLEARBIT_API_KEY=SECRET,
        CLEARBIT_BASE_URL=url["clearbit"],
        HUBSPOT_ACCESS_TOKEN=SECRET,
        HUBSPOT_BASE_URL=url["hubspot"],
    ):
        yield
    for name in NAMES:
        steer(servers[name], {"behave": True})


def steer(server: StandInServer, change: dict[str, object]) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"http://127.0.0.1:{server.server_port}/__control"
    urlopen(Request(url, json.dumps(change).encode(), headers), timeout=5).close()


def live_through(world: World, prefix: str) -> list[Lead]:
    """Ten leads come in and five minutes pass; the worker asks whenever something is due."""
    answers = world.capture_all([{"email": f"jo@{prefix}{number}.example.com"[:60]} for number in range(2)])
    answers += world.capture_all([{"email": f"jo@{prefix}-{number}.test"} for number in range(8)])
    for _minute in range(5):
        while enrich_due_in_time(world):
            pass
        world.pass_time(MINUTE)
    world.pass_time(SECOND)
    return list(Lead.objects.filter(pk__in=[answer.lead_id for answer in answers]).select_related("reason"))


def enrich_due_in_time(world: World) -> int:
    began = time.monotonic()
    taken = enrich_due(at=world.now)
    assert time.monotonic() - began < LONGEST_CALL
    return taken


def check(leads: list[Lead]) -> None:
    assert {lead.state for lead in leads} == {"assigned"}
    call_command("audit")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", FAULTS)
def test_one_vendor_fails_all_day(world: World, servers: dict[str, StandInServer], name: str, fault: str) -> None:
    steer(servers[name], {"next": [{"fault": fault, "times": 0}]})
    check(live_through(world, f"{fault.replace('_', '-')}-{name}"))


@pytest.mark.parametrize("fault", FAULTS)
def test_all_vendors_fail_at_once(world: World, servers: dict[str, StandInServer], fault: str) -> None:
    for name in NAMES:
        steer(servers[name], {"next": [{"fault": fault, "times": 0}]})
    check(live_through(world, f"all-{fault.replace('_', '-')}"))


def test_all_is_well(world: World, servers: dict[str, StandInServer]) -> None:
    leads = live_through(world, "well")
    check(leads)
    assert all(lead.employee_count and lead.country for lead in leads)
    assert VendorAnswer.objects.filter(outcome="match").count() == len({lead.domain for lead in leads})
