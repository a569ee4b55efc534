"""Reminders of a window: a list of shares of it and of minutes left, read, kept and told in one way."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from revops import rule_words
from revops.rules import Rules
from sla.models import Policy
from sla.reminders import kept, of_before, offsets

TWO_HOURS = timedelta(hours=2)


@pytest.mark.parametrize(
    ("written", "as_kept", "minutes"),
    [
        ("50%, 15 min", "50%, 15 min", [60, 105]),
        (" 25 %,15 minutes left , 25%,1m", "25%, 15 min, 1 min", [30, 105, 119]),
        ("15 Min., 87%", "15 min, 87%", [104.4, 105]),
        ("50%, 60 min", "50%, 60 min", [60]),
        ("", "", []),
        # At once, before the window opens, and within its first minute there is nothing to remind of.
        ("120 min, 180 min, 119 min", "120 min, 180 min, 119 min", [1]),
    ],
)
def test_a_list_is_read_and_kept(written: str, as_kept: str, minutes: list[float]) -> None:
    assert kept(written) == as_kept
    assert kept(as_kept) == as_kept
    assert offsets(written, TWO_HOURS) == [timedelta(minutes=after) for after in minutes]


def test_a_window_of_minutes_has_none_in_its_first() -> None:
    assert offsets("25%, 50%, 1 min, 15 min", timedelta(minutes=2)) == [timedelta(minutes=1)]
    assert offsets("50%", timedelta(minutes=1)) == []


@pytest.mark.parametrize(
    "text", ["0%", "100%", "-5 min", "0 min", "5", "1.5 min", "50%;15 min", "٥ min", "50%,", "half", "50%" + ", 1 h"]
)
def test_what_is_no_reminder_is_named(text: str) -> None:
    with pytest.raises(ValidationError, match="is no reminder"):
        kept(text)


def test_there_are_not_too_many() -> None:
    with pytest.raises(ValidationError, match="That is 7 reminders"):
        kept(", ".join(f"{share}%" for share in range(10, 80, 10)))


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["soon", "50%,15 min", "50%, ", "0%", "50%\n"])
def test_the_table_takes_only_what_is_kept(text: str) -> None:
    with pytest.raises(IntegrityError, match="policy_reminders"), transaction.atomic():
        Policy.objects.create(name="By hand", source="hand", reminders=text)


def test_a_version_of_before_has_the_reminders_it_had() -> None:
    """Half time, and one last reminder so many minutes before the end, none where that was nothing."""
    row = {"id": 1, "name": "Old", "territory_id": None, "source": "", "accept_within": 120}
    told = {left: Rules(1, {"policies": [row | {"remind_before": left}]}).policies[0].reminders for left in (0, 20)}
    assert told == {0: "50%", 20: "50%, 20 min"}
    assert of_before(row | {"remind_before": 20, "reminders": ""})["reminders"] == ""
    names = rule_words.Names({}, {}, {}, {})
    assert rule_words.policy(row | {"remind_before": 20}, names)["Reminders"] == "50%, 20 min"
    assert rule_words.policy(row | {"reminders": ""}, names)["Reminders"] == "none"
