"""`manage.py create_revops EMAIL [--name NAME] [--password-stdin]`: the first person of RevOps."""

import sys
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from revops import clock
from revops.newcomers import CannotBeMade, Made, make_revops, new_user, user_of


class Command(BaseCommand):
    help = (
        "Make the first person of RevOps, who answers for a lead when everybody else has not, and configures the rest. "
        "Run again, it completes what is missing and changes nothing else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="what they sign in with")
        parser.add_argument("--name", default="", help="first and last name")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, email: str, name: str, password_stdin: bool, **options: Any) -> None:
        try:
            user = user_of(email)
            is_new = user is None
            user = user or new_user(email, _password(from_stdin=password_stdin), name=name)
            made = make_revops(user, at=clock.now())
        except CannotBeMade as error:
            raise CommandError(f"Nothing was made. {error}") from None
        if not is_new and made.parts:
            self.stdout.write(f"{user.email} was a user already and keeps name and password.")
        self._tell(user.email, made)

    def _tell(self, email: str, made: Made) -> None:
        told = f"Made: {', '.join(made.parts)}." if made.parts else f"{email} is RevOps already; nothing was changed."
        self.stdout.write(told)
        if made.tried_again:
            self.stdout.write(f"Leads put aside while nobody answered, due again now: {made.tried_again:,}.")
        if (named := settings.AIRTIGHT_LAST_RESORT).casefold() != email.casefold():
            instead = f"; now it names {named}" if named else ""
            self.stdout.write(f"Set AIRTIGHT_LAST_RESORT={email} for every process{instead}.")
        self.stdout.write(
            f"Go on at {settings.AIRTIGHT_URL}/admin/: a team with its reps, manager, deputy and channel, switched on; "
            "a territory, one of them the fallback; the ICP."
        )


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for a password; pass --password-stdin and write it there.")
    try:
        password = getpass("Password: ")
        again = getpass("Password (again): ")
    except (KeyboardInterrupt, EOFError):
        raise CommandError("Nothing was made.") from None
    if password != again:
        raise CommandError("Nothing was made. The two passwords differ.")
    return password
