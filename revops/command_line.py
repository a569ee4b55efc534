"""`manage.py`: Django's command line, which meets a database that is away with a sentence."""

import sys
from collections.abc import Sequence

from django.core.management import execute_from_command_line
from django.db import Error, connection

from revops.database_away import is_away

# Whoever runs these is at work on the code, and wants to see where it stopped.
FOR_DEVELOPERS = ("runserver", "test", "testserver")


def main(argv: Sequence[str]) -> None:
    try:
        execute_from_command_line(list(argv))
    except Error as error:
        if "--traceback" in argv or argv[1] in FOR_DEVELOPERS or not _away_within(error):
            raise
        sys.stderr.write(_told(error) + "\n")
        sys.exit(1)


def _away_within(error: BaseException | None) -> bool:
    """Whether the database went away, or this error only followed from that."""
    while error is not None:
        if is_away(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _told(error: Error) -> str:
    why = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(" .")
    return (
        f"The database {_where()} cannot be reached: {why}. "
        "What was committed stands, and the command can be run again. (--traceback shows where it stopped.)"
    )


def _where() -> str:
    """As the settings name it, without who signs in."""
    to = connection.settings_dict
    host = str(to["HOST"] or "the local socket")
    return f"{to['NAME']} at {host}{':' + str(to['PORT']) if to['PORT'] else ''}"
