"""What the demo prints to be tried holds after the CRM was pulled, whatever the stand-in has made up."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from leads import states
from leads.actor import Actor
from leads.models import Account, Lead, Opportunity, Rep
from revops import crm_pull, lifecycle
from revops.demo import company, story
from revops.demo.accounts import TO_BYPASS, TO_WATCH
from revops.integrations.crm.port import Crm
from revops.management.commands.demo import told
from revops.management.commands.standins import _book
from tests.integrations.crm.conftest import Vendor
from tests.world import MINUTE

pytestmark = pytest.mark.django_db
PRINTED = re.compile(r"'(\{.*?\})'")


@dataclass
class Demo:
    now: datetime

    def printed(self) -> list[dict[str, Any]]:
        """The leads of the printed commands: one to watch, one for the bypass."""
        return [json.loads(form) for form in PRINTED.findall(told(at=self.now))]

    def paste(self, form: dict[str, Any]) -> Lead:
        """The lead once its seconds in the buffer are over."""
        lead = story._submit(form, self.now)
        return self.later(lead, 1)

    def later(self, lead: Lead, minutes: int) -> Lead:
        self.now += minutes * MINUTE
        story._let_time_act(self.now)
        return Lead.objects.get(pk=lead.pk)

    def claimed(self, lead: Lead) -> tuple[Lead, Rep]:
        """By a rep of its team who has not let it lapse."""
        lapsed = [breach.rep_id for breach in lead.breaches.all()]
        team = lead.territory.team if lead.territory else None
        claimer = Rep.objects.filter(team=team, takes_routing=True).exclude(pk__in=lapsed)[0]
        lifecycle.claim(lead.pk, at=self.now, by=Actor("rep", "page", user_id=claimer.user_id, rep_id=claimer.pk))
        return Lead.objects.get(pk=lead.pk), claimer


@pytest.fixture
def demo(vendor: Vendor, crm: Crm) -> Demo:
    """The demo's company on the first day, the CRM stand-in pulled."""
    now = vendor.book.clock.now()
    vendor.app.book = _book(None, at=now)
    company.load(at=now)
    assert crm_pull.pull(crm, at=now).error == ""
    assert Opportunity.objects.exclude(external_id="").count() == 90
    return Demo(now)


def test_the_first_lapses_into_the_shark_tank_and_can_be_claimed(demo: Demo) -> None:
    watched, _bypass = demo.printed()
    lead = demo.paste(watched)
    assert (lead.state, lead.is_deal) == (states.ASSIGNED, False)
    assert lead.owner is not None
    assert lead.owner.team.name == "Mid-market"
    lead = demo.later(lead, 2)
    assert lead.state == states.OVERDUE
    lead = demo.later(lead, 2)
    assert lead.state == states.SHARK_TANK
    lead, claimer = demo.claimed(lead)
    assert (lead.state, lead.owner) == (states.ACCEPTED, claimer)


def test_the_second_goes_to_the_owner_of_the_open_deal(demo: Demo) -> None:
    _watched, bypass = demo.printed()
    lead = demo.paste(bypass)
    assert (lead.state, lead.is_deal, lead.owner) == (states.ASSIGNED, True, company.rep("Priya Nair"))


def test_neither_source_knows_a_deal_or_an_owner_of_the_first(demo: Demo, vendor: Vendor) -> None:
    name, domain, *_rest = TO_WATCH
    account = Account.objects.get(domains__domain=domain)
    assert (account.owner, account.owner_email, account.external_id) == (None, "", "")
    assert not account.opportunities.exists()
    in_the_crm = {record[key] for record in vendor.book.all("account") for key in ("name", "domain")}
    assert not in_the_crm & {name, domain, *TO_BYPASS[:2]}
    assert not [lead for lead in vendor.book.all("lead") if lead["email"].endswith(f"@{domain}")]


def test_of_a_company_whose_deal_the_crm_told_of_later_a_lead_can_be_claimed_all_the_same(demo: Demo) -> None:
    """As those were that lay in the Shark Tank before the pull."""
    account = Account.objects.get(domains__domain="harborpine.example")
    open_ones = account.opportunities.filter(is_closed=False)
    deal = open_ones.order_by("-close_date")[0]
    open_ones.update(is_closed=True)
    lead = demo.later(demo.paste({"email": "jo@harborpine.example", "source": "watch_me"}), 4)
    assert lead.state == states.SHARK_TANK
    deal.save()
    lead, claimer = demo.claimed(lead)
    assert (lead.state, lead.owner) == (states.ACCEPTED, claimer)


def test_pasted_on_the_next_start_it_is_somebody_new(demo: Demo, settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path / "my checkout"
    first = demo.printed()
    assert [form["email"] for form in first] == [f"you@{TO_WATCH[1]}", f"you@{TO_BYPASS[1]}"]
    for form in first:
        demo.paste(form)
    assert [form["email"] for form in demo.printed()] == [f"you2@{TO_WATCH[1]}", f"you2@{TO_BYPASS[1]}"]
    assert f"$(cat '{tmp_path}/my checkout/.airtight/demo-token-" in told(at=demo.now)
