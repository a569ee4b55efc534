"""Who may look, and that every figure opens exactly the leads that it counts."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from leads.models import Lead, Rep, Territory
from revops.dashboard.counting import Split, count, ids
from revops.dashboard.figures import FIGURES
from routing.models import Pool
from tests.dashboard.conftest import scope_of
from tests.world import HOUR, MINUTE, World, person

Visit = Callable[[Rep], Client]
LINK = re.compile(r'<a href="(/dashboard/leads/[^"]+)"[^>]*>\s*([\d,]+)\s*</a>')


def test_reps_go_to_their_queue(story: World, visit: Visit) -> None:
    for path in ("/dashboard/", "/dashboard/leads/?figure=overdue"):
        answer = visit(story.reps[0]).get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/")


def test_strangers_sign_in_first(story: World) -> None:
    assert Client().get("/dashboard/")["Location"].startswith("/sign-in/")


def test_a_manager_sees_their_team_and_another_manager_nothing_of_it(busy: World, visit: Visit, stranger: Rep) -> None:
    mine, theirs = visit(busy.manager).get("/dashboard/"), visit(stranger).get("/dashboard/")
    assert mine.context["hero"].notes[0][2].text != "0"
    assert b"Mid-market" not in theirs.content
    assert {text for _href, text in LINK.findall(theirs.content.decode())} == {"0"}
    for key in FIGURES:
        answer = visit(stranger).get(f"/dashboard/leads/?figure={key}")
        assert answer.status_code == (404 if FIGURES[key].revops_only else 200)
        assert b"Acme" not in answer.content
        assert b"row 7" not in answer.content


def test_another_teams_figures_are_not_found(busy: World, visit: Visit, stranger: Rep) -> None:
    client = visit(stranger)
    assert client.get(f"/dashboard/?team={busy.team.pk}").status_code == 404
    assert client.get(f"/dashboard/leads/?figure=turns&team={busy.team.pk}").status_code == 404
    named = client.get(f"/dashboard/leads/?figure=turns&rep={busy.reps[0].pk}")
    assert b"Ada" not in named.content


def test_every_figure_lists_exactly_the_leads_it_counts(busy: World, visit: Visit) -> None:
    scope = scope_of(busy)
    client = visit(busy.revops)
    client.get("/dashboard/")
    for key, figure in FIGURES.items():
        query = urlencode({"figure": key, "seen": scope.seen_since.isoformat() if scope.seen_since else ""})
        context = client.get(f"/dashboard/leads/?{query}").context
        if "knocks" in context:
            continue
        assert [row.lead_id for row in context["page"].rows] == in_order(ids(figure, scope)), key
        assert context["page"].counted == count(figure.subject, [Split("all")], scope)["all"][0][key], key


def in_order(found: list[int]) -> list[int]:
    leads = Lead.objects.filter(pk__in=found)
    return [lead.pk for lead in sorted(leads, key=lambda row: (row.due_at is None, row.due_at, row.pk))]


def test_the_story_has_something_of_nearly_everything(busy: World) -> None:
    """A figure that is never anything but zero would prove nothing above."""
    scope = scope_of(busy)
    empty = {key for key, figure in FIGURES.items() if not ids(figure, scope)}
    assert not empty & {"overdue", "pool", "aside", "failed", "leaked", "joined", "turned_back", "never_touched"}
    assert not empty & {
        "came",
        "turns",
        "judged",
        "recycled",
        "pooled",
        "pool_times",
        "ignored",
        "disputes",
        "unverified",
    }


def test_a_lead_that_is_another_teams_by_now_tells_nothing(story: World, visit: Visit, stranger: Rep) -> None:
    ours = {"all": [{"field": "employee_count", "op": "at_least", "value": 1, "unknown": "fail"}]}
    Pool.objects.update(is_fallback=False, criteria=ours)
    Pool.objects.create(territory=Territory.objects.create(name="Elsewhere", team=stranger.team), is_fallback=True)
    person("tia@airtight.test", stranger.team)
    story.recycle(story.to_state("accepted", employee_count=50), "wrong_territory", field="country")
    answer = visit(story.manager).get("/dashboard/leads/?figure=turns")
    assert answer.context["page"].leads == 1
    assert [row.lead_id for row in answer.context["page"].rows] == [None]
    assert b"Acme" not in answer.content
    assert b"Acme" in visit(stranger).get("/dashboard/leads/?figure=turns").content


def test_a_list_is_paged_and_sorted(story: World, visit: Visit) -> None:
    story.capture_all([{"email": f"p{number}@acme.test"} for number in range(60)])
    story.pass_time(4 * MINUTE)
    client = visit(story.manager)
    first = client.get("/dashboard/leads/?figure=came&sort=new").context["page"]
    last = client.get("/dashboard/leads/?figure=came&sort=new&page=2").context["page"]
    beyond = client.get("/dashboard/leads/?figure=came&sort=new&page=99").context["page"]
    assert (len(first.rows), len(last.rows), last.number, first.pages, beyond.number) == (50, 10, 2, 2, 2)
    listed = [row.lead_id for row in (*first.rows, *last.rows)]
    assert listed == sorted(listed, reverse=True)


def test_the_number_of_queries_does_not_grow(story: World, visit: Visit) -> None:
    client = visit(story.manager)

    def queries(path: str) -> int:
        story.now += MINUTE
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    paths = ("/dashboard/", "/dashboard/leads/?figure=came")
    story.to_state("accepted", "first@acme.test")
    client.get("/dashboard/")
    few = [queries(path) for path in paths]
    story.capture_all([{"email": f"p{number}@acme.test"} for number in range(12)])
    story.pass_time(4 * MINUTE)
    story.pass_time(2 * HOUR + MINUTE)
    assert [queries(path) for path in paths] == few
    assert few[0] <= 45


BAD = [
    {"days": "31"},
    {"days": "x"},
    {"days": "\x00"},
    {"from": "yesterday"},
    {"from": "2026-13-01"},
    {"from": "0001-01-01"},
    {"from": "9999-12-31", "to": "9999-12-31"},
    {"from": "2026-11-02", "to": "2026-10-01"},
    {"from": "2020-01-01", "to": "2026-01-01"},
]


@pytest.mark.parametrize("asked", BAD, ids=str)
def test_days_that_cannot_be_shown_fall_back_and_say_so(story: World, visit: Visit, asked: dict[str, str]) -> None:
    answer = visit(story.manager).get("/dashboard/", asked)
    assert answer.status_code == 200
    assert answer.context["asked"].problem
    assert answer.context["asked"].period.days == 30


NONSENSE = [
    ("rep", "x"),
    ("rep", "9" * 40),
    ("rep", "-1"),
    ("rep", "²"),
    ("reason", "\x00'; --"),
    ("reason", "x" * 5000),
    ("page", "-3"),
    ("page", "²"),
    ("page", "9" * 30),
    ("sort", "nonsense"),
    ("seen", "soon"),
    ("seen", "2026-99-99T00:00:00Z"),
]


@pytest.mark.parametrize(("name", "value"), NONSENSE)
def test_a_list_takes_any_nonsense(story: World, visit: Visit, name: str, value: str) -> None:
    assert visit(story.manager).get("/dashboard/leads/", {"figure": "turns", name: value}).status_code == 200


@pytest.mark.parametrize("path", ["?team=x", "?team=0", "leads/?figure=nothing", "leads/", "leads/?figure=%00"])
def test_what_is_not_there_is_not_found(story: World, visit: Visit, path: str) -> None:
    assert visit(story.revops).get(f"/dashboard/{path}").status_code == 404


def test_no_page_carries_a_style_of_its_own(busy: World, visit: Visit) -> None:
    for path in ("/dashboard/", "/dashboard/leads/?figure=turns", "/dashboard/leads/?figure=refused"):
        page = visit(busy.revops).get(path).content.decode()
        assert "style=" not in page
        assert "<style" not in page


def test_own_days_are_kept_in_the_links(story: World, visit: Visit) -> None:
    page = visit(story.manager).get("/dashboard/", {"from": "2026-10-01", "to": "2026-10-31"}).content.decode()
    assert "figure=came&amp;from=2026-10-01&amp;to=2026-10-31" in page
    assert "1 Oct to 31 Oct 2026" in page
