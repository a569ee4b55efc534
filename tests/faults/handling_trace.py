"""A team's own trace replayed under three calendars, lead by lead: who was overdue, and who was taken away.

    .venv/bin/python -m tests.faults.handling_trace FILE [--engine]

FILE is a CSV with `case_id`, `queued_at` and `picked_up_at`, times with their zone. The engine's flags and the
lifecycle's (which lives through all of it, in a database of its own; minutes, left out by --engine) are held against a
count minute by minute. Ends with 1 where any lead differs.
"""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import django

Setting = Callable[[str], object]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults.handling_trace", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--engine", action="store_true", help="the engine alone")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.sla.handling import BadTrace, read

    try:
        leads = read(options.file)
    except (BadTrace, OSError) as error:
        parser.error(str(error))
    say(f"{len(leads)} leads, {leads[0].queued_at:%Y-%m-%d} to {leads[-1].queued_at:%Y-%m-%d}")
    if options.engine:
        return 1 if replayed(leads) else 0
    from benchmarks.suite import empty_databases

    with empty_databases() as move_to:
        return 1 if replayed(leads, move_to) else 0


def replayed(leads: list, move_to: Setting | None = None) -> int:
    """How many flags differ, over every calendar."""
    from tests.sla.handling import CALENDARS, by_the_engine, by_the_lifecycle, by_the_minute, differences
    from tests.world import World

    wrong = 0
    for number, (name, week) in enumerate(CALENDARS.items()):
        counted = by_the_minute(leads, week)
        found = {"engine": by_the_engine(leads, week)}
        if move_to is not None:
            move_to(f"trace{number}")
            found["lifecycle"] = by_the_lifecycle(leads, week, World.make())
        say(f"{name}: {sum(one.overdue for one in counted)} overdue, {sum(one.pooled for one in counted)} taken away")
        for what, flags in found.items():
            lines = list(differences(leads, flags, counted))
            wrong += len(lines)
            say(f"  {what}: {len(lines)} differ" + "".join(f"\n    {line}" for line in lines[:10]))
    return wrong


if __name__ == "__main__":
    sys.exit(main())
