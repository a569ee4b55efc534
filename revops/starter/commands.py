"""The command line of `./run`."""

import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path

from revops.private_postgres import Cluster, Problem, ProgramsMissing
from revops.starter import environment
from revops.starter.checkout import Checkout
from revops.starter.checks import bench, check, shots, test
from revops.starter.database import demo_database, programs_for
from revops.starter.demo import STANDINS_PORTS, WEB_PORTS, demo
from revops.starter.say import CannotStart, complain, say
from revops.starter.signals import Stopped, raise_when_told_to_stop, run

HELP = """usage: ./run COMMAND

  demo [--port N] [--fresh]   Airtight with demo data; Ctrl-C ends it
  test [PYTEST ARGUMENTS]     every check and test
  check                       every check, without the tests
  bench                       the measurements
  shots                       pictures of the pages
  manage ARGUMENTS            manage.py, with the database up
  db start|stop|url           the private database: keep it up, let it go, its address

DATABASE_URL names another PostgreSQL than the private one. AIRTIGHT_PG_BIN names the folder of the
programs for the private one, or `wheel` for those of the Python package that carries them."""


_GIVE_IT = "Start ./run as its owner, or give the checkout to yourself with `sudo chown -R`."
_MAKE_ROOM = "Make room on that disk and start again; what was begun is completed then."
UNWRITABLE = {
    errno.EACCES: _GIVE_IT,
    errno.EPERM: _GIVE_IT,
    errno.EROFS: "Start from a copy of the checkout on a disk that can be written.",
    errno.ENOSPC: _MAKE_ROOM,
    errno.EDQUOT: _MAKE_ROOM,
}


def manage(checkout: Checkout, arguments: Sequence[str]) -> int:
    """manage.py alone writes to our standard output, which may be piped on; what we say goes beside it."""
    with redirect_stdout(sys.stderr):
        return _manage(checkout, arguments)


def _manage(checkout: Checkout, arguments: Sequence[str]) -> int:
    environment.prepare(checkout, "requirements.txt")
    with demo_database(checkout) as database:
        url = database.url
        if sys.stdin is not None and sys.stdin.isatty():
            # manage.py hears Ctrl-C from the terminal too, and in a shell it does not mean the end.
            signal.signal(signal.SIGINT, lambda _signal, _frame: None)
        # A database that was named to us may be a real one, for which the demo's settings are wrong.
        named = "DATABASE_URL" in os.environ
        variables = checkout.variables(url) if named else _for_the_private_one(checkout, url)
        return run([checkout.python, "manage.py", *arguments], cwd=checkout.root, env=variables)


def _for_the_private_one(checkout: Checkout, url: str) -> dict[str, str]:
    return checkout.demo_variables(url, *_ports_of_last_demo(checkout)) | {"AIRTIGHT_MIGRATE_FIRST": "1"}


def _ports_of_last_demo(checkout: Checkout) -> tuple[int, int]:
    with suppress(OSError, ValueError):
        port, standins_port = json.loads((checkout.private / "demo-ports").read_text())
        return port, standins_port
    return WEB_PORTS.start, STANDINS_PORTS.start


def db(checkout: Checkout, arguments: Sequence[str]) -> int:
    actions: dict[tuple[str, ...], Callable[[Checkout], int]] = {
        ("start",): _start_database,
        ("stop",): _stop_database,
        ("url",): _tell_database,
    }
    action = actions.get(tuple(arguments))
    if action is None:
        raise CannotStart("Type: ./run db start, ./run db stop or ./run db url")
    if os.environ.get("DATABASE_URL") and action is not _tell_database:
        raise CannotStart("DATABASE_URL names another database; the private one is not used.")
    return action(checkout)


def _start_database(checkout: Checkout) -> int:
    cluster = Cluster.in_checkout(checkout.private)
    with cluster.use(programs_for(checkout, cluster)) as url:
        cluster.stay()
        say(url)
    return 0


def _stop_database(checkout: Checkout) -> int:
    if not Cluster.in_checkout(checkout.private).no_longer_stay():
        say("Another ./run uses the database; it ends with that one.")
    return 0


def _tell_database(checkout: Checkout) -> int:
    url = os.environ.get("DATABASE_URL") or Cluster.in_checkout(checkout.private).url
    if url is None:
        raise CannotStart("The private database does not run. Type: ./run db start")
    say(url)
    return 0


COMMANDS: dict[str, Callable[[Checkout, Sequence[str]], int]] = {
    "demo": demo,
    "test": test,
    "check": check,
    "bench": bench,
    "shots": shots,
    "manage": manage,
    "db": db,
}


def main(arguments: Sequence[str]) -> int:
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        say(HELP)
        return 0
    if name not in COMMANDS:
        complain(f"./run does not know `{name}`.\n\n{HELP}")
        return 2
    raise_when_told_to_stop()
    checkout = Checkout(Path(__file__).resolve().parents[2])
    try:
        checkout.make_private_folder()
        return COMMANDS[name](checkout, arguments[1:])
    except (CannotStart, Problem, ProgramsMissing) as reason:
        complain(str(reason))
        return 1
    except OSError as failure:
        if failure.errno not in UNWRITABLE:
            raise
        complain(
            f"{failure.filename or checkout.root} cannot be written: {failure.strerror}. {UNWRITABLE[failure.errno]}"
        )
        return 1
    except Stopped as stopped:
        return 128 + stopped.signal_number
