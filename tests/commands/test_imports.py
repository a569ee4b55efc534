"""`import_leads` and `import_accounts` on files as people export them."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leads.models import Account, AccountDomain, Arrival, Lead
from tests.world import DAY, MONDAY, World

HEADING = "External ID,Email Address,First Name,Company Name,Country,Lead Score,Created At,Shoe size"
ROWS = [
    "f1,Ann@Acme.test,Ann,Acme,USA,70,2026-11-02T09:00:00Z,42",
    "f2, ann+demo@acme.test ,Ann,Acme,United States,80,2026-11-02T09:01:00Z,42",
    "f3,not an address,Bob,Acme,USA,10,2026-11-02T09:02:00Z,",
    "f4,cy@umbrella.test,Cy,n/a,Atlantis,high,31/02/2026,",
    "f5,=cmd()@x.test,Eve,Acme,USA,5,2026-11-02T09:02:00Z,1,too,many",
    "f6,di@umbrella.test,Dieter,Umbrella,Deutschland,55,2026-10-01T09:02:00Z,44",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_text("\n".join([HEADING, *ROWS]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)


def run(file: Path, *options: str) -> list[dict[str, str]]:
    """Import; the report's rows."""
    report = file.parent / "report.csv"
    call_command("import_leads", str(file), "--report", str(report), *options)
    with report.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_good_rows_land_and_bad_ones_are_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run(file, "--as", "new")
    told = [(row["line"], row["what"], row["field"]) for row in report]
    assert ("4", "refused", "email") in told
    assert ("6", "refused", "row") in told
    assert {("5", "value left out", field) for field in ("country", "intent_score", "occurred_at")} <= set(told)
    assert {lead.person_key for lead in Lead.objects.all()} == {"ann@acme.test", "cy@umbrella.test", "di@umbrella.test"}
    ann = Lead.objects.get(person_key="ann@acme.test")
    assert (ann.email, ann.country, ann.intent_score, ann.raw) == ("Ann@acme.test", "US", 80, {"Shoe size": "42"})
    assert Lead.objects.get(person_key="di@umbrella.test").country == "DE"
    assert Lead.objects.get(person_key="cy@umbrella.test").company == ""
    out = capsys.readouterr().out
    assert "3  new leads" in out
    assert "1  joined an open lead" in out
    assert "2  refused rows" in out
    assert "Shoe size" in out


def test_every_row_is_an_arrival(file: Path) -> None:
    run(file, "--as", "new")
    outcomes = list(Arrival.objects.order_by("outcome").values_list("outcome", flat=True))
    assert outcomes == ["joined", "new", "new", "new", "refused", "refused"]


def test_twice_is_once(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(file, "--as", "new")
    renamed = file.rename(file.with_name("again.csv"))
    renamed.rename(file)
    run(file, "--as", "new")
    assert Lead.objects.count() == 3
    assert Arrival.objects.count() == 6
    out = capsys.readouterr().out.rpartition("rows read")[2]
    assert "4  rows known from an earlier run: 3 new leads, 1 joined an open lead" in out
    assert "0  new leads" in out
    assert "2  refused rows" in out


def test_rows_over_a_day_old_are_backlog_unless_told_otherwise(file: Path) -> None:
    run(file)
    states = dict(Lead.objects.values_list("person_key", "state"))
    assert states == {"ann@acme.test": "buffer", "cy@umbrella.test": "buffer", "di@umbrella.test": "nurture"}
    old = Lead.objects.get(person_key="di@umbrella.test")
    assert old.reason is not None
    assert (old.reason.code, old.due_step, old.due_at) == ("backlog", "return", MONDAY)


def test_all_as_backlog(file: Path) -> None:
    run(file, "--as", "backlog")
    due = sorted(Lead.objects.values_list("due_at", flat=True))
    assert due[0] == MONDAY
    assert due[-1] < MONDAY + DAY
    assert len(set(due)) == 3


def test_a_dry_run_writes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run(file, "--dry-run")
    assert len(report) == 5
    assert not Lead.objects.exists()
    assert not Arrival.objects.exists()
    assert "4  rows that would land" in capsys.readouterr().out


def test_a_map_for_other_columns(tmp_path: Path) -> None:
    path, column_map = tmp_path / "odd.csv", tmp_path / "map.csv"
    path.write_text("Kontakt;Firma\nann@acme.test;Acme\n", encoding="utf-8")
    with pytest.raises(CommandError, match="No column holds an e-mail address"):
        run(path)
    column_map.write_text("column,field\nKontakt,email\n", encoding="utf-8")
    run(path, "--map", str(column_map))
    assert Lead.objects.get().company == "Acme"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"email\n", "no rows"),
        (b"PK\x03\x04 not a csv", "zip|xlsx|Excel|archive|spreadsheet"),
        (b"\x89PNG\r\n\x1a\n0000", "PNG|picture|image"),
        (b"email,name\na@b.test,J\xfcrgen\n", "[Ll]ine 2"),
        (b"email,name\na@b.test,\x00\n", "NUL"),
        (("," * 5000).encode() + b"email\n" + ("," * 5000).encode() + b"a@b.test\n", "5,001 columns"),
        (b"email,Email\na@b.test,c@d.test\n", "email|Email"),
        (b'email,name\na@b.test,"never closed\n', "not closed"),
        (b"<!doctype html><html><body>sign in</body></html>", "HTML|web page"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=says) as caught:
        run(path)
    assert "\n" not in str(caught.value)
    assert not Lead.objects.exists()


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nowhere.csv")


def test_the_directory_comes_in_and_is_brought_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "companies.csv"
    path.write_text(
        "id,name,former_names,website,all_locations,team_size,industry\n"
        '1,Acme,"Acme Labs",https://www.acme.test,"London, England, United Kingdom",1200,B2B\n'
        "2,Slide,,https://angel.co/slide,,7,Fintech\n"
        "3,,,,,,\n",
        encoding="utf-8",
    )
    report = tmp_path / "report.csv"
    call_command("import_accounts", str(path), "--report", str(report))
    acme = Account.objects.get(name="Acme")
    assert (acme.country, acme.city, acme.employee_count, acme.aliases) == ("GB", "London", 1200, ["Acme Labs"])
    assert list(AccountDomain.objects.values_list("domain", flat=True)) == ["acme.test"]
    assert "3,refused" in report.read_text() or ",refused," in report.read_text()
    path.write_text(path.read_text().replace("1200", "1300"), encoding="utf-8")
    call_command("import_accounts", str(path), "--report", str(report))
    acme.refresh_from_db()
    assert acme.employee_count == 1300
    assert Account.objects.count() == 2
    assert "accounts brought up to date" in capsys.readouterr().out
