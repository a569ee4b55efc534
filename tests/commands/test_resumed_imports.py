"""An import that was stopped anywhere and run again ends as if it had never been stopped."""

import csv
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from leads.management.commands import import_leads
from leads.models import Arrival, Lead, Suppression
from revops import lifecycle
from tests.world import DAY, World

HEADING = "Email,First name,Country,Created at"
FIRST = [
    "ann@acme.test,Ann,US,2026-11-02T09:00:00Z",
    "not an address,Bob,US,",
    "cy@acme.test,Cy,Atlantis,",
    "di@acme.test,Di,DE,2026-11-03T09:00:00Z",  # the future, on the day of the first run
]
SECOND = [
    "ANN+x@acme.test,Ann,US,",
    "gone@acme.test,Gone,US,",
    "eve@acme.test,Eve",
    "fay@acme.test,Fay,US,,surplus",
]
THIRD = ["nobody,Gus,US,,surplus", "hal@acme.test,Hal,Atlantis,", "ida@acme.test,Ida,US,"]


class Stopped(Exception):
    pass


@pytest.fixture
def file(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    monkeypatch.setattr(import_leads, "BATCH", 4)
    Suppression.objects.create(person_key="gone@acme.test", since=world.now)
    path = tmp_path / "leads.csv"
    path.write_text("\n".join([HEADING, *FIRST, *SECOND, *THIRD]) + "\n", encoding="utf-8")
    return path


def stop_in_batch(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import ends as if killed, when it has reported batch `number` and not yet committed it."""
    calls = iter(range(1, 100))
    capture = lifecycle.capture

    def stopping(*args: object, **kwargs: object) -> object:
        if next(calls) == number:
            raise Stopped
        return capture(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(lifecycle, "capture", stopping)


def report_of(file: Path) -> Path:
    return file.parent / "report.csv"


def run(file: Path, *options: str) -> None:
    call_command("import_leads", str(file), "--as", "new", "--report", str(report_of(file)), *options)


def told(out: str) -> dict[str, int]:
    return {what.partition(":")[0]: int(count) for count, what in re.findall(r"^ *(\d+)  (.+)$", out, re.MULTILINE)}


def lines_and_fields(file: Path) -> list[tuple[str, str]]:
    with report_of(file).open(encoding="utf-8", newline="") as opened:
        return [(row["line"], row["field"]) for row in csv.DictReader(opened)]


REPORTED = [
    ("3", "email"),
    ("4", "country"),
    ("5", "occurred_at"),
    ("8", "row"),
    ("9", "row"),
    ("10", "row"),
    ("11", "country"),
]


@pytest.mark.parametrize("torn", [0, 1, 40])
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_stopped_and_run_again(
    file: Path, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], batch: int, torn: int
) -> None:
    with monkeypatch.context() as patch:
        stop_in_batch(batch, patch)
        with pytest.raises(Stopped):
            run(file)
    said = report_of(file).read_bytes()
    report_of(file).write_bytes(said[: len(said) - torn])
    capsys.readouterr()
    if batch > 1:
        world.now += 2 * DAY  # the row that was of the future then is still told as it was taken in
    run(file)
    assert lines_and_fields(file) == REPORTED
    assert not (file.parent / "report.1.csv").exists()
    counts = told(capsys.readouterr().out)
    assert counts.pop("rows read") == 11
    assert counts.pop("rows with a value left out") == 5
    assert counts["refused rows"] == 2
    assert sum(counts.values()) == 11
    assert counts.get("rows known from an earlier run", 0) == {1: 0, 2: 3, 3: 7}[batch]
    assert Lead.objects.count() == 7
    assert Arrival.objects.count() == 11
    assert Lead.objects.get(person_key="di@acme.test").occurred_at is None


def test_the_summary_adds_up_when_it_runs_through(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file)
    assert told(capsys.readouterr().out) == {
        "rows read": 11,
        "new leads": 7,
        "joined an open lead": 1,
        "suppressed": 1,
        "refused rows": 2,
        "rows with a value left out": 5,
    }
    assert lines_and_fields(file) == REPORTED


def test_a_row_that_was_refused_lands_when_a_map_makes_it_readable(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    path, column_map = tmp_path / "leads.csv", tmp_path / "map.csv"
    path.write_text("Email,Other mail\nann@acme.test,\nnone given,bob@acme.test\n")
    run(path)
    column_map.write_text("column,field\nOther mail,email\n")
    capsys.readouterr()
    run(path, "--map", str(column_map))
    assert sorted(Lead.objects.values_list("person_key", flat=True)) == ["ann@acme.test", "bob@acme.test"]
    out = capsys.readouterr().out
    assert "1  rows known from an earlier run: 1 new leads" in out
    assert "report.1.csv" in out  # it told of another reading of the file
    run(path, "--map", str(column_map))
    assert Arrival.objects.count() == 3
