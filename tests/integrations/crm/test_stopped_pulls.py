"""A pull that is stopped, refused or has nothing to ask for, over both."""

from datetime import timedelta
from typing import Any

import pytest

from leads.models import CrmPull, CrmRecord, Lead, UnownedCrmLead
from revops import crm_health, jobs
from revops.integrations.crm.port import Crm
from revops.integrations.errors import RateLimited, Refused, Unavailable
from tests.integrations.crm.office import Office, office
from tests.world import MINUTE, World

pytestmark = pytest.mark.django_db
__all__ = ["office"]  # a fixture


def test_a_pull_of_leads_goes_on_where_it_was_stopped(
    office: Office, monkeypatch: pytest.MonkeyPatch, crm: Crm
) -> None:
    monkeypatch.setattr("revops.standins.salesforce.app.BATCH", 50)
    for number in range(230):
        office.vendor.book.add("lead", email=f"n{number}@q.test", company="Q", owner=office.users["queue"].number)
    read, pages = type(crm).leads, []

    def dies_after_two(self: Crm, since: Any, cursor: str = "") -> Any:
        if len(pages) == 2:
            raise Unavailable("the line is dead")
        pages.append(cursor)
        return read(self, since, cursor)

    with monkeypatch.context() as dying:
        dying.setattr(type(crm), "leads", dies_after_two)
        assert "the line is dead" in office.pull().error
    kept = UnownedCrmLead.objects.count()
    assert 0 < kept < 230
    assert CrmPull.objects.get(kind="leads").cursor
    assert office.pull().error == ""
    assert UnownedCrmLead.objects.count() == 230


@pytest.mark.parametrize("how", ["unfinished", "failed", "left alone"])
def test_what_needs_no_crm_is_done_whatever_becomes_of_the_pull(
    office: Office, monkeypatch: pytest.MonkeyPatch, crm: Crm, how: str
) -> None:
    met = office.held_by("ada", "accepted")
    office.log("meeting", at=office.world.now + 10 * MINUTE)
    lead = office.held_by("ada", email="kim@globex.test")
    office.vendor.book.change(office.there("kim@globex.test"), owner=office.users["ben"].number)
    office.vendor.act(do="convert", id=office.there("kim@globex.test").number)
    office.sync()
    office.world.accept(lead)
    office.wait(15 * MINUTE)
    monkeypatch.setattr("revops.clock.now", lambda: office.world.now)
    if how == "failed":
        monkeypatch.setattr(type(crm), "users", _dead)
        assert "the line is dead" in office.pull().error
    elif how == "unfinished":
        monkeypatch.setattr("revops.crm_pull.Pull._kind", lambda _pull, _kind: False)
        assert office.pull().unfinished
    else:
        crm_health.failed(RateLimited("slow down", retry_after=3600), at=office.world.now)
        jobs.sync_crm()
    assert office.world.again(lead).state == "converted"
    assert office.world.again(met).first_touch_at is not None


def test_what_is_refused_of_one_kind_stops_no_other(office: Office, monkeypatch: pytest.MonkeyPatch, crm: Crm) -> None:
    lead = office.held_by("ada", "accepted")
    read = type(crm).opportunities
    monkeypatch.setattr(type(crm), "opportunities", _forbidden)
    office.log("call")
    office.wait(5 * MINUTE)
    done = office.pull()
    assert "not for you" in done.error
    assert office.world.again(lead).first_touch_at is not None
    assert list(CrmPull.objects.exclude(error="").values_list("kind", flat=True)) == ["opportunities"]
    monkeypatch.setattr(type(crm), "opportunities", read)
    assert office.pull().error == ""
    assert not CrmPull.objects.exclude(error="").exists()


def _dead(*_args: object, **_named: object) -> Any:
    raise Unavailable("the line is dead")


def _forbidden(*_args: object, **_named: object) -> Any:
    raise Refused("not for you")


def test_without_leads_of_ours_no_old_activity_is_read(office: Office) -> None:
    known = office.vendor.book.add("lead", email="jo@acme.test", company="Acme", owner=office.users["ada"].number)
    for days in range(1, 4):
        at = office.world.now - timedelta(days=days)
        office.vendor.book.add("activity", at=at, what="call", when=at, done=True, owner=1, person=known.number)
    assert office.pull().rows["activities"] == 0


def test_nobodys_lead_is_captured_by_itself(office: Office, world: World) -> None:
    office.vendor.book.add("lead", email="new@acme.test", company="Acme", owner=office.users["ben"].number)
    office.sync()
    assert (Lead.objects.count(), CrmRecord.objects.count()) == (0, 0)
