"""With AIRTIGHT_STOCK_ADMIN=1, and without unfold on the machine, every page opens in Django's own look."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

HERE = Path(__file__).parent
TESTS = (
    "test_pages.py::test_every_page_opens_with_rows_in_it",
    "test_pages.py::test_the_first_page_tells_what_wants_attention",
    "test_pages.py::test_only_the_admin_may_evaluate_in_the_browser",
)
PLUGINS = ("tests.admin.without_unfold", "no:xdist", "no:randomly", "no:cacheprovider")


@pytest.mark.long
def test_the_same_tests_pass_in_djangos_own_look(django_db_setup: None) -> None:
    """In a process of its own, since the look is chosen once at the start; in this one's database, which is there."""
    database = str(connection.settings_dict["NAME"]).removeprefix("test_")
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--reuse-db",
            *(f"-p{name}" for name in PLUGINS),
            *[f"{HERE}/{one}" for one in TESTS],
        ],
        env=os.environ | {"AIRTIGHT_STOCK_ADMIN": "1", "DATABASE_URL": address},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
