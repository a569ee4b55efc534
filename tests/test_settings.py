"""A setting out of bounds ends the start with its name, what is wrong and what to give."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AIRTIGHT_DEAL_DAYS_QUIET", "0", "from 1 to 730"),
        ("AIRTIGHT_DEAL_DAYS_PAST_CLOSE", "-1", "from 0 to 730"),
        ("AIRTIGHT_DEAL_DAYS_PAST_CLOSE", "a month", "Not a valid integer"),
        ("DATABASE_CONN_MAX_AGE", "-1", "from 0 to 86400"),
    ],
)
def test_days_out_of_bounds(name: str, value: str, says: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import revops.settings"],
        env=os.environ | {name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert name in ran.stderr
    assert says in ran.stderr
