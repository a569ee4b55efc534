import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.intake.csv_safe import safe_cell, safe_row


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\xa0=1",
        "\u200b=1",
        '"=1"',
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "−1+1",
        "+49 30 901820",
        "-",
        "--1",
        "-1-cmd|' /C calc'!A0",
        "+12",
        "\tx",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Acme", "+4930901820", "-12", "-12.5", "a=b", "1-2", "'=1", "O'Brien", "日本"])
def test_everything_else_stays(text: str) -> None:
    assert safe_cell(text) == text


def test_values_that_are_no_text() -> None:
    assert safe_row([None, 7, -3, True, "=x"]) == ["", "7", "-3", "True", "'=x"]


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1))
def test_no_cell_is_active_after_a_reader_took_it_back(cells: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(safe_row(list(cells)))
    read = next(csv.reader(io.StringIO(file.getvalue(), newline="")), [""])
    for cell in read:
        assert cell[:1] not in {"=", "@", "\t", "\r"}
        assert cell[:1] not in {"+", "-"} or cell[1:].replace(".", "", 1).isdigit()
