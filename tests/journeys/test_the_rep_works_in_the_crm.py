"""Reps live in the CRM: what is decided here is written there, and what they do there counts here."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from leads.models import Assignment, Delivery, DomainClaim, OwnerOverride
from revops import jobs
from tests.integrations.crm.conftest import vendor
from tests.integrations.crm.office import Office, office
from tests.journeys.conftest import Story
from tests.world import HOUR, MINUTE

__all__ = ["office", "vendor"]  # fixtures


class Day:
    """The office's day, with the doors that run it: the worker's jobs, the sweep and the API."""

    def __init__(self, story: Story, office: Office) -> None:
        self.story, self.office = story, office

    def passes(self, by: timedelta) -> None:
        """Time goes by in steps of five minutes, each with the jobs that the schedule runs."""
        end = self.story.world.now + by
        while self.story.world.now < end:
            step = min(5 * MINUTE, end - self.story.world.now)
            self.office.vendor.control(advance=step.total_seconds())
            self.story.wait(step)
            jobs.sync_crm()
            jobs.deliver()


@pytest.fixture
def day(story: Story, office: Office) -> Day:
    return Day(story, office)


def test_from_the_form_to_the_opportunity_without_leaving_the_crm(day: Day) -> None:
    story, office = day.story, day.office
    lead = story.form(email="jo@acme.test", intent_score=80)["id"]
    assert office.vendor.leads("jo@acme.test") == []
    day.passes(5 * MINUTE)
    holder = story.holder(lead)
    assert office.there()["state"] == "Assigned"
    story.do(lead, "accept")
    day.passes(5 * MINUTE)
    assert office.there()["state"] == "Sales accepted (SAL)"
    name = holder.user.first_name.lower()
    office.log("call", by=name if name in office.users else "ben")
    day.passes(5 * MINUTE)
    assert story.lead(lead)["due_step"] == "disposition"
    assert Assignment.objects.get(lead=lead).first_touch_by_hand is False
    day.passes(HOUR)
    office.convert()
    day.passes(5 * MINUTE)
    told = story.lead(lead)
    assert (told["state"], told["due_at"]) == ("converted", None)
    assert story.kinds(lead) == [
        "capture", "qualify", "start_routing", "assign", "accept", "touch", "convert",
    ]  # fmt: skip
    assert not Delivery.objects.filter(kind__startswith="crm.").exclude(status__in=("sent", "dropped")).exists()


def test_an_owner_changed_by_hand_is_written_back_and_listed(day: Day) -> None:
    story, office = day.story, day.office
    lead = story.form(email="jo@acme.test")["id"]
    day.passes(10 * MINUTE)
    holder = story.holder(lead)
    assert holder.user.first_name.lower() in office.users
    other = "ben" if holder.user.first_name == "Ada" else "ada"
    office.give(other, by="gina")
    day.passes(10 * MINUTE)
    assert office.there()["owner"] == office.users[holder.user.first_name.lower()].number
    assert story.holder(lead) == holder
    assert OwnerOverride.objects.count() == 1
    for reader in (story.world.manager, story.world.revops):
        page = _page(reader.user, "/dashboard/overrides/")
        assert holder.name in page
        assert f"{other.title()} Rep" in page
    assert f"{other.title()} Rep" not in _page(story.api.stranger.user, "/dashboard/overrides/")
    told = _page(story.world.manager.user, f"/leads/{lead}/")
    assert f"Given to {other.title()} in the CRM, past the rules: the CRM is told again who holds it" in told
    assert f"with {holder.user.first_name} Rep" in told


def _page(user: Any, path: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(path, follow=True).content.decode()


def test_the_command_tells_what_came(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    day.story.form(email="jo@acme.test")
    day.passes(10 * MINUTE)
    day.story.world.account("Ours", "ours.test")
    DomainClaim.objects.create(account=day.story.world.account("Theirs", "theirs.test"), domain="ours.test")
    call_command("sync_crm", "--full")
    said = capsys.readouterr().out
    for kind in ("accounts", "opportunities", "leads", "activities"):
        assert kind in said
    assert "2 accounts share a domain" in said


def test_what_waited_for_the_crm_is_sent_after_a_pull_by_hand(day: Day) -> None:
    day.story.form(email="jo@acme.test")
    day.passes(10 * MINUTE)
    later = day.story.world.now + HOUR
    Delivery.objects.filter(kind="crm.owner").update(status="pending", done_at=None, next_try_at=later)
    call_command("sync_crm")
    assert set(Delivery.objects.filter(kind="crm.owner").values_list("next_try_at", flat=True)) == {day.story.world.now}
