"""The benchmarks by name, and how one is run: in an empty database of its own, which is gone afterwards."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass

from django.db import connection

from benchmarks import audit, backtest, crm, dashboard, intake, queue, routing, sweep
from benchmarks.figures import Figure


@dataclass(frozen=True)
class Benchmark:
    """`measure` takes the number of leads and wants an empty database with its migrations run."""

    measure: Callable[[int], list[Figure]]
    leads: int
    about: str


ALL: Mapping[str, Benchmark] = {
    module.__name__.rpartition(".")[2]: Benchmark(module.measure, module.DEFAULT, (module.__doc__ or "").strip())
    for module in (intake, sweep, routing, backtest, audit, dashboard, queue, crm)
}


@contextmanager
def empty_databases() -> Iterator[Callable[[str], object]]:
    """Gives a function that moves the connection to an empty database under a name."""
    creation, usual = connection.creation, connection.settings_dict["NAME"]
    with redirect_stdout(sys.stderr):  # it speaks of the cache's table whatever it is told
        creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    template = connection.settings_dict["NAME"]
    made: list[str] = []

    def move_to(name: str) -> None:
        _leave(template, made)
        creation.clone_test_db(name, verbosity=0, autoclobber=True)
        made.append(name)
        connection.close()
        connection.settings_dict["NAME"] = creation.get_test_db_clone_settings(name)["NAME"]

    try:
        yield move_to
    finally:
        _leave(template, made)
        creation.destroy_test_db(usual, verbosity=0)


def _leave(template: str, made: list[str]) -> None:
    """Back to the template, and away with what was made of it."""
    connection.close()
    connection.settings_dict["NAME"] = template
    while made:
        connection.creation.destroy_test_db(suffix=made.pop(), verbosity=0)
