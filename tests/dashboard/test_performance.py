"""The page of performance weights: managers read of their teams, RevOps of all, and RevOps may work them out anew."""

from collections.abc import Callable

import pytest
from django.test import Client
from django_q.models import OrmQ

from leads.models import Rep
from routing.models import PerformanceFit, PerformanceScore, Pool
from tests.world import World, person

PAGE, REFRESH = "/dashboard/performance/", "/dashboard/performance/refresh/"
Visit = Callable[[Rep], Client]


@pytest.fixture
def scored(story: World) -> World:
    rows = [(212, 171, 0.79, 1.07), (140, 96, 0.705, 0.93), (9, 8, 0.75, 1.0)]
    for rep, (n, k, shrunk, weight) in zip(story.reps, rows, strict=True):
        PerformanceScore.objects.create(
            rep=rep, team=story.team, touch_n=n, touch_k=k, touch_shrunk=shrunk, weight=weight, computed_at=story.now
        )
    return story


def fit(world: World, *, n: int = 361, shrunk: float = 0.5493, strength: float | None = 74) -> None:
    PerformanceFit.objects.create(
        measure="touch", strength=strength, n=n, raw_loss=0.5571, shrunk_loss=shrunk, equal_loss=0.5512,
        computed_at=world.now,
    )  # fmt: skip


def text(client: Client, page: str = PAGE) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_number_and_the_formula_stand_there(scored: World, visit: Visit) -> None:
    fit(scored)
    for reader in (scored.manager, scored.deputy, scored.revops):
        page = text(visit(reader))
        for words in (
            "Ada", "171 of 212", "80.7 %", "79.0 %", "1.07", "35.7 %", "33.3 %",  # n, raw, shrunk, weight, share, equal
            "fewer than 20", "(k + m · mean) / (n + m)", "Accepting counts for nothing", "last 180 days",
            "between 0.5 and 2.0", "at least 50", "at least 30 days ago",
            "0.5571", "0.5493", "0.5512", "0.9966", "no worse than equal weights: used",
        ):  # fmt: skip
            assert words in page, words


def test_a_rate_that_nothing_is_counted_of_is_none(scored: World, visit: Visit) -> None:
    """No lead of the team is old enough to have converted: there is no mean, and nothing was shrunk towards it."""
    [panel] = visit(scored.manager).get(PAGE).context["panels"]
    assert {(row.conversions.raw, row.conversions.shrunk) for row in panel.reps} == {("–", "–")}
    assert {row.touches.shrunk for row in panel.reps} == {"79.0 %", "70.5 %", "75.0 %"}


@pytest.mark.parametrize(
    ("n", "shrunk", "strength", "verdict"),
    [
        (199, 0.5, 74, "fewer than 200 outcomes: not used yet"),
        (200, 0.56, 74, "worse than equal weights: not used"),
        (200, 0.5512, None, "reps differ no more than chance: equal"),
        (200, 0.55, 74, "no worse than equal weights: used"),
    ],
)
def test_what_a_comparison_means(
    scored: World, visit: Visit, n: int, shrunk: float, strength: float | None, verdict: str
) -> None:
    fit(scored, n=n, shrunk=shrunk, strength=strength)
    assert verdict in text(visit(scored.manager))


def test_another_teams_manager_reads_nothing_of_them(scored: World, visit: Visit, stranger: Rep) -> None:
    page = text(visit(stranger))
    assert "Ada" not in page
    assert "No weights yet" in page


def test_a_rep_who_left_the_team_is_not_read_of_there(scored: World, visit: Visit, stranger: Rep) -> None:
    ada = scored.reps[0]
    ada.team = stranger.team
    ada.save()
    for reader in (scored.manager, stranger, scored.revops):
        assert "171 of 212" not in text(visit(reader))


def test_reps_and_strangers_are_turned_away(scored: World, visit: Visit) -> None:
    assert visit(scored.reps[0]).get(PAGE)["Location"] == "/"
    assert Client().get(PAGE)["Location"].startswith("/sign-in/")
    assert visit(scored.manager).post(PAGE).status_code == 405


def test_only_revops_works_them_out_anew(story: World, visit: Visit) -> None:
    for other in (story.reps[0], story.manager):
        assert visit(other).post(REFRESH).status_code == 403
    assert Client().post(REFRESH)["Location"].startswith("/sign-in/")
    assert visit(story.revops).get(REFRESH).status_code == 405
    assert not PerformanceScore.objects.exists()
    assert "Work out now" not in text(visit(story.manager))
    assert "Work out now" in text(visit(story.revops))
    done = visit(story.revops).post(REFRESH, follow=True).content.decode()
    assert "They are being worked out anew." in done
    assert OrmQ.objects.get().task["func"] == "revops.jobs.performance"


def test_the_button_wants_its_token(story: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(story.revops.user)
    assert client.post(REFRESH).status_code == 403


def test_which_territories_go_by_them(scored: World, visit: Visit, stranger: Rep) -> None:
    assert "No territory gives out leads by them now" in text(visit(scored.manager))
    Pool.objects.update(strategy="performance")
    assert "<strong><bdi>Everywhere</bdi></strong> are given out by them" in text(visit(scored.manager))
    assert "Everywhere" not in text(visit(stranger))


def test_names_are_escaped(scored: World, visit: Visit) -> None:
    bad = person("bad@airtight.test", scored.team, first="<b>Bad</b>")
    PerformanceScore.objects.create(rep=bad, team=scored.team, computed_at=scored.now)
    page = text(visit(scored.manager))
    assert "<b>Bad" not in page
    assert "&lt;b&gt;Bad" in page


def test_it_is_found(scored: World, visit: Visit) -> None:
    assert PAGE in text(visit(scored.manager), "/dashboard/")
    assert PAGE in text(visit(scored.revops), "/admin/")
