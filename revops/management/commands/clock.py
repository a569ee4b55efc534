import re
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from revops import clock

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Command(BaseCommand):
    help = (
        "Show the trial's clock, or move it forward: clock +2h, clock +90m, clock +3d. "
        "Needs AIRTIGHT_TEST_CLOCK=1, and AIRTIGHT_DEMO=1 or DEBUG=1 with it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("by", nargs="?", help="how far: a number and s, m, h, d or w, such as +2h")

    def handle(self, *args: Any, by: str | None, **options: Any) -> None:
        if by is None:
            self.stdout.write(f"{clock.now():%Y-%m-%d %H:%M:%S} UTC, {clock.offset()} ahead of the real time.")
            return
        match = re.fullmatch(r"\+?(\d{1,4})([smhdw])", by)
        if match is None:
            raise CommandError(f"{by!r} is not a time to move by; use a number and s, m, h, d or w, such as +2h.")
        try:
            moved = clock.move(timedelta(**{UNITS[match[2]]: int(match[1])}))
        except RuntimeError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"It is now {moved:%Y-%m-%d %H:%M:%S} UTC.")
