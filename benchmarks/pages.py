"""A browser's view of a page, without the browser."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.figures import seconds
from leads.models import Rep

TIMES = 20


@dataclass(frozen=True)
class Visit:
    """`times` in seconds, of the page and of a query asked between every two of them; `database` is what of a page's
    time went by waiting for the database, `queries` how many were asked for one.
    """

    times: list[float]
    database: list[float]
    base: list[float]
    queries: int


def visit(rep: Rep, path: str, *, beside: str, params: list[object] | None = None) -> Visit:
    """Ask for the page TIMES times after a first one that warms up, and for `beside`, a query, in between."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(rep.user)
    _fetch(client, path)
    with CaptureQueriesContext(connection) as queries:
        _fetch(client, path)
    count = len(queries)  # before the next request empties the log
    taken, waited, base = [], [], []
    for _time in range(TIMES):
        with _waiting() as waits:
            taken.append(seconds(lambda: _fetch(client, path)))
        waited.append(sum(waits))
        base.append(seconds(_asked(beside, params or [])))
    return Visit(taken, waited, base, count)


@contextmanager
def _waiting() -> Iterator[list[float]]:
    """Gives the seconds that each query within takes."""
    waits: list[float] = []

    def timed(execute: Callable[..., object], *asked: object) -> object:
        began = time.perf_counter()
        try:
            return execute(*asked)
        finally:
            waits.append(time.perf_counter() - began)

    with connection.execute_wrapper(timed):
        yield waits


def _fetch(client: Client, path: str) -> None:
    response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path} answered {response.status_code}.")


def _asked(query: str, params: list[object]) -> Callable[[], object]:
    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute(query, params)
            cursor.fetchall()

    return ask
