"""Who was late, lead by lead: the engine, the lifecycle and a count minute by minute say the same.

The leads are made up, over the days on which the clocks of Amsterdam changed in 2011; `tests/faults/handling_trace.py`
does it with a real trace.
"""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sla.handling import (
    CALENDARS,
    BadTrace,
    Handled,
    by_the_engine,
    by_the_lifecycle,
    by_the_minute,
    differences,
    read,
)
from tests.world import HOUR, MINUTE, World

FRIDAY = datetime(2011, 10, 28, 6, tzinfo=UTC)
# The real lead that came in during the hour that the clocks showed twice, and was picked up on Monday.
NIGHT = datetime.fromisoformat("2011-10-30T02:45:45+01:00")


def some_leads(many: int) -> list[Handled]:
    dice = random.Random(5)
    leads = [Handled("night", NIGHT, NIGHT + 31 * HOUR)]
    for number in range(many):
        queued = FRIDAY + dice.uniform(0, 90 * 60) * MINUTE
        waits = dice.choice([dice.uniform(1, 110), dice.uniform(110, 260), dice.uniform(260, 4_000)])
        leads.append(Handled(str(number), queued, queued + waits * MINUTE))
    return sorted(leads, key=lambda lead: lead.queued_at)


@pytest.mark.parametrize("name", CALENDARS)
def test_the_engine_says_who_was_late(name: str) -> None:
    leads, week = some_leads(120), CALENDARS[name]
    found = by_the_engine(leads, week)
    assert not list(differences(leads, found, by_the_minute(leads, week)))
    assert {flags.overdue for flags in found} == {flags.pooled for flags in found} == {True, False}


def test_the_lifecycle_does_so(world: World) -> None:
    leads, week = some_leads(10), CALENDARS["Mon–Fri 8–21, Sat 8–17"]
    assert not list(differences(leads, by_the_lifecycle(leads, week, world), by_the_minute(leads, week)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("case_id,queued_at\n1,2011-10-01T10:00+00:00\n", "Row 2 has no column 'picked_up_at'"),
        ("case_id,queued_at,picked_up_at\n1,2011-10-01T10:00,2011-10-01T11:00+00:00\n", "says no time zone"),
        ("case_id,queued_at,picked_up_at\n1,yesterday,2011-10-01T11:00+00:00\n", "Row 2: Invalid isoformat"),
        ("case_id,queued_at,picked_up_at\n", "no rows"),
    ],
)
def test_a_file_that_is_no_trace_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "trace.csv").write_text(text)
    with pytest.raises(BadTrace, match=words):
        read(tmp_path / "trace.csv")
