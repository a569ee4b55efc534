"""`metrics/` and `ledger/`: for whom, for which days, and that the books are the books."""

import pytest

from tests.api.conftest import Api, is_problem
from tests.world import MINUTE

WHO = [("manager", 200), ("deputy", 200), ("revops", 200), ("client", 200), ("mate", 403), ("stranger", 403)]


@pytest.mark.parametrize("path", ["metrics/", "ledger/"])
@pytest.mark.parametrize(("name", "status"), [*WHO, ("anonymous", 401)])
def test_who_may_see_figures(api: Api, path: str, name: str, status: int) -> None:
    assert api.get(path, api.user(name)).status_code == status


def test_the_books_balance(api: Api) -> None:
    for email in ("a@one.test", "a+x@one.test", "b@two.test", "nobody"):
        api.capture(email=email)
    api.world.pass_time(4 * MINUTE)
    books = api.get("ledger/", api.system).json()
    assert (books["knocked"], books["joined"], books["new"], books["refused"]) == (4, 1, 2, {"bad_email": 1})
    assert (books["leaked"], books["balanced"]) == (0, True)
    assert sum(books["places"].values()) == 2


def test_the_figures_are_numbers(api: Api) -> None:
    lead = api.world.to_state("assigned")
    api.verb(lead, "accept", lead.owner.user)
    figures = api.get("metrics/", api.world.manager.user, days=7).json()
    assert figures["counts"]["came"] == 1
    assert figures["spans"]["speed_s"]["median_s"] is None
    assert figures["spans"]["speed_s"]["open"] == 1
    assert set(figures["rates"]) >= {"touch_rate", "acceptance_rate", "sla_compliance"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("days=90", 200),
        ("from=2026-11-01&to=2026-11-02", 200),
        ("days=3", 400),
        ("days=%00", 400),
        ("from=soon", 400),
        ("from=2026-11-02&to=2026-11-01", 400),
        ("from=0001-01-01&to=9999-12-31", 400),
        ("team=0", 404),
        ("team=x%00", 404),
        ("since=2026-11-01", 400),
    ],
)
@pytest.mark.parametrize("path", ["metrics/", "ledger/"])
def test_the_days(api: Api, path: str, query: str, status: int) -> None:
    answer = api.client(api.system).get(f"/api/v1/{path}?{query}")
    if status == 200:
        assert answer.status_code == 200
    else:
        told = str(is_problem(answer, status))
        assert "Here are the last 30 days" not in told, "an answer of the API has nothing there"


def test_a_manager_sees_their_own_teams_alone(api: Api) -> None:
    user = api.world.manager.user
    assert api.get("metrics/", user, team=api.world.team.pk).status_code == 200
    is_problem(api.get("metrics/", user, team=api.stranger.team_id), 404)
