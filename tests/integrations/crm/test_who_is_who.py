"""Which lead of ours one in the CRM is, and those that are nobody's there, over both."""

import pytest

from leads.models import CrmPull, CrmRecord, Lead, LeadEvent, OwnerOverride, UnownedCrmLead
from revops import lifecycle
from tests.integrations.crm.office import Office, office
from tests.world import HOUR, MINUTE

pytestmark = pytest.mark.django_db
__all__ = ["office"]  # a fixture


def kinds(lead: Lead) -> list[str]:
    return list(LeadEvent.objects.filter(lead=lead).order_by("pk").values_list("kind", flat=True))


def merge(office: Office, double: Lead, kept: Lead) -> None:
    ada = office.world.actor(office.world.reps[0])
    lifecycle.recycle(double.pk, {"reason": "duplicate", "lead": kept.pk}, at=office.world.now, by=ada)


def test_a_lead_there_is_ours_by_address_without_its_tag(office: Office) -> None:
    lead = office.world.to_state("assigned", "jo@acme.test")
    office.vendor.book.add("lead", email="JO+news@acme.test", company="Acme", owner=office.users["ben"].number)
    office.pull()
    assert CrmRecord.objects.get().lead == lead


def test_of_several_lives_the_open_one(office: Office) -> None:
    first = office.held_by("ada", "accepted")
    lifecycle.convert(first.pk, at=office.world.now, by=office.world.actor(office.world.reps[0]))
    CrmRecord.objects.all().delete()
    second = office.world.to_state("assigned", "jo@acme.test")
    assert second.pk != first.pk
    office.vendor.book.change(office.there(), external_id="")
    office.pull()
    assert CrmRecord.objects.get().lead == second


def test_leads_merged_there_stay_linked(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    office.sync()
    other = office.vendor.book.add("lead", email="jo.doe@acme.test", company="Acme", owner=office.users["ada"].number)
    office.vendor.act(do="merge", kind="lead", id=other.number, other=office.there().number)
    office.sync()
    assert str(other.number) in CrmRecord.objects.get(lead=lead).crm_id
    office.vendor.book.log(other, "call", owner=office.users["ada"].number, when=office.vendor.book.clock.now())
    office.sync()
    assert office.world.again(lead).first_touch_at is not None


def test_one_merged_here_leaves_the_survivor_its_own_record(office: Office) -> None:
    """Where its rep works; the other's record was written last."""
    kept, double = office.held_by("ada"), office.held_by("ada", email="jo.doe@acme.test")
    own, others = office.record(kept).crm_id, office.record(double).crm_id
    office.wait(MINUTE)
    merge(office, double, kept)
    office.sync()
    assert CrmRecord.objects.get(crm_id=others).lead == kept
    assert office.record(kept).crm_id == own
    office.world.accept(kept)
    office.send()
    assert office.there("jo@acme.test")["state"] == "Sales accepted (SAL)"
    assert office.there("jo.doe@acme.test")["state"] == "Merged"
    [other] = office.vendor.leads("jo.doe@acme.test")
    office.vendor.book.log(other, "call", owner=office.users["ada"].number, when=office.vendor.book.clock.now())
    office.sync()
    assert office.world.again(kept).first_touch_at is not None
    assert not OwnerOverride.objects.exists()


def test_a_call_with_one_merged_here_is_with_the_survivor(office: Office) -> None:
    """Heard of before its record is pulled again."""
    kept, double = office.held_by("ada", "accepted"), office.held_by("ada", email="jo.doe@acme.test")
    office.sync()
    merge(office, double, kept)
    CrmPull.objects.filter(kind="leads").update(since=office.world.now + HOUR)
    [other] = office.vendor.leads("jo.doe@acme.test")
    office.vendor.book.log(other, "call", owner=office.users["ada"].number, when=office.vendor.book.clock.now())
    office.wait(5 * MINUTE)
    office.pull()
    assert office.world.again(kept).first_touch_at is not None
    assert "crm_activity" not in kinds(double)


# Leads of nobody


def test_leads_without_an_owner_are_kept_for_recovery(office: Office) -> None:
    add = office.vendor.book.add
    add("lead", email="a@queue.test", company="Queued", owner=office.users["queue"].number)
    add("lead", email="b@gone.test", company="Gone", owner=office.users["gina"].number)
    add("lead", email="c@held.test", company="Held", owner=office.users["ben"].number)
    taken = add("lead", email="d@taken.test", company="Taken", owner=office.users["queue"].number)
    office.sync()
    kept = UnownedCrmLead.objects.filter(lead__isnull=True)
    assert set(kept.values_list("email", "owner_name")) == {
        ("a@queue.test", "Inbound (queue)"),
        ("b@gone.test", "Gina Rep (has left)"),
        ("d@taken.test", "Inbound (queue)"),
    }
    office.vendor.act(do="own", kind="lead", id=taken.number, owner=office.users["ben"].number)
    office.sync()
    assert not kept.filter(email="d@taken.test").exists()
    assert Lead.objects.count() == 0


def test_not_more_of_them_than_are_bounded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leads.crm_mirror.MOST_UNOWNED", 3)
    for number in range(5):
        office.vendor.book.add("lead", email=f"n{number}@q.test", company="Q", owner=office.users["queue"].number)
    office.sync()
    assert set(UnownedCrmLead.objects.values_list("email", flat=True)) == {f"n{number}@q.test" for number in (2, 3, 4)}
