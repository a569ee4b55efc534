"""Deadlines met in real time, and one lead that raises among a thousand (minutes; C4, D9 of docs/reliability.md):

./run test tests/faults/long_deadlines.py -s
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command

from leads.models import Lead
from revops import alerts
from revops.audit.auditing import audit
from revops.deadlines import WHEN_DUE
from revops.holding import act_on_due, try_again
from revops.models import Notice
from revops.moment import Moment
from revops.notices import tell_revops
from tests.faults.stage import say, size
from tests.faults.timer_measured import always_open as always_open
from tests.faults.timer_measured import with_reps
from tests.races.at_the_deadline import Clock, check, meet
from tests.races.test_races import world as world
from tests.world import HOUR, MINUTE, SECOND, World, check_law

pytestmark = pytest.mark.django_db(transaction=True)

MEETING = 500
MS = SECOND / 1000


def at_its_time(when: datetime) -> Clock:
    """A clock that is not read before then."""

    def read() -> datetime:
        time.sleep(max(0.0, (when - datetime.now(UTC)).total_seconds()))
        return datetime.now(UTC)

    return read


@pytest.mark.parametrize(("state", "lapse", "more"), [("assigned", "expire", 0), ("overdue", "release", 2)])
def test_c4_five_hundred_in_real_time(always_open: World, state: str, lapse: str, more: int) -> None:
    """Ten fall due every half second; each is accepted within 50 ms before or after, in one of six threads."""
    world, count = always_open, size(MEETING)
    first = datetime.now(UTC) + (10 + count / 25) * SECOND
    with_reps(world, count, first=first - more * HOUR, spread=count / 20 * SECOND)
    if more:
        _let_lapse()
    leads = list(Lead.objects.filter(state=state).select_related("owner__user").order_by("due_at", "pk"))
    assert len(leads) == count
    assert min(lead.due_at for lead in leads if lead.due_at) > datetime.now(UTC), "too slow to begin: fewer leads"
    offsets = [(place % 10 * 11 - 50) * MS for place in range(count)]
    accepts = [
        (lead, at_its_time(lead.due_at + offset)) for lead, offset in zip(leads, offsets, strict=True) if lead.due_at
    ]
    end = max(lead.due_at for lead in leads if lead.due_at) + SECOND

    def sweeps() -> Iterator[datetime]:
        while (now := datetime.now(UTC)) < end:
            yield now
            time.sleep(0.005)

    refused = meet(world, accepts, sweeps)
    in_time, late = check(leads, refused, lapse=lapse)
    say(f"at the deadline of {state}: {in_time} in time, {late} late, of them {len(refused)} in the pool")
    assert in_time
    assert late
    check_law()
    world.now = datetime.now(UTC)
    alerts.pass_on(at=world.now, limit=count)  # which a sweep does after its deadlines
    call_command("audit")


def _let_lapse() -> None:
    """Each at its own time, so that it is overdue from then on."""
    for due in sorted(set(Lead.objects.filter(state="assigned").values_list("due_at", flat=True))):
        act_on_due(at=due + MS)


def test_d9_one_of_a_thousand_raises(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are done beside it. Its third failure shows it to who answers, nothing else is off, and once what made
    it raise is mended it goes on."""
    count = size(1_000)
    for start in range(0, count, 500):
        world.capture_all([{"email": f"p{number}@p{number}.test"} for number in range(start, min(start + 500, count))])
    poison = Lead.objects.order_by("pk")[count // 2].pk
    with monkeypatch.context() as broken:
        _poisoned(broken, poison, at=("buffer", "ready"))
        began = time.monotonic()
        world.pass_time(4 * MINUTE)
        took = time.monotonic() - began
        assert Counter(Lead.objects.values_list("state", flat=True)) == {"assigned": count - 1, "buffer": 1}
        say(f"one poisoned of {count:,}: the others were done in {took:.1f} s")
        for _try in range(2):
            world.pass_time(timedelta(minutes=5))
    aside = Lead.objects.get(pk=poison)
    assert (aside.error, aside.error_count) == ("ValueError: a value nobody thought of", 3)
    assert _off(world) == {"aside": [poison], "books": [poison]}
    tell_revops(at=world.now)
    assert _told_of() == {f"revops lead {poison}"}, "in the buffer it is no team's yet"
    try_again([poison], at=world.now)
    world.pass_time(SECOND)
    assert Counter(Lead.objects.values_list("state", flat=True)) == {"assigned": count}
    check_law()
    assert _off(world) == {}


def test_d9_one_that_a_rep_holds_is_told_to_their_manager(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is to RevOps: each lead that is with a team is that team's to know of."""
    world.capture_all([{"email": f"p{number}@p{number}.test"} for number in range(20)])
    world.pass_time(4 * MINUTE)
    poison = Lead.objects.order_by("pk")[7].pk
    with monkeypatch.context() as broken:
        _poisoned(broken, poison, at=("assigned", "accept"))
        for _try in range(3):
            world.pass_time(2 * HOUR + MINUTE if _try == 0 else timedelta(minutes=5))
    assert Counter(Lead.objects.values_list("state", flat=True)) == {"overdue": 19, "assigned": 1}
    tell_revops(at=world.now)
    assert _told_of() == {f"revops lead {poison}", f"team {world.team.pk} lead {poison}"}
    assert _off(world).keys() >= {"aside", "books"}
    try_again([poison], at=world.now)
    world.pass_time(SECOND)
    check_law()
    assert _off(world) == {}


def _poisoned(broken: pytest.MonkeyPatch, poison: int, *, at: tuple[str, str]) -> None:
    """Acting on this one's deadline raises."""
    real = WHEN_DUE[at]

    def raising(leads: Sequence[Lead], m: Moment) -> None:
        if poison in [lead.pk for lead in leads]:
            raise ValueError("a value nobody thought of")
        real(leads, m)

    broken.setitem(WHEN_DUE, at, raising)


def _told_of() -> set[str]:
    """To whom of which lead it was said that the system fails on it."""
    return set(Notice.objects.filter(kind=Notice.Kind.ASIDE).values_list("subject", flat=True))


def _off(world: World) -> dict[str, list[Any]]:
    """What the audit finds, by check."""
    return {finding.key: list(finding.first) for finding in audit(at=world.now).findings if not finding.ok}
