"""A browser's view of a page, without the browser."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.figures import seconds
from leads.models import Rep

TIMES = 20


@dataclass(frozen=True)
class Visit:
    """`times` in seconds, of the page and of a query asked between every two of them; `queries` of one page."""

    times: list[float]
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
    taken, base = [], []
    for _time in range(TIMES):
        taken.append(seconds(lambda: _fetch(client, path)))
        base.append(seconds(_asked(beside, params or [])))
    return Visit(taken, base, count)


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
