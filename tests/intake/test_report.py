"""A report goes on where a stopped one ended, and another import's is never lost."""

import csv
from pathlib import Path

import pytest

from leads.intake.problems import BadFile, Problem
from leads.intake.report import Report


def write(path: Path, *lines: int) -> Report:
    """A report that refuses these lines."""
    with Report(path) as report:
        for line in lines:
            report.refused(line, line - 1, [Problem("email", "no_at", f"Line {line} has no @.", "=cmd()")])
    return report


def lines_of(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as opened:
        return [row["line"] for row in csv.DictReader(opened)]


def test_the_same_again_is_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write(path, 2, 5)
    before = path.read_bytes()
    assert write(path, 2, 5).kept is None
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["report.csv"]


def test_a_stopped_one_is_gone_on_with_wherever_it_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write(path, 2, 5, 9)
    whole = path.read_bytes()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        assert write(path, 2, 5, 9).kept is None
        assert path.read_bytes() == whole


@pytest.mark.parametrize("others", [(3,), (2, 6), (2, 5, 9), (2, 5, 9, 11)])
def test_another_import_s_report_is_kept_and_said(tmp_path: Path, others: tuple[int, ...]) -> None:
    path = tmp_path / "report.csv"
    write(path, *others)
    before = path.read_bytes()
    report = write(path, 2, 5)
    assert report.kept == tmp_path / "report.1.csv"
    assert report.kept.read_bytes() == before
    assert lines_of(path) == ["2", "5"]
    assert write(path, 7).kept == tmp_path / "report.2.csv"
    assert lines_of(tmp_path / "report.2.csv") == ["2", "5"]


def test_an_import_that_breaks_off_leaves_what_was_told(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    write(path, 2, 5, 9)
    before = path.read_bytes()
    report = Report(path).__enter__()
    report.refused(2, 1, [Problem("email", "no_at", "Line 2 has no @.", "=cmd()")])
    report.__exit__(RuntimeError, RuntimeError(), None)
    assert report.kept is None
    assert path.read_bytes() == before


def test_what_is_no_report_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("email,name\na@b.test,Ann\n")
    with pytest.raises(BadFile, match="is not the report of an import"):
        write(path, 2)
    assert path.read_text() == "email,name\na@b.test,Ann\n"


def test_values_cannot_become_formulas(tmp_path: Path) -> None:
    write(tmp_path / "report.csv", 2)
    assert "'=cmd()" in (tmp_path / "report.csv").read_text()
