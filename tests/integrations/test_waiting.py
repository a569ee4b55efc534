"""Retry-After in every form vendors give it."""

from email.utils import formatdate

import pytest

from revops.integrations.waiting import LONGEST, waiting_time

DATE = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "5400"}, 5400.0),
        ({"retry-after": "999999999"}, LONGEST),
        ({"retry-after": "Tue, 24 Nov 2026 12:00:07 GMT", "date": DATE}, 7.0),
        ({"retry-after": "Tue, 24 Nov 2026 11:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": DATE}, LONGEST),
        ({"retry-after": "Tuesday, 24-Nov-26 12:00:07 GMT", "date": DATE}, 7.0),
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e309"}, None),
        ({"retry-after": "NaN"}, None),
        ({"retry-after": "٧"}, None),
        ({"retry-after": "Tue, 99 Nov 2026 12:00:07 GMT"}, None),
    ],
)
def test_the_time_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert waiting_time(headers) == seconds


def test_without_a_date_of_theirs_our_clock_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)
    assert waiting_time({"retry-after": formatdate(1_800_000_030, usegmt=True)}) == 30.0
