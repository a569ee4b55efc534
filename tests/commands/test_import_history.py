"""`import_leads --as history`: leads of before for rules to be tried on, which start nothing."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django_q.models import OrmQ

from leads.management import past_leads
from leads.models import Arrival, Delivery, Lead, LeadEvent, PastLead
from tests.world import World

HEADING = "Email,Company,Country,Employees,Score,Created At,Owner,Accepted,First touch,Converted,Shoe size"
ROWS = [
    "ann@acme.test,Acme,USA,250,70,2026-09-02T09:00:00Z,ada@airtight.test,2026-09-02T09:40:00Z,2026-09-02T10:00:00Z,yes,42",
    "not an address,Acme,USA,9,10,2026-09-02T09:00:00Z,,,,,",
    "bob@acme.test,Acme,USA,9,10,,,,,,",
    "cy@umbrella.test,Umbrella,Atlantis,many,,2026-09-03,someone,2026-09-01,yesterday,perhaps,",
    "di@umbrella.test,Umbrella,Deutschland,11-50,55,31/02/2026,,,,,",
    "eve@umbrella.test,Umbrella,Deutschland,11-50,55,2026-12-01,,,,,",
    "fay@umbrella.test,Umbrella,Deutschland,11-50,55,1999-12-31,,,,,",
    "ANN+demo@acme.test,Acme,USA,250,70,2026-09-02T09:00:00Z,,,,,",
    "ann@acme.test,Acme,USA,250,70,2026-09-30T09:00:00Z,,,,no,",
]


@pytest.fixture(autouse=True)
def _time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "before.csv"
    path.write_text("\n".join([HEADING, *ROWS]) + "\n", encoding="utf-8")
    return path


def run(file: Path, *options: str) -> list[tuple[str, ...]]:
    """Import; the report as (line, what, field, code)."""
    report = file.parent / "report.csv"
    call_command("import_leads", str(file), "--as", "history", "--report", str(report), *options)
    with report.open(encoding="utf-8", newline="") as opened:
        return [(row["line"], row["what"], row["field"], row["code"]) for row in csv.DictReader(opened)]


def test_what_criteria_ask_and_what_became_of_it_is_kept(file: Path) -> None:
    run(file)
    ann = PastLead.objects.filter(person_key="ann@acme.test").earliest("captured_at")
    assert (ann.company, ann.domain, ann.country, ann.employee_count, ann.intent_score) == (
        "Acme", "acme.test", "US", 250, 70,
    )  # fmt: skip
    assert (ann.owner_email, ann.converted, ann.source) == ("ada@airtight.test", True, "import")
    assert ann.captured_at == datetime(2026, 9, 2, 9, tzinfo=UTC)
    assert (ann.accepted_at, ann.first_touch_at) == (
        datetime(2026, 9, 2, 9, 40, tzinfo=UTC), datetime(2026, 9, 2, 10, tzinfo=UTC),
    )  # fmt: skip


def test_it_starts_nothing_and_sends_nothing(file: Path, settings: Any) -> None:
    settings.AIRTIGHT_LAST_RESORT = ""
    run(file)
    assert PastLead.objects.count() == 3
    for model in (Lead, LeadEvent, Arrival, Delivery, OrmQ):
        assert not model.objects.exists()


def test_bad_rows_are_named_by_line_and_reason(file: Path) -> None:
    told = run(file)
    assert {row for row in told if row[1] == "refused"} == {
        ("3", "refused", "email", "no_at"),
        ("4", "refused", "occurred_at", "missing"),
        ("6", "refused", "occurred_at", "not_iso"),
        ("7", "refused", "occurred_at", "in_future"),
        ("8", "refused", "occurred_at", "out_of_range"),
    }
    assert {row[2:] for row in told if row[0] == "5"} == {
        ("country", "unknown_country"), ("employee_count", "not_a_number"), ("owner_email", "no_at"),
        ("accepted_at", "before_it_came"), ("first_touch_at", "not_iso"), ("converted", "not_a_flag"),
    }  # fmt: skip


def test_twice_is_once_also_from_another_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = run(file)
    again = file.with_name("again.csv")
    again.write_text(file.read_text() + "new@acme.test,Acme,USA,9,1,2026-09-09,,,,,\n", encoding="utf-8")
    assert run(again) == first
    assert PastLead.objects.count() == 4
    out = capsys.readouterr().out.rpartition("rows read")[2]
    assert "1  leads of before" in out
    assert "4  rows known already" in out
    assert "5  refused rows" in out


def test_a_dry_run_keeps_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file, "--dry-run")
    assert not PastLead.objects.exists()
    out = capsys.readouterr().out
    assert "3  rows that would be kept" in out
    assert "1  rows known already" in out
    assert "Columns of no field, left out: Shoe size" in out


def test_an_import_that_was_stopped_goes_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_leads, "BATCH", 3)
    keep, batches = past_leads._keep, []

    def stop_at_the_second(forms: list[Any], **how: Any) -> Any:
        batches.append(forms)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return keep(forms, **how)

    monkeypatch.setattr(past_leads, "_keep", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run(file)
    assert PastLead.objects.count() == 1
    monkeypatch.setattr(past_leads, "_keep", keep)
    stopped = run(file)
    assert PastLead.objects.count() == 3
    assert stopped == run(file)


@pytest.mark.parametrize(
    ("heading", "told"),
    [("Email,Company", "No column says when a lead came"), ("Company,Created At", "No column holds an e-mail address")],
)
def test_a_file_without_the_columns_that_are_needed_is_refused(tmp_path: Path, heading: str, told: str) -> None:
    path = tmp_path / "short.csv"
    path.write_text(f"{heading}\na,b\n", encoding="utf-8")
    with pytest.raises(CommandError, match=told):
        run(path)


@pytest.mark.parametrize(
    "values",
    [
        "'ann@acme.test', '2026-09-02T09:00:00Z', NULL",
        "'new@acme.test', '2026-09-02T09:00:00Z', '2026-09-02T08:00:00Z'",
        "'new@acme.test', '1850-09-02T09:00:00Z', NULL",
    ],
)
def test_the_database_refuses_what_cannot_have_been(file: Path, values: str) -> None:
    """Twice the same, accepted before it came, out of all sight."""
    run(file)
    columns = (
        "company, domain, job_title, country, region, city, employee_range, industry, source, campaign, owner_email"
    )
    blank = ", ".join(["''"] * 11)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO leads_pastlead ({columns}, is_free_mail, hand_raise, tech_stack, custom, person_key,"
            f" captured_at, accepted_at) VALUES ({blank}, false, false, '[]', '{{}}', {values})"
        )
