"""kill -9 at each step of asking vendors: a child asks and kills itself there, and a worker goes on later.

Eight leads of eight companies, four to a call. Whatever the step, each goes on by its ceiling, an answer that was kept
is not paid for again, what was told lands once, and no clock starts again.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.management import call_command
from django.db import connection

from leads.locks import Lock
from leads.models import Assignment, Lead, LeadEvent
from revops import enrich, enriching, lifecycle, vendors, waterfall
from revops.integrations.enrichment.firmographics import Firmographics, Match, Result, Standing
from revops.integrations.enrichment.provider import Provider
from revops.integrations.errors import VendorError
from revops.integrations.wire import Deadline
from revops.moment import Moment
from routing.models import Enquiry, EnrichmentAnswer, Vendor, VendorAnswer
from routing.seeds import plant
from tests.world import MINUTE, SECOND, World, check_law

pytestmark = pytest.mark.django_db(transaction=True)
LEADS, TOGETHER = 8, 4
BEFORE, AFTER = "before", "after"
# What is done, in its order: where it is, and whether the kill comes before or after it.
POINTS: dict[str, tuple[str, Any, str]] = {
    "the claim": (BEFORE, enrich, "_claim"),
    "what is missing": (BEFORE, enrich, "_companies"),
    "the first vendor": (BEFORE, waterfall.Waterfall, "ask"),
    "the call": (BEFORE, waterfall, "_answers"),
    "in the call": (AFTER, waterfall, "_said"),
    "after the call": (AFTER, waterfall, "_answers"),
    "keeping the answers": (BEFORE, waterfall.Waterfall, "_keep"),
    "the answers written, not committed": (BEFORE, waterfall, "_note"),
    "the answers kept": (AFTER, waterfall.Waterfall, "_keep"),
    "the last vendor": (AFTER, enrich, "_findings"),
    "landing": (BEFORE, lifecycle, "enriched"),
    "the enquiry closed, not committed": (AFTER, enriching, "_close"),
    "the lead changed, not committed": (AFTER, enriching, "_land"),
    "all written, not committed": (AFTER, Moment, "finish"),
    "all landed": (AFTER, lifecycle, "enriched"),
}
# Every third in the suite, each one with `-m long`.
SOME = [
    point if number % 3 == 0 else pytest.param(point, marks=pytest.mark.long) for number, point in enumerate(POINTS)
]


@dataclass
class Paid(Provider):
    """A vendor that writes down, where no kill can take it away, whom it was asked about."""

    NAME: ClassVar[str] = "apollo"
    CREDENTIALS: ClassVar[Mapping[str, str]] = {}
    OPTIONS: ClassVar[Mapping[str, str]] = {}

    name: str
    book: Path
    tells: Mapping[str, Any]

    @property
    def most(self) -> int:
        return TOGETHER

    def company(self, *, domain: str, seconds: float | None = None) -> Result:
        with self.book.open("a") as book:
            book.write(f"{domain}\n")
        return Match(Firmographics(provider=self.name, provider_id="1", **self.tells))

    def _in_one_call(self, domains: Sequence[str], deadline: Deadline) -> dict[str, Result | VendorError]:
        return {domain: self.company(domain=domain) for domain in domains}

    def check(self, *, seconds: float | None = None) -> Standing:
        return Standing()

    def asked(self) -> list[str]:
        return self.book.read_text().split() if self.book.exists() else []


@pytest.fixture
def world(transactional_db: None, planted: None) -> World:
    return World.make()


@pytest.fixture
def paid(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Paid]]:
    plant(Vendor)
    told = {"apollo": {"employee_count": 250}, "zoominfo": {"country": "DE"}}
    found = {name: Paid(name, tmp_path / name, tells) for name, tells in told.items()}
    monkeypatch.setattr(vendors, "providers", lambda: found)
    monkeypatch.setattr(vendors, "fingerprint", lambda name: "key" if name in found else "")
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    world.profile.criteria = {
        "all": [
            {"field": "employee_count", "op": "at_least", "value": 10},
            {"field": "country", "op": "in", "value": ["DE", "NL"]},
        ]
    }
    world.profile.save()
    yield found
    check_law()
    call_command("audit")


def come_in(world: World) -> list[int]:
    answers = world.capture_all([{"email": f"jo@a{number}.test"} for number in range(LEADS)])
    return [answer.lead_id for answer in answers if answer.lead_id]


def killed_at(point: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker asks, and is killed at the point."""
    when, where, name = POINTS[point]
    with monkeypatch.context() as patch:
        patch.setattr(where, name, _deadly(getattr(where, name), when))
        connection.close()
        child = os.fork()
        if child == 0:
            try:
                enrich.enrich_due(at=world.now)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{point} was never reached"
    assert os.WTERMSIG(status) == signal.SIGKILL
    _wait_for_its_session_to_end()


def _deadly(act: Callable[..., Any], when: str) -> Callable[..., Any]:
    def deadly(*args: Any, **kwargs: Any) -> None:
        if when == AFTER:
            act(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return deadly


def _wait_for_its_session_to_end() -> None:
    """The database notices in its own time that the child is gone; then the lock on asking is free."""
    with connection.cursor() as cursor:
        for _try in range(10_000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", [Lock.ASKING])
            if cursor.fetchone() == (0,):
                return
    raise AssertionError("the killed worker's session did not end")


def ask(world: World) -> None:
    """A worker asks as long as something is due."""
    while enrich.enrich_due(at=world.now):
        pass


def check_paid_once_where_kept(paid: dict[str, Paid], kept: set[tuple[str, str]]) -> None:
    for name, vendor in paid.items():
        asked = vendor.asked()
        for domain in set(asked):
            assert asked.count(domain) <= (1 if (name, domain) in kept else 2)


def check_landed_once(leads: list[int]) -> None:
    assert LeadEvent.objects.filter(lead__in=leads, kind="enriched").count() == LEADS
    assert EnrichmentAnswer.objects.filter(lead__in=leads, provider__in=["apollo", "zoominfo"]).count() == LEADS * 2
    found = Lead.objects.filter(pk__in=leads).values_list("employee_count", "country")
    assert set(found) == {(250, "DE")}
    assert not Enquiry.objects.filter(done_at=None).exists()


@pytest.mark.parametrize("point", SOME)
def test_a_worker_killed_while_leads_are_in_the_buffer(
    world: World, paid: dict[str, Paid], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    leads = come_in(world)
    came = world.now
    killed_at(point, world, monkeypatch)
    kept = set(VendorAnswer.objects.values_list("vendor", "domain"))
    for _half in range(10):
        world.pass_time(30 * SECOND)
        ask(world)
    world.pass_time(SECOND)
    assert set(Lead.objects.values_list("state", flat=True)) == {"assigned"}
    begun = Assignment.objects.filter(lead__in=leads).values_list("started_at", flat=True)
    assert len(begun) == LEADS
    assert max(begun) <= came + 5 * MINUTE + SECOND
    check_paid_once_where_kept(paid, kept)
    check_landed_once(leads)


@pytest.mark.parametrize("point", SOME)
def test_a_worker_killed_over_an_answer_that_is_late(
    world: World, paid: dict[str, Paid], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """The leads went on at their ceiling; what lands afterwards moves no deadline."""
    leads = come_in(world)
    world.pass_time(5 * MINUTE + SECOND)
    running = dict(Lead.objects.values_list("pk", "due_at"))
    killed_at(point, world, monkeypatch)
    kept = set(VendorAnswer.objects.values_list("vendor", "domain"))
    world.pass_time(91 * SECOND)
    ask(world)
    assert dict(Lead.objects.values_list("pk", "due_at")) == running
    assert set(Lead.objects.values_list("state", flat=True)) == {"assigned"}
    check_paid_once_where_kept(paid, kept)
    check_landed_once(leads)


def test_nobody_comes_back_and_the_leads_go_on(
    world: World, paid: dict[str, Paid], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All workers stay dead: the sweep takes the leads on at the ceiling, marked with what is not known."""
    come_in(world)
    killed_at("the answers kept", world, monkeypatch)
    world.pass_time(5 * MINUTE)
    world.pass_time(SECOND)
    assert set(Lead.objects.values_list("state", flat=True)) == {"assigned"}
    assert set(Lead.objects.values_list("employee_count", flat=True)) == {None}
