"""The suppression list of day one: e-mails, domains, the own domain, competitors; from a file, safely twice."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from leads import suppressions
from leads.actor import Actor
from leads.management.commands import import_suppressions
from leads.models import Arrival, Lead, Reason, Suppression, Track
from recycle.seeds import plant
from revops import lifecycle
from tests.world import CLIENT, MINUTE, World, check_law

Run = Callable[..., list[tuple[str, str, str]]]

ROWS = """Email,Domain,Type,Scope,Comment
Jo+x@Acme.test,,,,asked us
,https://www.rival.test/pricing,Competitor,,
,gmail.com,Competitor,,
not an address,,,,
,co.uk,,,
al@acme.test,,Mondays,marketing,
bo@acme.test,,,everywhere,
,,,,nobody
"""


@pytest.fixture
def run(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Import a list; what the report says, as line, field and code."""
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    path, report = tmp_path / "list.csv", tmp_path / "report.csv"

    def imported(content: str, *options: str) -> list[tuple[str, str, str]]:
        path.write_text(content, encoding="utf-8")
        call_command("import_suppressions", str(path), "--report", str(report), *options)
        check_law()
        with report.open(encoding="utf-8", newline="") as opened:
            return [(row["line"], row["field"], row["code"]) for row in csv.DictReader(opened)]

    return imported


def on_the_list() -> set[tuple[str, str, str]]:
    rows = Suppression.objects.in_force().select_related("reason")
    return {(str(row), row.scope, row.reason.code if row.reason else "") for row in rows}


GOOD = {
    ("jo@acme.test", "sales", "suppression_list"),
    ("rival.test", "sales", "competitor"),
    ("al@acme.test", "marketing", "suppression_list"),
}


def test_good_rows_land_and_each_refused_one_is_named(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ROWS) == [
        ("4", "domain", "free_mail"),
        ("5", "email", "no_at"),
        ("6", "domain", "public_suffix"),
        ("7", "reason", "not_a_reason"),
        ("8", "scope", "not_a_scope"),
        ("9", "row", "missing"),
    ]
    assert on_the_list() == GOOD
    assert Suppression.objects.get(person_key="jo@acme.test").note == "asked us"
    out = capsys.readouterr().out
    assert "3  put on the suppression list" in out
    assert "5  refused rows" in out


def test_the_report_tells_of_rows_that_may_have_shifted_and_of_those_that_cover_more(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    content = "Email,Domain\njo@acme.test,,asked us, twice\n,sub.rival3.co.uk\n"
    assert run(content) == [("2", "row", "too_many_cells"), ("3", "domain", "whole_domain")]
    assert {name for name, _scope, _code in on_the_list()} == {"jo@acme.test", "rival3.co.uk"}
    assert "1  rows that cover more than they name" in capsys.readouterr().out


def test_the_same_file_twice_changes_nothing(run: Run, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    first = run(ROWS)
    before = list(Suppression.objects.order_by("pk").values())
    world.now += MINUTE
    capsys.readouterr()
    assert run(ROWS) == first
    assert list(Suppression.objects.order_by("pk").values()) == before
    out = capsys.readouterr().out
    assert "0  put on the suppression list" in out
    assert "3  on the list already" in out


def test_a_dry_run_writes_nothing(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("entry\njo@acme.test\n")
    capsys.readouterr()
    assert len(run(ROWS + "JO@acme.test,,,,\nxi@acme.test,,,,\nxi@acme.test,,,,\n", "--dry-run")) == 6
    assert on_the_list() == {("jo@acme.test", "sales", "suppression_list")}
    out = capsys.readouterr().out
    assert "3  rows that would land" in out
    assert "3  on the list already" in out


@pytest.mark.parametrize("content", ["jo@acme.test\nrival.test\n", "rival.test\n\njo@acme.test\n"])
def test_a_list_of_one_column_needs_no_heading(run: Run, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(content, "--reason", "competitor", "--note", "from the old CRM") == []
    assert {name for name, _scope, code in on_the_list() if code == "competitor"} == {"jo@acme.test", "rival.test"}
    assert "2  rows read" in capsys.readouterr().out
    assert set(Suppression.objects.values_list("note", flat=True)) == {"from the old CRM"}


def test_one_value_and_nothing_else(run: Run) -> None:
    assert run("rival.test") == []
    assert on_the_list() == {("rival.test", "sales", "suppression_list")}


def test_a_bad_first_line_of_a_bare_list_is_reported_with_its_line(run: Run) -> None:
    assert run("gmail.com\nrival.test\n") == [("1", "whom", "free_mail")]


def test_open_leads_end_at_once_wherever_they_stand(run: Run, world: World) -> None:
    states = {
        "jo@rival.test": world.to_state("accepted", "jo@rival.test"),
        "al@mail.rival.test": world.to_state("shark_tank", "al@mail.rival.test"),
        "cy@elsewhere.test": world.to_state("buffer", "cy@elsewhere.test", website="https://rival.test/"),
        "di@acme.test": world.to_state("buffer", "di@acme.test"),
        "eve@notrival.test": world.to_state("buffer", "eve@notrival.test"),
    }
    run("domain,email,reason\nrival.test,,competitor\n,di@acme.test,\n")
    now = dict(Lead.objects.values_list("person_key", "state"))
    assert now == dict.fromkeys(states, "suppressed") | {"eve@notrival.test": "buffer"}
    assert Lead.objects.get(person_key="jo@rival.test").reason == Reason.objects.get(code="competitor")
    assert Lead.objects.get(person_key="di@acme.test").reason == Reason.objects.get(code="suppression_list")
    assert not Lead.objects.filter(state="suppressed", owner__isnull=False).exists()
    call_command("audit")


def test_marketing_s_list_ends_no_lead(run: Run, world: World) -> None:
    lead = world.capture()
    run("jo@acme.test\n", "--scope", "marketing")
    assert world.again(lead).state == "buffer"


def test_a_scope_is_named_as_it_is_typed(run: Run) -> None:
    with pytest.raises(CommandError, match=r"choose from 'sales', 'marketing'\)"):
        run("jo@acme.test\n", "--scope", "erased")


def test_hundreds_of_leads_of_one_domain_end_in_as_many_queries_as_one(
    run: Run, world: World, django_assert_max_num_queries: Callable[..., object]
) -> None:
    world.capture_all([{"email": f"p{number}@rival.test"} for number in range(300)])
    with django_assert_max_num_queries(60):  # type: ignore[attr-defined]
        run("rival.test\n")
    assert Lead.objects.filter(state="suppressed").count() == 300
    call_command("audit")


def test_one_of_our_own_trying_the_form_is_turned_back_with_why(run: Run, world: World) -> None:
    run("airtight.test\n", "--reason", "own_domain")
    [answer] = world.capture_all([{"email": "ada@airtight.test", "hand_raise": True}])
    assert (answer.outcome, answer.lead_id) == ("suppressed", None)
    assert Arrival.objects.get().code == "own_domain"


def test_a_run_that_was_stopped_goes_on(
    run: Run, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(import_suppressions, "BATCH", 2)
    leads = [world.capture(f"p{number}@acme.test") for number in range(5)]
    content = "email\n" + "".join(f"{lead.email}\n" for lead in leads) + "nonsense\n"
    calls = iter(range(10))
    whole = lifecycle.suppress_all

    def stopping(*args: object, **kwargs: object) -> object:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return whole(*args, **kwargs)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "suppress_all", stopping)
        with pytest.raises(KeyboardInterrupt):
            run(content)
    assert Lead.objects.filter(state="suppressed").count() == 2
    capsys.readouterr()
    assert run(content) == [("7", "email", "no_at")]
    assert Lead.objects.filter(state="suppressed").count() == 5
    out = capsys.readouterr().out
    assert "3  put on the suppression list" in out
    assert "2  on the list already" in out


def test_who_was_lifted_and_is_listed_again_is_told(run: Run, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    run("jo@acme.test\nal@acme.test\n")
    row = Suppression.objects.get(person_key="jo@acme.test")
    suppressions.lift(row, by_id=world.revops.user_id, because="asked for it", at=world.now)
    capsys.readouterr()
    run("jo@acme.test\nal@acme.test\n")
    assert Suppression.objects.filter(person_key="jo@acme.test").count() == 2
    assert "1  of the new ones, lifted before and on the list again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "says"),
    [(["--reason", "timing"], "is no reason that suppresses.*competitor"), (["--note", "x" * 501], "--note is longer")],
)
def test_an_option_that_cannot_be(run: Run, options: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        run("jo@acme.test\n", *options)
    assert not Suppression.objects.exists()


def test_a_file_without_such_a_column(run: Run) -> None:
    with pytest.raises(CommandError, match="No column holds e-mail addresses or domains"):
        run("Name,City\nJo,Bonn\n")


def test_the_seeds_are_planted_once_and_leave_what_was_edited(world: World) -> None:
    ours = Reason.objects.get(code="own_domain")
    assert (ours.outcome, ours.for_people) == ("suppress", False)
    Reason.objects.filter(code="competitor").update(label="Rival")
    plant(Track, Reason)
    assert Reason.objects.filter(code="competitor", label="Rival").count() == 1


def test_two_lists_at_once_land_each_row_once(world: World) -> None:
    rows = lambda: [Suppression(person_key="jo@acme.test"), Suppression(person_key="jo@acme.test")]  # noqa: E731
    assert lifecycle.suppress_all(rows(), at=world.now, by=CLIENT).landed == (True, False)
    assert lifecycle.suppress_all(rows(), at=world.now, by=Actor("revops", "admin")).landed == (False, False)
    assert Suppression.objects.count() == 1
