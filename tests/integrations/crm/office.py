"""A company whose reps work in the CRM: our world and the vendor's stand-in, on one clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leads.models import CrmRecord, Delivery, Lead, Rep
from revops import crm_pull
from revops.crm import configured
from revops.deliver import deliver_due
from revops.standins.crm.records import Record
from routing.models import Vendor as EnrichmentVendor
from tests.integrations.crm.conftest import SECRET, Vendor
from tests.world import MINUTE, World

PORTIONS = 50  # more than any test has deliveries


def connect(settings: Any, vendor: Vendor) -> None:
    if vendor.app.name == "hubspot":
        settings.HUBSPOT_BASE_URL, settings.HUBSPOT_ACCESS_TOKEN = vendor.url, SECRET
    else:
        settings.SALESFORCE_BASE_URL = settings.SALESFORCE_LOGIN_URL = vendor.url
        settings.SALESFORCE_CLIENT_ID, settings.SALESFORCE_CLIENT_SECRET = "airtight", SECRET
    settings.AIRTIGHT_PRIVATE_VENDORS = True


@dataclass
class Office:
    """Ada and Ben have users in the CRM, Cleo has none; Gina has left it."""

    world: World
    vendor: Vendor
    users: dict[str, Record]

    @classmethod
    def open(cls, world: World, vendor: Vendor) -> "Office":
        vendor.control(advance=(world.now - datetime.now(UTC)).total_seconds())
        add = vendor.book.add
        users = {
            name: add("user", name=f"{name.title()} Rep", email=f"{name.title()}@airtight.test", active=name != "gina")
            for name in ("ada", "ben", "gina")
        }
        users["queue"] = add("user", name="Inbound", queue=True, active=True)
        EnrichmentVendor.objects.update(active=False)  # HubSpot's key would have HubSpot asked about companies, too
        return cls(world, vendor, users)

    # Time, and what our workers do in it

    def wait(self, by: timedelta) -> None:
        """Time passes for both, and the sweep acts."""
        self.vendor.control(advance=by.total_seconds())
        self.world.pass_time(by)

    def send(self) -> list[str]:
        """Send all that is due; the statuses of the CRM's, oldest first."""
        for _portion in range(PORTIONS):
            if not deliver_due(at=self.world.now):
                break
        return list(self.deliveries().values_list("status", flat=True))

    def pull(self, **options: Any) -> crm_pull.Pulled:
        crm = configured()
        assert crm is not None
        return crm_pull.pull(crm, at=self.world.now, **options)

    def sync(self, after: timedelta = 5 * MINUTE) -> crm_pull.Pulled:
        """What the next minutes bring: deliveries go out, a pull comes in, what that owes goes out."""
        self.send()
        self.wait(after)
        done = self.pull()
        assert done.error == ""
        self.send()
        return done

    # Leads

    def held_by(self, name: str, state: str = "assigned", email: str = "jo@acme.test", **fields: Any) -> Lead:
        """A lead that this rep holds: the others are away for it. Its record is in the CRM."""
        others = [rep for rep in self.world.reps if rep.user.email != f"{name}@airtight.test"]
        Rep.objects.filter(pk__in=[rep.pk for rep in others]).update(takes_routing=False)
        lead = self.world.to_state(state, email, **fields)
        self.vendor.control(advance=(self.world.now - self.vendor.book.clock.now()).total_seconds())
        Rep.objects.filter(pk__in=[rep.pk for rep in others]).update(takes_routing=True)
        assert lead.owner is not None
        assert lead.owner.user.email == f"{name}@airtight.test"
        self.send()
        return lead

    def deliveries(self) -> Any:
        return Delivery.objects.filter(kind__startswith="crm.").order_by("pk")

    def record(self, lead: Lead) -> CrmRecord:
        found = CrmRecord.of(lead)
        assert found is not None
        return found

    def there(self, email: str = "jo@acme.test") -> Record:
        """The one record of this address in the CRM."""
        [record] = self.vendor.leads(email)
        return record

    # What people do in the CRM

    def log(self, what: str = "call", by: str = "ada", at: datetime | None = None, **values: Any) -> Record:
        when = at or self.vendor.book.clock.now()
        return self.vendor.book.log(self.there(), what, when=when, owner=self.users[by].number, **values)

    def give(self, to: str, by: str = "ben") -> None:
        self.vendor.act(
            do="own", kind="lead", id=self.there().number, owner=self.users[to].number, by=self.users[by].number
        )

    def convert(self) -> None:
        self.vendor.act(do="convert", id=self.there().number)


@pytest.fixture
def office(world: World, vendor: Vendor, settings: Any) -> Office:
    connect(settings, vendor)
    return Office.open(world, vendor)
