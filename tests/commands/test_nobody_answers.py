"""A fresh install: nothing is taken in or swept before somebody answers in the end, and nothing that came is lost."""

from datetime import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client

from leads.models import Arrival, Lead, Team, Territory
from revops.crew import Crew
from revops.ladder import NoLastResort
from revops.loops import Loop
from revops.management.commands import sweep as sweep_command
from routing import qualification
from routing.models import IcpProfile, Pool
from sla.models import Calendar, TeamCalendar, WeeklyHours
from tests.api.conftest import Api
from tests.world import HOUR, MINUTE, MONDAY, World, check_law, person

HOW = "manage.py create_revops EMAIL"


@pytest.fixture(autouse=True)
def now(db: None, planted: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A fresh install, and its clock, which a test may set."""
    settings.AIRTIGHT_LAST_RESORT = ""
    moment = [MONDAY]
    monkeypatch.setattr("revops.clock.now", lambda: moment[0])
    return moment


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    rows = "".join(f"p{number}@acme.test,Acme,90\n" for number in range(3))
    path.write_text(f"email,company,intent score\n{rows}")
    return path


def import_leads(file: Path, *options: str) -> None:
    call_command("import_leads", str(file), "--as", "new", "--report", str(file.parent / "report.csv"), *options)


def sweep() -> str:
    call_command("sweep", "--once", stdout=(out := StringIO()))
    return out.getvalue()


def create_revops(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stdin", StringIO("correct horse battery\n"))
    call_command("create_revops", "rae@acme.test", "--password-stdin", stdout=(out := StringIO()))
    return out.getvalue()


def configure() -> Team:
    """What RevOps makes at /admin/."""
    team = Team.objects.create(name="Sales", slack_channel="C-SALES")
    person("sam@acme.test", team)
    team.manager, team.deputy = (person(f"{name}@acme.test", team, takes=False) for name in ("mo", "di"))
    team.active = True
    team.save()
    calendar = Calendar.objects.create(name="Sales' hours", timezone="UTC")
    WeeklyHours.objects.create(calendar=calendar, weekday=0, opens=time(9), closes=time(18))
    TeamCalendar.objects.create(team=team, calendar=calendar)
    Pool.objects.create(territory=Territory.objects.create(name="All", team=team), is_fallback=True)
    IcpProfile.objects.create(name="ICP", intent_bar=40, criteria={})
    return team


def test_an_import_is_refused_and_its_dry_run_is_not(file: Path) -> None:
    with pytest.raises(CommandError, match=HOW):
        import_leads(file)
    assert not Arrival.objects.exists()
    assert not (file.parent / "report.csv").exists()
    import_leads(file, "--dry-run")


def test_a_sweep_is_refused_and_puts_nothing_aside(world: World, settings: Any, now: list[Any]) -> None:
    lead = world.capture()
    User.objects.filter(rep=world.revops).update(is_active=False)
    now[0] += HOUR
    with pytest.raises(CommandError, match=HOW):
        sweep()
    with pytest.raises(CommandError, match=HOW):
        call_command("sweep")
    assert world.again(lead).error == ""


def test_the_process_waits_for_a_database_that_is_away_at_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []

    def gone(ladder: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("revops.ladder.Ladder.last_resort", gone)
    monkeypatch.setattr(Crew, "look", lambda crew: 0.0)
    monkeypatch.setattr(Loop, "run", lambda loop, step: looked.append(step()))
    monkeypatch.setattr("signal.signal", lambda *args: None)
    call_command("sweep")
    assert looked == [0.0]


def test_forms_are_taken_in_all_the_same(world: World) -> None:
    system = User.objects.create_user("forms@acme.test", "forms@acme.test")
    system.groups.add(Group.objects.get(name="API client"))
    api = Api(world, world.reps[0], system)
    User.objects.filter(rep=world.revops).update(is_active=False)
    answer = api.post("leads/", api.system, {"email": "jo@acme.test", "company": "Acme"})
    assert answer.status_code == 201
    assert Lead.objects.get().state == "buffer"


def test_a_running_sweep_logs_it_goes_on_and_is_told_when_somebody_is_there(
    file: Path, now: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("leads.management.commands.import_leads._must_be_answered", lambda: None)
        import_leads(file)
    now[0] += 6 * MINUTE
    sweep_command._step()
    assert HOW in caplog.text
    assert all(lead.error.startswith(NoLastResort.__name__) for lead in Lead.objects.all())
    assert "due again now: 3" in create_revops(monkeypatch)
    assert "3 deadlines acted on, 0 leads put aside." in sweep()
    assert set(Lead.objects.values_list("owner__user__email", "error")) == {("rae@acme.test", "")}
    check_law()


def test_what_is_put_aside_is_counted_apart_and_fails_the_command(
    file: Path, now: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    create_revops(monkeypatch)
    import_leads(file)
    now[0] += 6 * MINUTE
    poison, real = Lead.objects.order_by("pk")[1].pk, qualification.facts

    def raising(lead: Lead) -> dict[str, Any]:
        if lead.pk == poison:
            raise ValueError("a value nobody thought of")
        return real(lead)

    monkeypatch.setattr(qualification, "facts", raising)
    with pytest.raises(CommandError, match="tried again"):
        call_command("sweep", "--once")
    assert "2 deadlines acted on, 1 lead put aside." in capsys.readouterr().out


def test_from_an_empty_database_to_a_routed_lead(file: Path, now: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    create_revops(monkeypatch)
    rae = Client()
    assert rae.login(username="rae@acme.test", password="correct horse battery")
    for page in (
        "",
        "leads/team/add/",
        "auth/user/add/",
        "leads/rep/add/",
        "leads/territory/add/",
        "routing/icpprofile/add/",
    ):
        assert rae.get(f"/admin/{page}").status_code == 200, page
    configure()
    import_leads(file)
    now[0] += 6 * MINUTE
    assert "3 deadlines acted on, 0 leads put aside." in sweep()
    assert set(Lead.objects.values_list("state", "owner__user__email")) == {("assigned", "sam@acme.test")}
    check_law()
