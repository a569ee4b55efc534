"""The first pull of a CRM, stopped after a tenth and gone on with, beside reading the same pages and keeping none."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from benchmarks.crm_standin import CLIENT, SECRET
from benchmarks.figures import Figure, peak_memory, seconds
from leads.models import Account
from revops.crm_pull import Pulled, pull
from revops.demo import company
from revops.integrations.crm.port import Crm
from revops.integrations.crm.salesforce import Salesforce
from revops.integrations.crm.salesforce_login import ClientCredentials

DEFAULT = 10_000


class Stopped(Exception):
    """As if the process had been killed, between two pages."""


def measure(leads: int) -> list[Figure]:
    """Of so many accounts, and a tenth as many deals, leads and activities."""
    at = datetime.now(UTC)
    company.load(at=at)
    with standin(leads) as url:
        crm = Salesforce(url, ClientCredentials(url, CLIENT, SECRET), timeout=300.0, private_allowed=True)
        reading = seconds(lambda: _read(crm))
        with peak_memory("most memory, for a tenth of them") as small:
            first = seconds(lambda: _stopped(crm, at=at, after=leads // 10))
        kept = Account.objects.exclude(external_id="").count()
        done: list[Pulled] = []
        with peak_memory("most memory, for the rest of them") as large:
            rest = seconds(lambda: done.append(pull(crm, at=at)))
    if done[0].error:
        raise RuntimeError(done[0].error)
    took, accounts = first + rest, Account.objects.exclude(external_id="").count()
    return [
        Figure("rows pulled", sum(done[0].rows.values()) / took, "rows/s", took / reading, "reading them"),
        Figure("reading them", sum(done[0].rows.values()) / reading, "rows/s"),
        Figure("kept when it was stopped", kept, "accounts"),
        Figure("kept in the end", accounts, "accounts"),
        *small,
        *large,
    ]


@contextmanager
def standin(accounts: int) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.crm_standin", str(accounts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        if child.stdout is None or child.stdin is None:
            raise RuntimeError("the stand-in has no pipes")
        yield child.stdout.readline().strip()
        child.stdin.close()


def _read(crm: Crm) -> None:
    for read in (crm.accounts, crm.opportunities, crm.leads, crm.activities):
        page = read(None, "")
        while page.cursor:
            page = read(None, page.cursor)


def _stopped(crm: Crm, *, at: datetime, after: int) -> None:
    seen = 0

    def progress(_kind: str, rows: int) -> None:
        nonlocal seen
        seen += rows
        if seen > after:
            raise Stopped

    try:
        pull(crm, at=at, progress=progress)
    except Stopped:
        return
