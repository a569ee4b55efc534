"""`./run demo`: the whole product with demo data, on this machine alone."""

import argparse
import hashlib
import http.client
import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from revops.starter import environment
from revops.starter.assets import collecting
from revops.starter.checkout import CRMS, DEMO_CRM, Checkout
from revops.starter.database import demo_database
from revops.starter.processes import Process, Processes
from revops.starter.say import CannotStart, say, tail
from revops.starter.signals import Stopped, beside

WEB_PORTS = range(8000, 8020)
STANDINS_PORTS = range(8020, 8040)
READY_BOUND = 90.0  # seconds
LOOK = 0.25


def demo(checkout: Checkout, arguments: Sequence[str]) -> int:
    options = _options(arguments)
    options.crm = _crm(checkout, options)
    environment.prepare(checkout, "requirements.txt")
    try:
        with demo_database(checkout, fresh=options.fresh) as database:
            port, standins_port = _web_port(options.port), _free_port(STANDINS_PORTS)
            (checkout.private / DEMO_CRM).write_text(options.crm)
            variables = checkout.demo_variables(database.url, port, standins_port)
            (checkout.private / "demo-ports").write_text(json.dumps([port, standins_port]))
            if options.fresh:
                _posts(checkout).unlink(missing_ok=True)
            with Processes(checkout, variables) as processes:
                _start(checkout, processes, port, standins_port)
                _wait_until_ready(processes, variables["AIRTIGHT_URL"])
                _tell(checkout, variables)
                while True:
                    database.tend()
                    processes.tend()
                    time.sleep(LOOK)
    except Stopped:
        say("Stopped, with every process that was begun.")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run demo", description="Airtight with demo data, on this machine alone.")
    parser.add_argument("--port", type=int, help="the port of the web pages (8000, or the next free one)")
    parser.add_argument("--fresh", action="store_true", help="drop the demo database first")
    parser.add_argument("--crm", choices=CRMS, help=f"which one leads go to ({CRMS[0]}, or the one of the last start)")
    return parser.parse_args(arguments)


def _crm(checkout: Checkout, options: argparse.Namespace) -> str:
    """The one that was asked for, else that of before. Raises CannotStart where the data knows the other one."""
    kept = checkout.private / DEMO_CRM
    before = kept.read_text() if kept.exists() else ""
    if before and options.crm not in (None, before) and not options.fresh:
        raise CannotStart(
            f"The demo's leads are in the stand-in for {before}, and {options.crm} knows none of them. "
            f"Add --fresh to begin a day with {options.crm}, or leave --crm out."
        )
    return str(options.crm or before or CRMS[0])


def _web_port(wanted: int | None) -> int:
    if wanted is not None:
        if not _is_free(wanted):
            raise CannotStart(f"Port {wanted} is taken. Name another with --port, or leave it out.")
        return wanted
    port = _free_port(WEB_PORTS)
    if port != WEB_PORTS.start:
        say(f"Port {WEB_PORTS.start} is taken; using {port}.")
    return port


def _free_port(ports: range) -> int:
    for port in ports:
        if _is_free(port):
            return port
    raise CannotStart(f"The ports {ports.start} to {ports.stop - 1} are all taken. Name another with --port.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the web server does: a port whose last connections are still fading is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
        return True


def _start(checkout: Checkout, processes: Processes, port: int, standins_port: int) -> None:
    python = str(checkout.python)
    standins = ("standins", "--port", str(standins_port), "--slack-file", str(_posts(checkout)))
    processes.start("standins", python, "manage.py", *standins)
    with _kept(port), collecting(checkout, processes.variables):
        _fill(checkout, processes.variables)
    say("Starting the web server, the worker and the sweep.")
    processes.start("web", python, "-m", "gunicorn", *_web_options(port), "revops.wsgi:application")
    processes.start("worker", python, "manage.py", "worker")
    processes.start("sweep", python, "manage.py", "sweep")


@contextmanager
def _kept(port: int) -> Iterator[None]:
    """Nobody else, another demo for one, finds the port free before our own server takes it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen(1)
        yield


def _fill(checkout: Checkout, variables: Mapping[str, str]) -> None:
    """Every time, since only the database itself knows what it lacks; it takes no time where it lacks nothing."""
    say("Bringing the database up to date; the first time, three weeks of leads are lived through.")
    command: Sequence[str | Path] = [checkout.python, "manage.py", "demo", "--migrate"]
    with (
        checkout.log("setup").open("wb") as log,
        _told(checkout).open("wb") as told,
        beside(command, cwd=checkout.root, env=variables, log=log, answer=told) as child,
    ):
        code = child.wait()
    if code != 0:
        raise CannotStart(f"`manage.py demo --migrate` failed:\n{tail(checkout.log('setup'))}")


def _posts(checkout: Checkout) -> Path:
    """What was posted to the stand-in for Slack: a file for each database, as it is about that one's leads."""
    given = os.environ.get("DATABASE_URL", "")
    of = f"-{hashlib.sha256(given.encode()).hexdigest()[:12]}" if given else ""
    return checkout.private / f"demo-slack{of}.json"


def _told(checkout: Checkout) -> Path:
    return checkout.private / "demo-told"


def _web_options(port: int) -> tuple[str, ...]:
    # Without the control socket, which gunicorn would put into the user's home; loaded once, for both workers.
    options = ("--workers=2", "--threads=4", "--graceful-timeout=5", "--no-control-socket", "--preload")
    return (f"--bind=127.0.0.1:{port}", *options)


def _tell(checkout: Checkout, variables: Mapping[str, str]) -> None:
    say(f"\nAirtight is at        {variables['AIRTIGHT_URL']}/")
    standins = variables["AIRTIGHT_STANDINS_URL"]
    say(f"The stand-ins are at  {standins}/  (what was posted to Slack)")
    say(f"                      {standins}/salesforce/ and /hubspot/  (what a CRM holds)")
    say("                      Its clicks come over HTTP, signed; no socket is needed, so `slack_socket` is not run.")
    say(f"                      {standins}/apollo/  (who was asked for company data, and how they misbehave)\n")
    say(_told(checkout).read_text())
    say("Ctrl-C ends it.")


def _wait_until_ready(processes: Processes, address: str) -> None:
    bound = time.monotonic() + READY_BOUND
    while (answer := _ask(f"{address}/readyz")) != "ready":
        if ended := processes.ended:
            raise CannotStart(_obituary(ended[0]))
        if time.monotonic() > bound:
            web = next(process for process in processes.all if process.name == "web")
            raise CannotStart(f"{address}/readyz is not ready after {READY_BOUND:.0f} s: {answer}\n{_obituary(web)}")
        time.sleep(LOOK)


def _ask(url: str) -> str:
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with without_proxy.open(url, timeout=5) as answer:
            return "ready" if answer.status == 200 else str(answer.status)
    except urllib.error.HTTPError as refusal:
        return f"{refusal.code} {refusal.read(2000).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as failure:
        return str(failure)


def _obituary(process: Process) -> str:
    return f"The {process.name} process could not do its work. The end of {process.log}:\n{tail(process.log)}"
