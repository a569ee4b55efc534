"""D9 and the timer's own alarms: who is told of a lead that the system fails on, and of a process that is silent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.models import Lead, LeadEvent
from revops import timer_notices
from revops.deadlines import WHEN_DUE
from revops.holding import act_on_due
from revops.integrations.slack import Posted, SlackConnection
from revops.management.commands.sweep import Watch
from revops.models import Heartbeat, Lateness, Notice
from revops.notices import tell_revops
from tests.world import HOUR, MINUTE, SECOND, World

LEADS = 200


@pytest.fixture
def said(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    settings.SLACK_BOT_TOKEN, settings.AIRTIGHT_ADMIN_CHANNEL = "xoxb-1", "C-ADMIN"
    settings.AIRTIGHT_DAILY_DIGEST = False
    sent: list[dict[str, Any]] = []

    def post(_self: SlackConnection, **message: Any) -> Posted:
        sent.append(message)
        return Posted("C", "1.2")

    monkeypatch.setattr(SlackConnection, "post_message", post)
    return sent


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let acting on the deadlines of these leads raise; of none mends them."""
    key = ("assigned", "accept")
    real = WHEN_DUE[key]

    def poisoned(*leads: Lead) -> None:
        ids = {lead.pk for lead in leads}

        def raising(due: list[Lead], m: Any) -> Any:
            if ids & {lead.pk for lead in due}:
                raise ValueError("a value nobody thought of")
            return real(due, m)

        monkeypatch.setitem(WHEN_DUE, key, raising)

    return poisoned


def troubles(user: Any) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    found = client.get("/dashboard/").context["troubles"]
    return {card.label: card.number.text for card in found}


def test_d9_one_of_many_raises(
    world: World, said: list[dict[str, Any]], poison: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    world.capture_all([{"email": f"p{number}@p{number}.test"} for number in range(LEADS)])
    world.pass_time(4 * MINUTE)
    bad = Lead.objects.select_related("owner__user").order_by("pk")[LEADS // 2]
    assert bad.owner is not None
    poison(bad)
    world.now += 2 * HOUR + MINUTE
    act_on_due(at=world.now)
    assert Lead.objects.filter(state="overdue").count() == LEADS - 1, "none is held up behind it"
    for tries in (2, 3):
        tell_revops(at=world.now)
        assert not said, f"told after {tries - 1}"
        assert troubles(world.manager.user) == {}
        world.pass_time(5 * MINUTE)
    again = world.again(bad)
    assert (again.error_count, again.due_at, again.state) == (3, bad.due_at, "assigned")
    assert troubles(world.manager.user) == {"Failed three times": "1"}
    assert troubles(world.revops.user) == {"Put aside": "1"}
    owner = Client()
    owner.force_login(bad.owner.user)
    page = owner.get(f"/leads/{bad.pk}/").content.decode()
    assert "The system fails on this lead" in page
    assert "a value nobody thought of" not in page
    for _look in range(3):
        tell_revops(at=world.now)
    assert {message["channel"] for message in said} == {"C-ADMIN", "C-MANAGER"}
    assert len(said) == 2
    told = {message["channel"]: str(message["blocks"]) for message in said}
    assert f"Lead {bad.pk}: ValueError" in told["C-ADMIN"]
    assert f"Lead {bad.pk}, with {bad.owner.name}" in told["C-MANAGER"]


def test_several_are_told_together_and_new_ones_alone(
    world: World, said: list[dict[str, Any]], poison: Callable[..., None]
) -> None:
    first = [world.to_state("assigned", f"p{number}@p{number}.test") for number in range(3)]
    poison(*first)
    for step in (2 * HOUR + MINUTE, 5 * MINUTE, 5 * MINUTE):
        world.pass_time(step)
    tell_revops(at=world.now)
    tell_revops(at=world.now)
    assert [message["text"] for message in said if "failed 3 times on 3 leads" in message["text"]] != []
    assert len(said) == 2
    later = world.to_state("assigned", "later@later.test")
    poison(*first, later)
    for step in (2 * HOUR + MINUTE, 5 * MINUTE, 5 * MINUTE):
        world.pass_time(step)
    tell_revops(at=world.now)
    assert len(said) == 4, "of the one that is new, with what still stands"
    assert "failed 3 times on 4 leads" in said[-1]["text"]


def test_what_is_owed_is_found_alike_among_few_notices_and_many(
    world: World, said: list[dict[str, Any]], poison: Callable[..., None]
) -> None:
    """Notices are kept for good: those of other leads are not read again every minute."""
    bad = world.to_state("assigned")
    poison(bad)
    for step in (2 * HOUR + MINUTE, 5 * MINUTE, 5 * MINUTE):
        world.pass_time(step)
    tell_revops(at=world.now)
    few = read(lambda: list(timer_notices.owed(at=world.now)))
    old = [f"revops lead {bad.pk + number}" for number in range(1, 60)]
    rest = {"since": world.now, "until": world.now, "next_try_at": world.now, "status": "sent"}
    Notice.objects.bulk_create(Notice(kind="aside", subject=subject, **rest) for subject in old)
    assert read(lambda: list(timer_notices.owed(at=world.now))) == few


def test_many_that_fail_at_once_are_noted_together(
    world: World, said: list[dict[str, Any]], poison: Callable[..., None]
) -> None:
    tell_revops(at=world.now)
    asked = []
    for many in (2, 20):
        rows = [{"email": f"p{number}@many{many}.test"} for number in range(many)]
        ids = [answer.lead_id for answer in world.capture_all(rows)]
        world.pass_time(4 * MINUTE)
        poison(*Lead.objects.filter(pk__in=ids))
        for step in (2 * HOUR + MINUTE, 5 * MINUTE, 5 * MINUTE):
            world.pass_time(step)
        with CaptureQueriesContext(connection) as seen:
            tell_revops(at=world.now)
        asked.append(len(seen))
        poison()
        world.pass_time(5 * MINUTE)
    assert len(said) == 4
    assert asked[0] == asked[1]


def read(ask: Callable[[], object]) -> tuple[int, int]:
    """Queries, and the rows that they answered."""
    rows = []

    def counting(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        answer = execute(sql, params, many, context)
        rows.append(context["cursor"].rowcount)
        return answer

    with connection.execute_wrapper(counting):
        ask()
    return len(rows), sum(rows)


def test_a_silent_sweep_is_told_of_once(world: World, said: list[dict[str, Any]]) -> None:
    tell_revops(at=world.now)
    assert not said, "what never ran is not missed"
    beat("timer", 170 * SECOND)
    tell_revops(at=world.now)
    assert not said
    beat("timer", 200 * SECOND)
    for _look in range(3):
        tell_revops(at=world.now)
    [alarm] = said
    assert alarm["channel"] == "C-ADMIN"
    assert "once a minute only" in alarm["text"]
    beat("timer", 190 * SECOND)
    tell_revops(at=world.now)
    assert len(said) == 2, "it lived, and is silent again"


class _NoCrew:
    def look(self) -> float:
        return 1.0


def test_the_sweep_tells_of_a_worker_that_is_silent(
    world: World, said: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sends the messages cannot say that it sends none."""
    monkeypatch.setattr(Watch, "EVERY", 0.0)
    watch = Watch(_NoCrew())  # type: ignore[arg-type]
    beat("worker", 4 * MINUTE)
    watch.look()
    assert not said
    beat("worker", 6 * MINUTE)
    watch.look()
    watch.look()
    [alarm] = said
    assert "nothing is sent" in alarm["text"]


def beat(name: str, age: timedelta) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": datetime.now(UTC) - age})


def test_how_late_the_sweep_was_is_in_the_metrics(world: World) -> None:
    Lateness.objects.all().delete()
    for number in range(3):
        world.capture(f"p{number}@p{number}.test")
    due = Lead.objects.values_list("due_at", flat=True)[0]
    assert due is not None
    world.now = due + 7 * SECOND
    world.pass_time(0 * SECOND)
    told = Client().get("/metrics").content.decode()
    assert 'airtight_deadline_lateness_seconds_bucket{le="5.0"} 0.0' in told
    assert 'airtight_deadline_lateness_seconds_bucket{le="10.0"} 3.0' in told
    assert 'airtight_deadline_lateness_seconds_bucket{le="+Inf"} 3.0' in told
    assert "airtight_deadline_lateness_seconds_count 3.0" in told
    [total] = [
        line.split()[1] for line in told.splitlines() if line.startswith("airtight_deadline_lateness_seconds_sum")
    ]
    assert 21.0 <= float(total) < 30.0


def test_what_is_put_aside_was_not_acted_on(world: World, poison: Callable[..., None]) -> None:
    leads = [world.to_state("assigned", f"p{number}@p{number}.test") for number in range(2)]
    Lateness.objects.all().delete()
    poison(leads[0])
    world.pass_time(2 * HOUR + MINUTE)
    assert sum(Lateness.objects.values_list("count", flat=True)) == 1
    assert LeadEvent.objects.filter(kind="expire").count() == 1
    with pytest.raises(SystemExit):
        call_command("audit")


def test_what_goes_wrong_with_telling_ends_no_sweep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def fails(*, at: datetime) -> None:
        tried.append(at)
        raise RuntimeError

    monkeypatch.setattr(Watch, "EVERY", 0.0)
    monkeypatch.setattr("revops.management.commands.sweep.tell_revops", fails)
    beat("worker", 6 * MINUTE)
    assert Watch(_NoCrew()).look() == 1.0  # type: ignore[arg-type]
    assert tried
