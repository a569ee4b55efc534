"""Before a lead is written its owner there is looked at, so that what somebody set by hand is not covered unseen."""

from typing import Any

import pytest

from leads.models import Lead, OwnerOverride
from revops import lifecycle
from revops.crm_writing import TRIED
from tests.integrations.crm.office import Office, office
from tests.world import check_law

pytestmark = pytest.mark.django_db
__all__ = ["office"]  # a fixture


def goes_on_to(office: Office, name: str, lead: Lead) -> None:
    """Whoever holds it is switched off, and of the others only this one takes leads."""
    reps = {rep.user.email.partition("@")[0]: rep for rep in office.world.reps}
    held = office.world.again(lead).owner
    assert held is not None
    by = office.world.actor(office.world.revops)
    for other, rep in reps.items():
        if other != name and rep != held:
            lifecycle.switch_off(rep.pk, at=office.world.now, by=by)
    lifecycle.switch_on(reps[name].pk, at=office.world.now, by=by)
    lifecycle.switch_off(held.pk, at=office.world.now, by=by)
    assert office.world.again(lead).owner == reps[name]


def test_an_owner_set_by_hand_that_our_write_would_cover_is_listed_and_written_back(office: Office) -> None:
    lead = office.held_by("ada")
    office.give("ben")
    office.world.accept(lead)
    office.send()
    override = OwnerOverride.objects.get()
    assert (override.lead, override.holder, override.owner_name) == (lead, office.world.reps[0], "Ben Rep")
    assert (override.by_name, override.written_back) == ("Ben Rep", True)
    assert (office.there()["owner"], office.there()["state"]) == (office.users["ada"].number, "Sales accepted (SAL)")
    assert list(office.deliveries().values_list("status", flat=True)) == ["sent", "dropped", "sent"]
    office.sync()
    office.sync()
    assert OwnerOverride.objects.count() == 1
    check_law()


def test_so_is_one_where_the_lead_went_on_to_another_rep_here(office: Office) -> None:
    dora = office.vendor.book.add("user", name="Dora Other", email="dora@elsewhere.test", active=True)
    office.users["dora"] = dora
    lead = office.held_by("ada")
    office.give("dora")
    goes_on_to(office, "ben", lead)
    office.pull()  # which takes the new users in, and sees it first
    office.send()
    override = OwnerOverride.objects.get()
    assert (override.owner_name, override.holder) == ("Dora Other", office.world.reps[1])
    assert office.there()["owner"] == office.users["ben"].number


def test_given_there_to_who_holds_it_here_by_now_it_is_no_override(office: Office) -> None:
    lead = office.held_by("ada")
    office.give("ben")
    goes_on_to(office, "ben", lead)
    office.send()
    assert not OwnerOverride.objects.exists()
    assert office.there()["owner"] == office.users["ben"].number


def test_an_owner_of_ours_whose_answer_was_lost_is_no_override(office: Office) -> None:
    lead = office.held_by("ada")
    goes_on_to(office, "ben", lead)
    office.vendor.fail({"method": "write", "status": 500, "effect": True})
    assert office.send() == ["sent", "dropped", "pending"]
    assert office.there()["owner"] == office.users["ben"].number
    goes_on_to(office, "ada", lead)
    office.send()
    assert not OwnerOverride.objects.exists()
    assert office.there()["owner"] == office.users["ada"].number
    assert office.deliveries().last().answer["owner"] == office.record(lead).wrote_owner
    assert TRIED not in office.deliveries().last().answer


def test_a_fourth_one_of_a_day_is_listed_and_that_write_leaves_it(office: Office) -> None:
    lead = office.held_by("ada", "accepted")
    by = office.world.actor(office.world.reps[0])
    for _time in range(4):
        office.give("ben")
        lifecycle.touch(lead.pk, kind="call", at=office.world.now, by=by)
        office.send()
    assert list(OwnerOverride.objects.order_by("pk").values_list("written_back", flat=True)) == [True] * 3 + [False]
    assert office.there()["owner"] == office.users["ben"].number
    assert office.deliveries().last().answer["owner_left"] == "given to Ben Rep there by hand"


def test_a_lead_that_is_gone_when_it_is_looked_at_is_made_anew(office: Office) -> None:
    lead = office.held_by("ada")
    office.vendor.book.delete(office.there())
    office.world.accept(lead)
    office.send()
    assert office.there()["owner"] == office.users["ada"].number


@pytest.mark.parametrize(("then", "looks"), [("accept", 1), ("nurture", 0)])
def test_the_look_costs_one_call_and_none_where_nobody_is_given_the_lead(office: Office, then: str, looks: int) -> None:
    lead = office.held_by("ada")
    office.pull()
    before: list[dict[str, Any]] = office.vendor.requests()
    if then == "accept":
        office.world.accept(lead)
    else:
        office.world.recycle(lead, "timing")
    office.send()
    asked = [one["operation"] for one in office.vendor.requests()[len(before) :] if one["operation"] != "token"]
    owners = [one for one in asked if "owner" in one]  # whose number is whose: once for each client of HubSpot
    assert len(asked) - len(owners) == 1 + looks, asked
