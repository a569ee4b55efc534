"""A setting that is wrong ends the start with a sentence: its name, what it says, why that is wrong and what to set."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

OF_DAYS = "which is no whole number from 1 to 730: set it to one, or unset it for 90."
OF_SECONDS = "which is no number of seconds from 0.1 to 600: set it to one, or unset it for "
NO_ADDRESS = "which is no web address: set it to one that begins with https:// and names a host, or unset it"
NO_DATABASE = (
    "(a secret, so no more is shown), which names no PostgreSQL database: "
    "set it to one such as postgresql://user:password@host:5432/name."
)
UNREADABLE = [
    ("AIRTIGHT_DEAL_DAYS_QUIET", "a month", OF_DAYS),
    ("AIRTIGHT_DEAL_DAYS_PAST_CLOSE", "1.5", "which is no whole number from 0 to 730"),
    (
        "AIRTIGHT_SWEEP_TOLERANCE",
        "abc",
        "which is no whole number from 0 to 86400: set it to one, or unset it for 120.",
    ),
    ("AIRTIGHT_URL", "not-a-url", f"{NO_ADDRESS} for http://127.0.0.1:8000."),
    ("CRM_TIMEOUT", "nan", f"{OF_SECONDS}30.0."),
    ("DATABASE_CONNECT_TIMEOUT", "x", "which is no whole number from 1 to 600: set it to one, or unset it for 5."),
    ("EMAIL_PORT", "", "which is no whole number from 1 to 65535: set it to one, or unset it for 587."),
    ("HTTPS", "maybe", "which is neither true nor false: set it to 1 or 0, or unset it for 1."),
    ("LOG_LEVEL", "LOUD", "set it to DEBUG, INFO, WARNING, ERROR or CRITICAL, or unset it for INFO."),
    ("SALESFORCE_API_VERSION", "banana", "which is no version of Salesforce's API: set it to one such as 66.0"),
    ("SLACK_BASE_URL", "foo", NO_ADDRESS),
    ("SLACK_TIMEOUT", "abc", f"{OF_SECONDS}10.0."),
]
OUT_OF_BOUNDS = [
    ("AIRTIGHT_DEAL_DAYS_QUIET", "0", OF_DAYS),
    ("AIRTIGHT_DEAL_DAYS_PAST_CLOSE", "-1", "from 0 to 730"),
    ("AIRTIGHT_RETURNS_PER_REP_AND_DAY", "0", "from 1 to 10000"),
    ("AIRTIGHT_STANDINS_URL", "ftp://127.0.0.1", NO_ADDRESS),
    ("AIRTIGHT_SWEEP_TOLERANCE", "-5", "from 0 to 86400"),
    ("AIRTIGHT_URL", "https://airtight.test:99999", NO_ADDRESS),
    ("CRM_TIMEOUT", "inf", OF_SECONDS),
    ("DATABASE_CONN_MAX_AGE", "-1", "from 0 to 86400"),
    ("EMAIL_PORT", "99999", "from 1 to 65535"),
    ("ENRICHMENT_TIMEOUT", "0", OF_SECONDS),
    ("Q_WORKERS", "99999", "from 1 to 64"),
    ("SECURE_HSTS_SECONDS", "-3", "from 0 to"),
    ("SLACK_TIMEOUT", "-1", OF_SECONDS),
]


def ran(*arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "revops.settings"} | given
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("command", "wrong"), [("audit", UNREADABLE), ("check", OUT_OF_BOUNDS)])
def test_every_one_that_is_wrong_is_told_at_once(command: str, wrong: list[tuple[str, str, str]]) -> None:
    done = ran("manage.py", command, **{name: value for name, value, _why in wrong})
    told = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(told)) == (1, "", len(wrong))
    for name, value, why in wrong:
        assert any(line.startswith(f"{name} says {value!r}, ") and why in line for line in told), (name, told)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("foo", "'…'"),
        ("mysql://u:hidden@host/name", "'mysql://…'"),
        ("postgresql://u:hidden@host:99999/name", "'postgresql://…'"),
        ("postgresql://u:hidden@host", "'postgresql://…'"),
    ],
)
def test_a_database_s_address_is_not_shown(url: str, shown: str) -> None:
    done = ran("manage.py", "worker", DATABASE_URL=url, SLACK_WEBHOOK_URL="hidden")
    assert done.returncode == 1
    assert f"DATABASE_URL says {shown} {NO_DATABASE}\n" in done.stderr
    assert "SLACK_WEBHOOK_URL says '…' (a secret, so no more is shown), which is no web address" in done.stderr
    assert "hidden" not in done.stderr
    assert done.stderr.count("\n") == 2


def test_what_a_web_server_s_traceback_ends_with() -> None:
    done = ran("-c", "import revops.wsgi", SLACK_TIMEOUT="abc")
    assert done.stderr.splitlines()[-1].endswith(f"BadSettings: SLACK_TIMEOUT says 'abc', {OF_SECONDS}10.0.")


@pytest.mark.parametrize("version", ["62.0", "v62.0"])
def test_a_version_of_salesforce_is_given_either_way(version: str) -> None:
    done = ran(
        "-c", "from revops.settings import SALESFORCE_API_VERSION as it; print(it)", SALESFORCE_API_VERSION=version
    )
    assert done.stdout == "62.0\n"
