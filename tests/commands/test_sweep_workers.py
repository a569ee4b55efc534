"""`manage.py sweep --workers N`: a number of processes that can share work."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("workers", [0, -1])
def test_it_starts_at_one(workers: int) -> None:
    with pytest.raises(CommandError, match=r"--workers takes the number of processes .* from 1\."):
        call_command("sweep", workers=workers)
