"""The keys of the advisory locks, which one database's processes share: each is somebody's alone.

A transaction takes the roster's first, then rows, then a pace; the others are held by a session that calls out.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import IntEnum, unique
from typing import TypeVar

from django.db import OperationalError, connection

Result = TypeVar("Result")
TIMED_OUT = "55P03"
# Whoever waits for a lock that all others need, or with it for another, lets them by after this long.
A_MOMENT, PAUSE = timedelta(seconds=1), timedelta(milliseconds=500)
TRIES = 12


@unique
class Lock(IntEnum):
    ROSTER = 4_170_001
    PACE = 4_170_002
    PULLING = 4_170_003
    ASKING = 4_170_005
    RULES = 4_170_007
    BACKTEST = 4_170_009
    SLACK_PACE = 4_170_013


# The first half of keys whose second half tells which: a lead that is written to the CRM, a visitor, a conversation, a
# place among those that send.
WRITING, VISITORS, CONVERSATIONS, SENDERS = 4_170_004, 4_170_006, 4_170_008, 4_170_010


@contextmanager
def waiting_at_most(wait: timedelta) -> Iterator[None]:
    """Within, no statement waits longer than that for a lock: it raises what `timed_out` knows.

    Inside a transaction or savepoint, which takes the bound away again where it is rolled back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        [before] = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{wait // timedelta(milliseconds=1)}ms"])
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def timed_out(error: Exception) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == TIMED_OUT


def letting_others_by(work: Callable[[], Result], *, tries: int = TRIES) -> Result:
    """Run a transaction or savepoint again when it waited too long for a lock; in between it holds nothing."""
    for _attempt in range(tries - 1):
        try:
            return work()
        except OperationalError as error:
            if not timed_out(error):
                raise
        time.sleep(PAUSE.total_seconds())
    return work()
