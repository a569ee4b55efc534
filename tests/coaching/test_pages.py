"""The coaching pages: who may open whose, what stands on them, and what rep and manager write."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.models import Assignment, Lead, Rep, Team
from revops import lifecycle
from revops.coaching import views
from revops.coaching.record import Span, tallies, weeks
from sla.models import Breach, Calendar, Remark, TeamCalendar
from tests.pages.conftest import _fresh_cache, story, stranger, visit
from tests.world import HOUR, MINUTE, World, person

__all__ = ["_fresh_cache", "story", "stranger", "visit"]
Visit = Callable[..., Client]


@pytest.fixture
def lapsed(story: World) -> Lead:
    """Ada let it lapse at noon, answered fifty minutes late, and called."""
    lead = story.to_state("overdue", company="Nordlicht GmbH")
    story.now += 49 * MINUTE
    lead = story.accept(lead)
    lifecycle.touch(lead.pk, kind="call", at=story.now, by=story.actor(lead.owner))
    return lead


def said(response: object) -> str:
    assert response.status_code == 200, response.status_code  # type: ignore[attr-defined]
    return " ".join(response.content.decode().split())  # type: ignore[attr-defined]


def readers(story: World, stranger: Rep, lapsed: Lead) -> dict[str, Rep]:
    boss = person("mick@airtight.test", stranger.team, takes=False)
    stranger.team.manager = boss
    stranger.team.save()
    mate = next(rep for rep in story.reps if rep != lapsed.owner)
    return {
        "rep": lapsed.owner, "manager": story.manager, "deputy": story.deputy, "revops": story.revops,
        "mate": mate, "stranger": stranger, "their manager": boss,
    }  # fmt: skip


def test_the_rep_who_answers_for_them_and_nobody_else(story: World, visit: Visit, stranger: Rep, lapsed: Lead) -> None:
    breach = Breach.objects.get()
    may = {"rep", "manager", "deputy", "revops"}
    for name, reader in readers(story, stranger, lapsed).items():
        client, allowed = visit(reader), name in may
        page = client.get(f"/coaching/{lapsed.owner.pk}/")
        assert page.status_code == (200 if allowed else 404), name
        written = client.post(f"/coaching/breaches/{breach.pk}/remark/", {"text": f"by {name}"})
        assert written.status_code == (302 if allowed else 404), name
    assert set(Remark.objects.values_list("text", flat=True)) == {f"by {name}" for name in may}
    assert Client().get(f"/coaching/{lapsed.owner.pk}/").status_code == 302


def test_a_rep_has_their_own_page_and_no_teams(story: World, visit: Visit, lapsed: Lead) -> None:
    assert visit(lapsed.owner).get("/coaching/").headers["Location"] == "/coaching/mine/"
    assert "Nordlicht GmbH" in said(visit(lapsed.owner).get("/coaching/mine/"))
    mate = next(rep for rep in story.reps if rep != lapsed.owner)
    assert "Nordlicht" not in said(visit(mate).get("/coaching/mine/"))


def test_each_breach_with_how_late_and_why(story: World, visit: Visit, lapsed: Lead) -> None:
    text = said(visit(story.manager).get(f"/coaching/{lapsed.owner.pk}/"))
    for words in (
        "Of 1 window that was theirs to answer, <strong>1</strong> was let pass; of fewer than 10 that says little",
        "Not answered in time, due",
        "Let pass</span>",
        "Answered 50 min of working time late (50 min by the clock).",
    ):
        assert words in text, words


def test_what_was_taken_away_before_its_time_is_no_window_of_theirs(story: World) -> None:
    """As on the dashboard: what was sent back from Ada is nothing that she answered; who has it next answers it."""
    lead = story.to_state("assigned")
    first, span = lead.owner, Span(story.now - HOUR, story.now + 3 * HOUR, UTC)
    lifecycle.send_back(lead.pk, reason="Hers to have.", at=story.now + MINUTE, by=story.actor(story.manager))
    story.now += 2 * MINUTE
    second = story.accept(story.again(lead)).owner
    found = tallies({first.pk: span, second.pk: span})
    assert (found[first.pk].windows, found[second.pk].windows) == (0, 1)
    assert [sum(week.windows for week in weeks(rep, span)) for rep in (first, second)] == [0, 1]


def test_counts_come_with_what_they_are_out_of(story: World, visit: Visit, lapsed: Lead) -> None:
    text = said(visit(story.manager).get("/coaching/"))
    assert "too few" in text
    story.capture_all([{"email": f"p{number}@other{number}.test"} for number in range(36)])
    story.pass_time(4 * MINUTE)
    for held in Lead.objects.filter(owner=lapsed.owner, state="assigned"):
        story.accept(held)
    story.now += 3 * HOUR
    windows = Assignment.objects.filter(rep=lapsed.owner).count()
    assert windows > 10
    assert f"{1 / windows:.0%}</td>" in said(visit(story.manager).get("/coaching/"))


def test_both_read_what_the_other_wrote(story: World, visit: Visit, lapsed: Lead) -> None:
    breach = Breach.objects.get()
    path = f"/coaching/breaches/{breach.pk}/remark/"
    visit(lapsed.owner).post(path, {"text": "I was with a customer <b>"})
    visit(story.manager).post(path, {"text": "Ask for a cover next time"})
    kinds = {row.kind: row.by_id for row in Remark.objects.all()}
    assert kinds == {"comment": lapsed.owner.user_id, "note": story.manager.user_id}
    for reader in (lapsed.owner, story.manager):
        text = said(visit(reader).get(f"/coaching/{lapsed.owner.pk}/"))
        assert "I was with a customer &lt;b&gt;" in text
        assert "Ask for a cover next time" in text


def test_breaches_as_a_file_that_no_spreadsheet_runs(story: World, visit: Visit, stranger: Rep, lapsed: Lead) -> None:
    """Of a rep, or of a whole team, for whoever reads the page; what a stranger wrote begins no formula."""
    Lead.objects.filter(pk=lapsed.pk).update(company='=HYPERLINK("https://evil.test")')
    owner, breach = lapsed.owner, Breach.objects.get()
    visit(story.manager).post(f"/coaching/breaches/{breach.pk}/remark/", {"text": "+1, and ask for a cover"})
    files = {"rep": f"/coaching/{owner.pk}/breaches.csv", "team": f"/coaching/teams/{owner.team_id}/breaches.csv"}
    for path in files.values():
        answer = visit(story.manager).get(path)
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="breaches-')
        [row] = csv.DictReader(io.StringIO(answer.content.decode()))
        assert (row["rep"], row["lead"], row["step"]) == (owner.name, str(lapsed.pk), "Not answered in time")
        assert row["company"] == """'=HYPERLINK("https://evil.test")"""
        assert row["notes"] == f"'+1, and ask for a cover ({story.manager.name})"
    assert visit(owner).get(files["rep"]).status_code == 200
    others = readers(story, stranger, lapsed)
    for name in ("mate", "stranger", "their manager"):
        assert [visit(others[name]).get(path).status_code for path in files.values()] == [404, 404], name
    assert visit(owner).get(files["team"]).status_code == 404


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 501])
def test_a_remark_says_something_and_not_too_much(story: World, visit: Visit, lapsed: Lead, text: str) -> None:
    breach = Breach.objects.get()
    answer = visit(story.manager).post(f"/coaching/breaches/{breach.pk}/remark/", {"text": text}, follow=True)
    assert answer.status_code == 200
    assert "flash danger" in said(answer)
    assert not Remark.objects.exists()


def test_what_the_system_is_to_blame_for_is_told_apart(story: World, visit: Visit, settings: object) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-test"  # type: ignore[attr-defined]
    lead = story.to_state("overdue")
    text = said(visit(story.manager).get(f"/coaching/{lead.owner.pk}/"))
    assert "No window to answer ended in these days." in text
    assert "Alert not delivered" in text
    assert "The alert was still waiting to be sent." in text


def test_a_touch_in_time_that_was_heard_of_late_is_told_as_that(story: World, visit: Visit) -> None:
    lead = story.to_state("accepted")
    called = story.now + 20 * MINUTE
    story.pass_time(HOUR + MINUTE)
    lifecycle.touched_in_crm(
        lead.pk,
        activity="A-1",
        kind="call",
        on=called,
        rep_id=lead.owner.pk,
        at=story.now,
        by=story.actor(story.revops),
    )
    page = said(visit(story.manager).get(f"/coaching/{lead.owner.pk}/"))
    assert "Touched in time; heard of late." in page
    assert "working time late" not in page


def let_pass(like: Breach, rep: Rep, step: str, *, number: int, later: timedelta = 0 * MINUTE) -> Breach:
    """Another lapse on the same lead, by this rep, of another of its events."""
    at = like.at + later
    turn = Assignment.objects.create(
        lead=like.lead, rep=rep, how="ladder", started_at=at - HOUR, accept_by=at, ended_at=at, outcome="handed_over"
    )
    event = like.lead.events.order_by("pk")[number]
    return Breach.objects.create(lead=like.lead, assignment=turn, event=event, rep=rep, step=step, at=at, noticed_at=at)


def test_a_long_record_has_pages(story: World, visit: Visit, lapsed: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the period in their links; a page beyond the end is the last, and a remark leads back to its own page."""
    monkeypatch.setattr(views, "PAGE", 2)
    first = Breach.objects.get()
    later = [let_pass(first, lapsed.owner, "touch", number=number, later=number * MINUTE) for number in (1, 2, 3, 4)]
    story.now += HOUR
    newest = [*reversed([row.pk for row in later]), first.pk]
    client, path = visit(story.manager), f"/coaching/{lapsed.owner.pk}/"
    pages = {
        asked: client.get(path, {"days": 30, "page": asked}) for asked in ("", "1", "2", "3", "4", "99", "-1", "x")
    }
    listed = {asked: [one.pk for one in page.context["breaches"]] for asked, page in pages.items()}
    assert listed["1"] == listed[""] == listed["x"] == newest[:2]
    assert listed["2"] == newest[2:4]
    assert listed["3"] == listed["4"] == listed["99"] == newest[4:]
    second = said(pages["2"])
    assert "Page 2 of 3" in second
    assert all(f'href="?days=30&amp;page={number}"' in second for number in (1, 3))
    assert f'name="next" value="{path}?days=30&amp;page=2"' in second
    written = {"text": "Ask", "next": f"{path}?days=30&page=2"}
    answer = client.post(f"/coaching/breaches/{newest[2]}/remark/", written)
    assert answer.headers["Location"] == f"{path}?days=30&page=2#breach-{newest[2]}"
    assert "Page 3 of 3" in said(visit(lapsed.owner).get("/coaching/mine/?page=3"))
    monkeypatch.setattr(views, "PAGE", 5)
    assert "Page 1" not in said(client.get(path))


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_teams_and_reps_cost_no_further_queries(story: World, visit: Visit, lapsed: Lead) -> None:
    """Neither the page of all teams nor a team's file, however many there are, each by its own clock."""
    paths = ("/coaching/", f"/coaching/teams/{story.team.pk}/breaches.csv")
    breach = Breach.objects.get()
    Remark.objects.create(breach=breach, kind="note", by=story.manager.user, at=breach.at, text="Ask")
    few = [queries(visit(story.revops), path) for path in paths]
    for number, zone in enumerate(("Asia/Kathmandu", "UTC", "UTC", "Asia/Kathmandu", "UTC")):
        team = Team.objects.create(name=f"Team {number}")
        calendar = Calendar.objects.create(name=f"Calendar {number}", timezone=zone)
        TeamCalendar.objects.create(team=team, calendar=calendar)
        for name in "xyz":
            person(f"{name}{number}@airtight.test", team)
        again = let_pass(breach, person(f"mate{number}@airtight.test", story.team), "touch", number=number)
        Remark.objects.create(breach=again, kind="note", by=story.manager.user, at=breach.at, text="Ask")
    page = visit(story.revops).get("/coaching/")
    assert [len(panel.rows) for panel in page.context["panels"]] == [8, *[3] * 5]
    assert said(visit(story.revops).get(paths[1])).count("Not touched in time") == 5
    assert [queries(visit(story.revops), path) for path in paths] == few


def test_a_teams_file_goes_rep_by_rep(story: World, visit: Visit, lapsed: Lead) -> None:
    """By name, whoever let something pass last; each rep's latest first."""
    breach = Breach.objects.get()
    for number, rep in enumerate(sorted(story.reps, key=lambda rep: rep.name, reverse=True)):
        let_pass(breach, rep, "untouched", number=number, later=number * MINUTE)
        let_pass(breach, rep, "touch", number=number, later=number * MINUTE + HOUR)
    story.now += 2 * HOUR
    answer = visit(story.manager).get(f"/coaching/teams/{story.team.pk}/breaches.csv")
    rows = [(row["rep"], row["step"]) for row in csv.DictReader(io.StringIO(answer.content.decode()))]
    touched = [step for rep, step in rows if rep == story.reps[-1].name]
    assert [rep for rep, _step in rows] == sorted(rep for rep, _step in rows)
    assert touched == ["Not touched in time", "Lost untouched"]
