"""Files as they really come: what can be read lands right, what cannot is refused by line, nothing lands wrongly."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leads.intake.lead_rows import AS_IT_CAME
from leads.models import Account, Arrival, Lead
from tests.world import World

Brought = Callable[..., list[dict[str, str]]]


@pytest.fixture
def brought(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Brought:
    """Import these bytes as new leads (or accounts); the report's rows."""
    monkeypatch.setattr("revops.clock.now", lambda: world.now)

    def bring(content: bytes | str, *, name: str = "leads.csv", command: str = "import_leads") -> list[dict[str, str]]:
        path, report = tmp_path / name, tmp_path / "report.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        report.unlink(missing_ok=True)
        how = ["--as", "new"] if command == "import_leads" else []
        call_command(command, str(path), "--report", str(report), *how)
        with report.open(encoding="utf-8", newline="") as opened:
            return list(csv.DictReader(opened))

    return bring


def emails() -> list[str]:
    return sorted(Lead.objects.values_list("person_key", flat=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le+mark", "utf-16-be+mark"])
def test_names_come_through_every_encoding_that_says_what_it_is(brought: Brought, encoding: str) -> None:
    plain, _, mark = encoding.partition("+")
    text = "email;first name;city\r\nzoe@acme.test;Zoë Þórsdóttir;東京\r\n"
    brought((("\ufeff" if mark else "") + text).encode(plain))
    lead = Lead.objects.get()
    assert (lead.first_name, lead.city) == ("Zoë Þórsdóttir", "東京")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("email,name\na@b.test,x\nc@d.test,Jürgen\n".encode("cp1252"), "Line 3 of 'leads.csv' is not UTF-8"),
        ("email,name\na@b.test,日本\n".encode("shift-jis"), "Line 2 of 'leads.csv' is not UTF-8"),
        ("email,name\na@b.test,ü\n".encode() + "c@d.test,ü\n".encode("cp1252"), "Line 3 of 'leads.csv' is not UTF-8"),
        ("email,name\na@b.test,x\n".encode("utf-16-le"), "Line 1 of 'leads.csv' holds a NUL byte"),
    ],
)
def test_an_encoding_is_never_guessed(brought: Brought, content: bytes, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        brought(content)
    assert not Lead.objects.exists()


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiters_order_and_columns_of_no_field(brought: Brought, mark: str) -> None:
    rows = [["Shoe size", "Company", "E-Mail", "First name"], ["42", "Acme", "ann@acme.test", "Ann"]]
    assert brought("\n".join(mark.join(row) for row in rows)) == []
    lead = Lead.objects.get()
    assert (lead.email, lead.company, lead.first_name, lead.raw) == (
        "ann@acme.test",
        "Acme",
        "Ann",
        {"Shoe size": "42"},
    )


def test_line_breaks_in_cells_shift_neither_cells_nor_line_numbers(brought: Brought) -> None:
    report = brought('email,first name,city\r\na@b.test,"Ann\r\nMarie",Ulm\r\nnobody,"x\r\ny",\r\nc@d.test,Cy,Bonn\r\n')
    assert [(row["line"], row["row"], row["field"]) for row in report] == [("4", "2", "email")]
    assert list(Lead.objects.order_by("person_key").values_list("first_name", "city")) == [
        ("Ann Marie", "Ulm"),
        ("Cy", "Bonn"),
    ]


def test_ragged_rows_land_as_far_as_they_can_be_trusted(brought: Brought) -> None:
    report = brought(
        "email,first name,company,country\n"
        "short@acme.test,Sue\n"
        "blank@acme.test,Bo,Acme,DE,,\n"
        "Jr.,shifted@acme.test,Sam,Acme,DE\n"
        "a@acme.test x,b@acme.test,c@acme.test,Acme,DE\n"
        "no,mail,in,this,row\n"
    )
    assert emails() == ["blank@acme.test", "shifted@acme.test", "short@acme.test"]
    told = [(row["line"], row["what"], row["code"]) for row in report]
    assert told == [
        ("2", "value left out", "too_few_cells"),
        ("4", "value left out", "too_many_cells"),
        ("5", "refused", "too_many_cells"),
        ("6", "refused", "too_many_cells"),
    ]
    shifted = Lead.objects.get(person_key="shifted@acme.test")
    assert (shifted.first_name, shifted.company, shifted.country) == ("", "", "")
    assert shifted.raw == {AS_IT_CAME: ["Jr.", "shifted@acme.test", "Sam", "Acme", "DE"]}


def test_from_an_unclosed_quote_on_the_rest_is_refused_and_what_was_before_it_lands(
    brought: Brought, capsys: pytest.CaptureFixture[str]
) -> None:
    report = brought('email,name\na@b.test,Ann\nc@d.test,"Cy\ne@f.test,Eve\ng@h.test,Gus\n')
    assert emails() == ["a@b.test"]
    [row] = report
    assert (row["line"], row["what"], row["code"]) == ("3", "refused", "unread")
    assert "end of the file (line 5)" in row["reason"]
    assert Arrival.objects.filter(outcome="refused").count() == 1
    printed = capsys.readouterr()
    assert "The row that begins on line 3" in printed.err
    assert "2  rows read" in printed.out


def test_the_same_file_twice_and_a_third_of_doubles_in_it(brought: Brought) -> None:
    people = [f"p{number}@acme.test" for number in range(20)]
    doubles = [f" P{number}+again{number}@ACME.test" for number in range(10)]
    content = "email\n" + "\n".join([*people, *doubles]) + "\n"
    for name in ("leads.csv", "copy.csv"):
        brought(content, name=name)
        assert emails() == sorted(people)
        assert Arrival.objects.count() == 30
    brought(content + "\n", name="edited.csv")  # another file: every person joins their own lead
    assert emails() == sorted(people)
    assert Arrival.objects.filter(outcome="joined").count() == 40


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04....[Content_Types].xml....xl/", "an Excel workbook"),
        (b"PK\x03\x04....photos/1.jpg", "a zip archive"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"<!DOCTYPE html><title>Sign in</title>", "a web page"),
        (b"email\n", "has a heading but no rows"),
        (b"", "is empty"),
        (b"email,name,Email\na@b.test,x,c@d.test\n", "Columns 1 and 3 are both headed"),
        (b"email,work email\na@b.test,c@d.test\n", "Two columns hold the field 'email'"),
        (b"name,company\nAnn,Acme\n", "No column holds an e-mail address"),
        (("email," + "x," * 4_999 + "\na@b.test\n").encode(), "has 5,001 columns"),
    ],
)
def test_what_is_no_table_of_leads_is_refused_whole(brought: Brought, content: bytes, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        brought(content)
    assert not Arrival.objects.exists()


@pytest.mark.parametrize("name", ["../../x.csv", "a\r\nSet-Cookie: x.csv", "nowhere\0.csv"])
def test_a_name_that_is_no_file_is_shown_in_one_line(tmp_path: Path, db: None, name: str) -> None:
    with pytest.raises(CommandError, match="cannot be opened") as caught:
        call_command("import_leads", f"{tmp_path}/{name}")
    assert str(caught.value).isprintable()


def test_formulas_in_cells_are_kept_and_cannot_run_from_the_report(brought: Brought) -> None:
    report = brought(
        "email,first name,phone,intent score,country\n"
        "ann@acme.test,=1+1,+49 30 901820,=2+3,DE\n"
        '"=HYPERLINK(""http://x.test"")",@SUM(A1),,,\n'
    )
    lead = Lead.objects.get()
    assert (lead.first_name, lead.phone) == ("=1+1", "+4930901820")
    assert [(row["line"], row["field"], row["value"][:2]) for row in report] == [
        ("2", "intent_score", "'="),
        ("3", "email", "'="),
    ]


def test_an_account_whose_columns_may_have_shifted_is_refused(brought: Brought) -> None:
    report = brought(
        "name,website,country\nAcme,acme.test\nUmbrella, Inc,umbrella.test,US\nInitech,initech.test,US,,\n",
        name="companies.csv",
        command="import_accounts",
    )
    assert sorted(Account.objects.values_list("name", flat=True)) == ["Acme", "Initech"]
    assert [(row["line"], row["what"], row["code"]) for row in report] == [
        ("2", "value left out", "too_few_cells"),
        ("3", "refused", "too_many_cells"),
    ]
