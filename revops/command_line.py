"""`manage.py`: Django's command line. Settings that are wrong and a database that is away or not migrated are told in a
sentence."""

import os
import select
import signal
import sys
from collections.abc import Callable, Sequence

import django
from django.core.management import execute_from_command_line, get_commands
from django.db import Error, connection

from revops import migrated
from revops.database_away import is_away
from revops.environment import BadSettings

# Whoever runs these is at work on the code, and wants to see where it stopped.
FOR_DEVELOPERS = ("runserver", "test", "testserver")
OURS = ("leads", "routing", "sla", "recycle", "revops")
# Set by `./run manage` for its private database, which nobody else would bring up to date.
MIGRATE_FIRST = "AIRTIGHT_MIGRATE_FIRST"

# What a shell says of a program whose reader has gone, as after `| head`.
ENDED_BY_PIPE = 128 + signal.SIGPIPE


def main(argv: Sequence[str]) -> None:
    try:
        if os.environ.get(MIGRATE_FIRST) and _is_ours(argv):
            _migrate_first()
        execute_from_command_line(list(argv))
        sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_has_gone():
            raise
        sys.exit(ENDED_BY_PIPE)
    except BadSettings as error:
        sys.exit(str(error))
    except Error as error:
        if "--traceback" in argv or argv[1] in FOR_DEVELOPERS or not (told := _told(error)):
            raise
        sys.stderr.write(told + "\n")
        sys.exit(1)


def _reader_has_gone() -> bool:
    """Whether nobody reads what is printed any more. If so, what is left of it goes nowhere, also at the very end."""
    out = select.poll()
    out.register(sys.stdout, 0)
    if not any(event & (select.POLLERR | select.POLLHUP) for _fd, event in out.poll(0)):
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return True


def _is_ours(argv: Sequence[str]) -> bool:
    """A command of Airtight's own that is to run, not only to be explained."""
    if len(argv) < 2 or "--help" in argv or "-h" in argv:
        return False
    django.setup()
    return get_commands().get(argv[1]) in OURS


def _migrate_first() -> None:
    if missing := migrated.unapplied():
        sys.stderr.write(f"Bringing the private database up to date; migrations to apply: {missing}.\n")
        migrated.apply_all()


def _told(error: Error) -> str:
    """What to say and do; '' where only the traceback can tell."""
    if _within(error, is_away):
        return _away(error)
    return _not_migrated() if _within(error, migrated.lacks_something) else ""


def _within(error: BaseException | None, is_it: Callable[[BaseException], bool]) -> bool:
    """Whether it is this error, or one that this one only followed from."""
    while error is not None:
        if is_it(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _away(error: Error) -> str:
    why = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(" .")
    return (
        f"The database {_where()} cannot be reached: {why}. "
        "What was committed stands, and the command can be run again. (--traceback shows where it stopped.)"
    )


def _not_migrated() -> str:
    missing = migrated.unapplied()
    if not missing:
        return ""
    are = "migration is" if missing == 1 else "migrations are"
    return (
        f"The database {_where()} is not up to date, {missing} {are} not applied: "
        "type `./run manage migrate` or `python manage.py migrate`, then the command again."
    )


def _where() -> str:
    """As the settings name it, without who signs in."""
    to = connection.settings_dict
    host = str(to["HOST"] or "the local socket")
    return f"{to['NAME']} at {host}{':' + str(to['PORT']) if to['PORT'] else ''}"
