"""What the admin shows of the CRM: lists to come back to, what wants a person, a way to ask again."""

from typing import Any

import pytest
from django.test import Client

from leads.models import CrmPull, CrmRecord, CrmUser, Delivery, Opportunity, VendorHealth
from revops import crm_health
from revops.admin_attention import attention
from tests.admin.conftest import said
from tests.world import HOUR, World

LISTS = ("crmpull", "crmrecord", "owneroverride", "lostdeal", "unownedcrmlead")


@pytest.fixture
def known(ours: World) -> CrmRecord:
    """A lead of ours that was converted there, and two that are nobody's; three deals, one of them lost."""
    acme = ours.account()
    for name, fields in {
        "Lost": {"is_closed": True, "loss_reason": "Price too high"},
        "Won": {"is_closed": True, "is_won": True},
        "Deleted": {"is_closed": True, "stage": "deleted"},
    }.items():
        ours.deal(acme, None, name=f"{name} deal", external_id=name, **fields)
    CrmRecord.objects.create(crm_id="q", email="a@queue.test", owner_name="Inbound (queue)", changed_at=ours.now)
    lead = ours.to_state("assigned", "kim@globex.test")
    return CrmRecord.objects.create(crm_id="00Q1", lead=lead, email=lead.email, conversion="waiting")


@pytest.mark.parametrize("name", LISTS)
def test_each_list_opens_and_takes_no_change(known: CrmRecord, rita: Client, root: Client, name: str) -> None:
    assert rita.get(f"/admin/leads/{name}/").status_code == 200
    assert rita.get(f"/admin/leads/{name}/?q=acme").status_code == 200
    for client in (rita, root):
        assert client.post(f"/admin/leads/{name}/add/", {}).status_code == 403


def test_lost_deals_and_nobody_elses(known: CrmRecord, rita: Client) -> None:
    page = rita.get("/admin/leads/lostdeal/?q=price").content.decode()
    assert "Lost deal" in page
    assert "Won deal" not in rita.get("/admin/leads/lostdeal/").content.decode()
    assert "Deleted deal" not in rita.get("/admin/leads/lostdeal/").content.decode()
    lost = Opportunity.objects.get(name="Lost deal")
    assert rita.post(f"/admin/leads/lostdeal/{lost.pk}/change/", {"name": "x"}).status_code == 403


def test_leads_there_that_are_nobodys(known: CrmRecord, rita: Client) -> None:
    page = rita.get("/admin/leads/unownedcrmlead/").content.decode()
    assert "a@queue.test" in page
    assert "kim@globex.test" not in page
    assert "a@queue.test" not in rita.get("/admin/leads/crmrecord/").content.decode()


def test_what_wants_a_person(known: CrmRecord, ours: World) -> None:
    CrmUser.objects.create(crm_id="1", name="Ada", email="ADA@airtight.test")
    CrmUser.objects.create(crm_id="2", name="Ben", email="ben@airtight.test", active=False)
    texts = [notice.text for notice in attention()]
    assert "1 lead was converted in the CRM before anybody accepted here." in texts
    assert any("No user in the CRM has the e-mail of Ben, Cleo:" in text for text in texts)


def test_reps_without_a_user_there(known: CrmRecord, rita: Client) -> None:
    CrmUser.objects.create(crm_id="1", name="Ada", email="ADA@airtight.test")
    page = rita.get("/admin/leads/rep/?crm=no").content.decode()
    assert "Cleo" in page
    assert ">Ada<" not in page


def test_a_refused_key_is_told_and_the_crm_asked_again_by_hand(
    ours: World, rita: Client, at: Any, settings: Any
) -> None:
    settings.SALESFORCE_BASE_URL, settings.SALESFORCE_CLIENT_SECRET = "https://acme.my.salesforce.com", "s3cret"
    ours.to_state("assigned")
    Delivery.objects.filter(kind="crm.owner").update(next_try_at=ours.now + HOUR, attempts=1)
    CrmPull.objects.create(kind="accounts")
    health = VendorHealth(vendor="crm")
    health.refused_credential("401 the key is not known", credential=crm_health.fingerprint(), at=ours.now)
    health.save()
    assert any("until its settings are mended" in notice.text for notice in attention())
    assert "Not asked until its key or settings change" in rita.get("/admin/leads/crmpull/").content.decode()
    assert rita.get("/admin/leads/crmpull/ask-again/").status_code == 405
    assert "asked again" in said(rita.post("/admin/leads/crmpull/ask-again/", follow=True))
    assert crm_health.closed_until(at=ours.now) is None
    assert Delivery.objects.get(kind="crm.owner").next_try_at == ours.now
    assert not any("until its settings are mended" in notice.text for notice in attention())
    assert settings.SALESFORCE_CLIENT_SECRET not in rita.get("/admin/leads/crmpull/").content.decode()


def test_the_page_of_the_crm_tells_how_far_it_knows_our_leads(
    ours: World, rita: Client, at: Any, settings: Any
) -> None:
    ours.to_state("assigned")
    assert "Not connected" in rita.get("/admin/leads/crmpull/").content.decode()
    settings.HUBSPOT_ACCESS_TOKEN = "s3cret"
    page = rita.get("/admin/leads/crmpull/").content.decode()
    assert "api.hubapi.com" in page
    assert "<strong>0 of 1</strong> lead that it is to know is written." in page
    assert "1 waits, thirty a minute." in page
    assert "s3cret" not in page


def test_who_only_looks_cannot_ask_again(ours: World, client: Client, at: Any) -> None:
    client.force_login(ours.manager.user)
    assert client.post("/admin/leads/crmpull/ask-again/").status_code in (302, 403)
    assert not VendorHealth.objects.exists()
