"""RevOps compares rules at a page: asked for, watched, ended, read. Nobody else sees any of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from leads.locks import Lock
from leads.models import Lead, PastLead
from revops import backtest_desk, backtesting, jobs, publishing
from routing.models import Backtest
from tests.backtests.past import a_quarter, come, live, nobody_lapses, nordic
from tests.locks import held_elsewhere
from tests.world import HOUR, MINUTE, World

LIST = "/admin/routing/backtest/"
Work = Callable[[], int]


def asked(client: Client, **answers: Any) -> Backtest:
    response = client.post(f"{LIST}compare/", {"days": "90", "against": "", **answers})
    row = Backtest.objects.latest("pk")
    assert response.headers["Location"] == f"{LIST}{row.pk}/change/"
    return row


def page(client: Client, row: Backtest, query: str = "") -> str:
    response = client.get(f"{LIST}{row.pk}/change/{query}")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def drafted(world: World) -> None:
    """Six leads by the rules in force, and a draft in which Sweden has a team of its own."""
    nobody_lapses()
    come(world, 6, every=20 * MINUTE, country=["SE", "US"])
    live(world, world.now + HOUR)
    publishing.open_draft(at=world.now, by=world.actor(world.revops))
    nordic(world)


def test_a_draft_is_compared_and_its_leads_are_opened(world: World, rita: Client, work: Work) -> None:
    drafted(world)
    row = asked(rita)
    assert "Waiting for a worker" in page(rita, row)
    assert work() == 1
    told = page(rita, row)
    assert told.partition('backtest-sentence">')[2].partition("<")[0] == (
        "5 of 6 leads (83 %) come to something else: 3 go to another team and 2 go to another rep of theirs."
    )
    assert "The draft against version" in told
    for lead in Lead.objects.filter(country="SE"):
        assert f'href="/leads/{lead.pk}/"' in told
        assert rita.get(f"/leads/{lead.pk}/").status_code == 200
    assert sum(f'href="/leads/{lead.pk}/"' in told for lead in Lead.objects.filter(country="US")) == 2


def test_leads_that_change_hands_by_kind_and_page(
    world: World, rita: Client, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routing.admin.backtests.A_PAGE", 2)
    drafted(world)
    row = asked(rita)
    work()
    assert "Page 2 of 3" in page(rita, row, "?p=2")
    assert page(rita, row, "?change=team&p=2").count('<li><span class="who">') == 1
    assert page(rita, row, "?change=verdict&p=nonsense").count('<li><span class="who">') == 0


def test_a_lead_of_history_is_opened_as_one(world: World, rita: Client, mona: Client, work: Work) -> None:
    PastLead.objects.bulk_create(a_quarter(world.now, 12))
    PastLead.objects.update(owner_email=world.reps[0].user.email, converted=True, custom={"plan": "<b>gold</b>"})
    drafted(world)
    row = asked(rita)
    work()
    told = page(rita, row)
    assert "Of them 12 from files of history." in told
    assert "(history)" in told
    assert "c0.test" not in str(Backtest.objects.get(pk=row.pk).result)
    moved = PastLead.objects.filter(country="SE").first()
    assert moved is not None
    url = f"{LIST}{row.pk}/history/{moved.pk}/"
    assert f'<a href="{url}"><bdi>{moved.company} (history)</bdi></a>' in told
    one = rita.get(url).content.decode()
    for words in (
        "Where it would go",
        "Nordic",
        moved.person_key,
        f"{world.reps[0].name}, ",
        "Converted",
        "custom.plan",
    ):
        assert words in one, words
    assert "<b>gold" not in one
    assert mona.get(url).status_code in (302, 403)
    assert rita.post(url).status_code == 405
    assert rita.get(f"{LIST}{row.pk}/history/{moved.pk + 999}/").status_code == 404
    other = PastLead.objects.exclude(
        pk__in=[c["id"] for c in Backtest.objects.get(pk=row.pk).result["changes"]]
    ).first()
    if other is not None:
        assert "not among those that were listed" in rita.get(f"{LIST}{row.pk}/history/{other.pk}/").content.decode()


def test_without_any_lead_it_says_so(world: World, rita: Client, work: Work) -> None:
    row = asked(rita)
    work()
    assert "No lead came in this time" in page(rita, row)


def test_one_at_a_time(world: World, rita: Client, work: Work) -> None:
    first = asked(rita)
    response = rita.post(f"{LIST}compare/", {"days": "30", "against": ""}, follow=True)
    assert "A comparison is under way: wait for it, or cancel it first." in response.content.decode()
    assert Backtest.objects.count() == 1
    with pytest.raises(IntegrityError, match="only"), transaction.atomic():
        Backtest.objects.create(asked_at=world.now, seen_at=world.now, days=1, base={}, candidate={}, status="running")
    work()
    assert asked(rita).pk != first.pk


def test_it_is_cancelled_while_it_is_made(
    world: World, rita: Client, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted(world)
    row = asked(rita)
    monkeypatch.setattr(backtesting, "EVERY", 1)
    beats: list[str] = []

    def cancelled_on_the_way(name: str) -> None:
        beats.append(name)
        if len(beats) == 3:
            rita.post(f"{LIST}{row.pk}/cancel/")

    monkeypatch.setattr(jobs, "beat", cancelled_on_the_way)
    work()
    row.refresh_from_db()
    assert (row.status, row.result, row.done) == ("cancelled", None, 2)
    assert len(beats) == 3
    assert "It was cancelled." in page(rita, row)
    rita.post(f"{LIST}{row.pk}/again/")
    work()
    row.refresh_from_db()
    assert (row.status, row.done, row.total) == ("done", 6, 6)


def test_a_killed_worker_is_followed_by_another(world: World, rita: Client, work: Work) -> None:
    """What is left of a kill: a row under way, a lock that is free again, no task."""
    drafted(world)
    row = asked(rita)
    Backtest.objects.filter(pk=row.pk).update(status="running", attempts=1, done=4, total=6)
    world.now += 2 * MINUTE
    assert "Its worker has said nothing for a minute" in page(rita, row)
    jobs.backtests()
    assert work() == 2
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("done", 2)
    jobs.backtests()
    assert work() == 0


def test_while_one_worker_compares_no_other_does(world: World, rita: Client, work: Work) -> None:
    row = asked(rita)
    with held_elsewhere(Lock.BACKTEST):
        jobs.backtest()
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("waiting", 0)
    work()
    row.refresh_from_db()
    assert row.status == "done"


def test_what_kills_its_worker_is_not_tried_for_ever(world: World, rita: Client, work: Work) -> None:
    row = asked(rita)
    Backtest.objects.filter(pk=row.pk).update(attempts=backtest_desk.MOST_ATTEMPTS)
    work()
    assert "Its worker was ended 3 times. Try fewer days." in page(rita, row)


def test_what_raises_says_so_and_is_no_result(world: World, rita: Client, work: Work) -> None:
    row = asked(rita)
    Backtest.objects.filter(pk=row.pk).update(candidate={})
    work()
    told = page(rita, row)
    assert "It could not be made" in told
    assert "KeyError" in told


def test_the_page_asks_how_far_it_is(world: World, rita: Client, work: Work) -> None:
    row = asked(rita)
    Backtest.objects.filter(pk=row.pk).update(status="running", done=1_234, total=5_000)
    response = rita.get(f"{LIST}{row.pk}/progress/")
    assert response.status_code == 200
    assert "<strong>25 %</strong>, 1,234 of 5,000 leads." in response.content.decode()
    work()
    assert rita.get(f"{LIST}{row.pk}/progress/").status_code == 286


@pytest.mark.parametrize("days", ["0", "-1", "9999", "many", ""])
def test_bad_days_are_refused(world: World, rita: Client, days: str) -> None:
    response = rita.post(f"{LIST}compare/", {"days": days, "against": ""}, follow=True)
    assert "over the leads of the last days:" in response.content.decode()
    assert not Backtest.objects.exists()


def test_a_version_that_is_not_there_is_refused(world: World, rita: Client) -> None:
    rita.post(f"{LIST}compare/", {"days": "9", "against": "77"})
    assert not Backtest.objects.exists()


def test_nobody_but_revops(world: World, rita: Client, mona: Client, work: Work) -> None:
    row = asked(rita)
    for address in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/progress/", f"{LIST}compare/"):
        assert mona.get(address).status_code == 403
    for address in (f"{LIST}compare/", f"{LIST}{row.pk}/cancel/", f"{LIST}{row.pk}/again/"):
        assert mona.post(address, {"days": "9"}).status_code == 403
        assert Client().post(address).status_code == 302
    assert rita.get(f"{LIST}{row.pk}/cancel/").status_code == 405
    assert rita.get(f"{LIST}999/change/").status_code == rita.get(f"{LIST}x/change/").status_code == 404
    assert Backtest.objects.get().status == "waiting"


def test_old_comparisons_are_tidied_away(world: World, rita: Client, work: Work) -> None:
    asked(rita)
    work()
    world.now += Backtest.KEPT
    jobs.prune()
    assert Backtest.objects.exists()
    world.now += timedelta(seconds=1)
    jobs.prune()
    assert not Backtest.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"days": 0}, {"status": "done"}, {"status": "failed"}, {"done": 2, "total": 1}, {"result": {}}],
)
def test_the_database_refuses_what_cannot_be(world: World, wrong: dict[str, Any]) -> None:
    row = {"asked_at": world.now, "seen_at": world.now, "days": 9, "base": {}, "candidate": {}} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Backtest.objects.create(**row)
