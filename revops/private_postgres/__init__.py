"""A PostgreSQL of the checkout's own, for a machine that offers none: no port, no account, nothing outside.

Standard library only, since it runs before the environment exists. A cluster is used like this:

    with Cluster(state).use() as url: ...

The first user starts a keeper (`keeper.py`), a process that holds the server; when the last one has left, be it by
`kill -9`, both end.
"""

from revops.private_postgres.cluster import Cluster, Problem
from revops.private_postgres.programs import Programs, ProgramsMissing, find_programs

__all__ = ["Cluster", "Problem", "Programs", "ProgramsMissing", "find_programs"]
