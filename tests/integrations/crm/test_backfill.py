"""A CRM that is connected later is told of the leads that were held before, each once, whatever ends it half-way."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from leads.models import Delivery, Lead
from revops import crm_backfill, jobs, lifecycle
from revops.crm_backfill import APART, Progress
from revops.deliver import hurry
from tests.integrations.crm.conftest import Vendor
from tests.integrations.crm.office import Office, connect
from tests.world import HOUR, MINUTE, World, check_law

pytestmark = pytest.mark.django_db


def converted(world: World, lead: Lead) -> None:
    assert lead.owner is not None
    lifecycle.convert(lead.pk, at=world.now, by=world.actor(lead.owner))


@pytest.fixture
def before(world: World) -> list[Lead]:
    """While nothing is connected: one that is assigned, one accepted, one given back, one never with anybody, and one
    that has ended."""
    world.capture("small@tiny.test", employee_count=2)
    people = ("jo@acme.test", "kim@globex.test", "lee@initech.test")
    leads = [world.to_state("assigned" if email.startswith("jo") else "accepted", email) for email in people]
    world.recycle(leads[2], "timing")
    converted(world, world.to_state("accepted", "max@hooli.test"))
    assert set(Delivery.objects.filter(kind__startswith="crm.").values_list("status", flat=True)) == {"skipped"}
    return leads


@pytest.fixture
def office(before: list[Lead], world: World, vendor: Vendor, settings: Any, monkeypatch: Any) -> Office:
    connect(settings, vendor)
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    return Office.open(world, vendor)


def written(office: Office) -> dict[str, str]:
    return {record["email"]: record["state"] for record in office.vendor.book.living("lead") if record["state"]}


def test_the_job_tells_it_of_every_open_lead_that_was_with_a_person(office: Office, before: list[Lead]) -> None:
    jobs.sync_crm()
    office.wait(5 * MINUTE)
    office.send()
    states = {"jo@acme.test": "Assigned", "kim@globex.test": "Sales accepted (SAL)"}
    assert {email: state for email, state in written(office).items() if email in states} == states
    assert set(written(office)) == {lead.email for lead in before}
    assert office.there("jo@acme.test")["owner"] is not None
    assert office.there("lee@initech.test")["reason"] != ""
    check_law()


def test_they_go_out_one_by_one_and_what_changes_meanwhile_before_them(office: Office, before: list[Lead]) -> None:
    assert crm_backfill.take_up(at=office.world.now) == 3
    pending = Delivery.objects.filter(status="pending", kind__startswith="crm.").order_by("send_at")
    assert [row.send_at for row in pending] == [office.world.now + position * APART for position in range(3)]
    hurry("crm", at=office.world.now)
    assert Delivery.objects.filter(status="pending", next_try_at__gt=office.world.now).count() == 2
    office.world.recycle(before[1], "timing")
    office.send()
    assert written(office)["kim@globex.test"] == "Nurture"


def test_what_is_told_once_is_not_told_again(office: Office) -> None:
    jobs.sync_crm()
    office.wait(5 * MINUTE)
    office.send()
    asked = len(office.vendor.requests("write"))
    assert crm_backfill.take_up(at=office.world.now) == 0
    jobs.sync_crm()
    office.wait(5 * MINUTE)
    office.send()
    assert len(office.vendor.requests("write")) == asked
    assert crm_backfill.progress(at=office.world.now) == Progress(3, 0, 0, 0)


def test_no_more_are_on_their_way_than_a_portion(office: Office) -> None:
    assert crm_backfill.take_up(at=office.world.now, most=2) == 2
    assert crm_backfill.take_up(at=office.world.now, most=2) == 0
    assert crm_backfill.progress(at=office.world.now) == Progress(3, waiting=1, under_way=2, failed=0)


def test_killed_half_way_it_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    crm_backfill.take_up(at=office.world.now)

    def dies(*_said: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("revops.deliver._done", dies)
        with pytest.raises(KeyboardInterrupt):
            office.send()
    office.wait(5 * MINUTE)
    office.send()
    assert len(written(office)) == 3
    assert [len(office.vendor.leads(email)) for email in written(office)] == [1, 1, 1]
    assert crm_backfill.progress(at=office.world.now).left == 0


def test_a_lead_the_crm_knows_as_open_that_ended_meanwhile_is_told_of(office: Office, settings: Any) -> None:
    lead = office.held_by("ada", "accepted", "zoe@umbrella.test")
    url, settings.SALESFORCE_BASE_URL = settings.SALESFORCE_BASE_URL, ""
    key, settings.HUBSPOT_ACCESS_TOKEN = settings.HUBSPOT_ACCESS_TOKEN, ""
    office.wait(HOUR / 2)
    converted(office.world, lead)
    settings.SALESFORCE_BASE_URL, settings.HUBSPOT_ACCESS_TOKEN = url, key
    jobs.sync_crm()
    office.wait(5 * MINUTE)
    office.send()
    assert written(office)["zoe@umbrella.test"] == "Converted"


def test_the_command_tells_all_of_them_now(office: Office) -> None:
    out = StringIO()
    call_command("backfill_crm", stdout=out)
    assert out.getvalue() == "The CRM knows 3 of 3 leads that it is to know.\n"
    assert len(written(office)) == 3


def test_the_command_says_when_the_crm_is_left_alone_and_what_failed(office: Office) -> None:
    office.vendor.fail(
        {"method": "write", "error": "validation"}, {"method": "write", "status": 429, "retry_after": 900}
    )
    out = StringIO()
    with pytest.raises(CommandError, match=r"left alone until .* 2 leads wait"):
        call_command("backfill_crm", stdout=out)
    assert "1 could not be written" in out.getvalue()
    office.wait(timedelta(hours=1))
    call_command("backfill_crm", stdout=out)
    assert out.getvalue().splitlines()[-2] == "The CRM knows 2 of 3 leads that it is to know."


def test_without_a_crm_the_command_says_what_to_set() -> None:
    with pytest.raises(CommandError, match="SALESFORCE_BASE_URL or HUBSPOT_ACCESS_TOKEN"):
        call_command("backfill_crm")


def test_half_a_connection_is_said_once_and_stops_nothing_else(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SALESFORCE_BASE_URL = "https://acme.my.salesforce.com"
    caught_up: list[Any] = []
    monkeypatch.setattr("revops.jobs.catch_up", lambda *, at: caught_up.append(at))
    for _run in range(3):
        jobs.sync_crm()
    assert len(caught_up) == 3
    assert [line.msg["error"] for line in caplog.records if "crm_failed" in str(line.msg)] == [
        "Set SALESFORCE_CLIENT_ID to the consumer key of the External Client App."
    ]
