"""A lead's story told over HTTP: forms come in, people call the verbs, time passes and the sweep acts."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from leads.models import Lead, Rep, Team
from revops import vendors
from revops.audit.auditing import audit
from routing.models import Vendor
from routing.seeds import plant
from tests.api.conftest import Api
from tests.journeys.scripted import NAMES, Scripted, Vendors
from tests.world import MINUTE, World, check_law, person


@dataclass
class Story:
    """`world` has the people and the clock; everything that happens to a lead goes through the API or a command."""

    world: World
    api: Api

    def form(self, email: str = "jo@acme.test", **fields: Any) -> dict[str, Any]:
        """Somebody fills in a form; the API's answer."""
        answer = self.api.post("leads/", self.api.system, {"email": email, "company": "Acme", **fields})
        assert answer.status_code in (200, 201), answer.content
        return dict(answer.json())

    def burst(self, count: int) -> list[int]:
        """So many forms at once, each from a company of its own; the leads' ids."""
        captured = self.world.capture_all([{"email": f"jo@a{number}.test"} for number in range(count)])
        return [one.lead_id for one in captured if one.lead_id is not None]

    def states(self, lead_ids: list[int]) -> set[str]:
        """The states that these leads are in."""
        return set(Lead.objects.filter(pk__in=lead_ids).values_list("state", flat=True))

    def signal(self, **fields: Any) -> None:
        answer = self.api.post("signals/", self.api.system, fields)
        assert answer.status_code in (200, 201), answer.content

    def wait(self, by: timedelta, *, all_well: bool = True) -> None:
        """Time passes, and the sweep does what has fallen due; unless all is well, it puts leads aside and says so."""
        self.world.now += by
        with nullcontext() if all_well else pytest.raises(CommandError, match="put aside"):
            call_command("sweep", "--once", verbosity=0)

    def lead(self, lead_id: int) -> dict[str, Any]:
        return dict(self.api.get(f"leads/{lead_id}/", self.api.system).json())

    def holder(self, lead_id: int) -> Rep:
        """The rep who holds the lead now."""
        return Rep.objects.select_related("user").get(pk=self.lead(lead_id)["owner"]["id"])

    def do(self, lead_id: int, verb: str, *, by: Rep | None = None, expect: int = 200, **body: Any) -> dict[str, Any]:
        """A verb by a rep, the holder unless told otherwise; the answer, which must have the status."""
        rep = by or self.holder(lead_id)
        answer = self.api.post(f"leads/{lead_id}/{verb}/", rep.user, body)
        assert answer.status_code == expect, (answer.status_code, answer.content[:400])
        return dict(answer.json())

    def kinds(self, lead_id: int) -> list[str]:
        """What the timeline says, oldest first."""
        found: list[str] = []
        url = f"leads/{lead_id}/timeline/"
        body = self.api.get(url, self.api.system, page_size=200).json()
        found.extend(event["kind"] for event in body["results"])
        return found

    def why(self, lead_id: int, *, reader: User | None = None) -> list[str]:
        """The sentences of the decisions, latest first, as another system reads them or who is named."""
        decisions = self.api.get(f"leads/{lead_id}/decision/", reader or self.api.system).json()["results"]
        return [row["sentence"] for row in decisions]


@pytest.fixture
def story(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """Ends by asking the deferred constraints and the audit: no story may leave the books off."""
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    system = User.objects.create_user("forms@airtight.test", "forms@airtight.test")
    system.groups.add(Group.objects.get_or_create(name="API client")[0])
    stranger = person("sam@airtight.test", Team.objects.create(name="Enterprise"))
    yield Story(world, Api(world, stranger, system))
    check_law()
    if Lead.objects.exists():
        report = audit(at=world.now, of_the_law=False)
        assert report.ok, [finding.as_dict() for finding in report.findings if not finding.ok] or report.books


@pytest.fixture
def ask(story: Story, monkeypatch: pytest.MonkeyPatch) -> Vendors:
    plant(Vendor)
    found = Vendors(story.world, {name: Scripted(name) for name in NAMES}, dict.fromkeys(NAMES, "key"))
    monkeypatch.setattr(vendors, "providers", lambda: found.by_name)
    monkeypatch.setattr(vendors, "fingerprint", lambda name: found.keys.get(name, ""))
    story.world.profile.criteria = {
        "all": [
            {"field": "employee_count", "op": "at_least", "value": 10},
            {"field": "country", "op": "in", "value": ["DE", "NL"]},
        ]
    }
    story.world.profile.save()
    return found


def came(story: Story, email: str = "jo@acme.test", **fields: Any) -> int:
    """A lead that has been through the buffer."""
    lead = int(story.form(email, **fields)["id"])
    story.wait(4 * MINUTE)
    return lead


def steps(story: Story, lead: int) -> dict[str, Any]:
    """What the latest decision keeps."""
    decisions = story.api.get(f"leads/{lead}/decision/", story.api.system).json()["results"]
    return dict(decisions[0]["steps"])
