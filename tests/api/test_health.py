"""/healthz, /readyz, /metrics, and what is said while the database is away."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client, override_settings

from leads.models import Delivery
from revops import timer_notices
from revops.models import Heartbeat
from tests.api.conftest import Api, is_problem

SECOND = timedelta(seconds=1)


def beat(name: str, age: timedelta = timedelta(0)) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": datetime.now(UTC) - age})


def test_healthz_asks_nobody(client: Client) -> None:
    """Without the db fixture any query would raise."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_ready(api: Api) -> None:
    beat("sweep", 170 * SECOND)
    beat("worker", 290 * SECOND)
    answer = Client().get("/readyz")
    assert answer.status_code == 200, answer.content
    assert set(answer.json()["parts"].values()) == {"ok"}


@pytest.mark.parametrize(
    ("token", "age", "says"),
    [("", None, "ok"), ("xapp-1", None, "was never heard of"), ("xapp-1", 179, "ok"), ("xapp-1", 181, "for 181 s")],
)
def test_slacks_socket_is_told_of_where_it_is_wanted(
    api: Api, settings: Any, token: str, age: int | None, says: str
) -> None:
    """Nothing else needs it, so the service is ready all the same."""
    settings.SLACK_APP_TOKEN = token
    for name in ("sweep", "worker"):
        beat(name)
    if age is not None:
        beat("slack_socket", age * SECOND)
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert says in answer.json()["parts"]["slack_socket"]
    owed = [subject for _kind, subject, *_rest in timer_notices.owed(at=api.world.now)]
    assert owed == (["slack_socket"] if age == 181 else [])


@pytest.mark.parametrize(
    ("sweep", "worker", "part", "says"),
    [
        (None, 0, "sweep", "never seen"),
        (181, 0, "sweep", "181 s old"),
        (0, None, "worker", "never seen"),
        (0, 301, "worker", "301 s old"),
    ],
)
def test_not_ready_says_which_part(api: Api, sweep: int | None, worker: int | None, part: str, says: str) -> None:
    for name, age in (("sweep", sweep), ("worker", worker)):
        if age is not None:
            beat(name, age * SECOND)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    bad = {name: text for name, text in answer.json()["parts"].items() if text != "ok"}
    assert list(bad) == [part]
    assert says in bad[part]


def test_a_delivery_that_nobody_sends(api: Api, settings: Any) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    api.world.to_state("assigned")
    beat("sweep")
    beat("worker")
    assert Client().get("/readyz").status_code == 200
    api.world.now += timedelta(minutes=16)
    answer = Client().get("/readyz")
    assert "deliver" in answer.json()["parts"]["deliveries"]
    assert Delivery.objects.filter(status="pending").exists()


def test_a_missing_migration(api: Api) -> None:
    beat("sweep")
    beat("worker")
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'recycle'"
            " AND name = (SELECT max(name) FROM django_migrations WHERE app = 'recycle')"
        )
    answer = Client().get("/readyz")
    assert answer.json()["parts"]["migrations"] == "1 migrations are not applied"


def test_metrics(api: Api) -> None:
    api.world.to_state("assigned")
    beat("sweep")
    text = Client().get("/metrics").content.decode()
    assert 'airtight_leads{state="assigned"} 1.0' in text
    assert 'airtight_leads{state="nurture"} 0.0' in text
    assert "airtight_leads_late 0.0" in text
    assert "airtight_leads_put_aside 0.0" in text
    assert 'airtight_deliveries{status="skipped"}' in text
    assert "airtight_sweep_age_seconds" in text
    assert "airtight_worker_age_seconds" not in text
    api.world.now += timedelta(hours=3)
    assert "airtight_leads_late 1.0" in Client().get("/metrics").content.decode()


@pytest.mark.parametrize(
    ("token", "extra", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "::1"}, 200),
        ("", {"REMOTE_ADDR": "10.0.0.7"}, 404),
        ("", {"REMOTE_ADDR": ""}, 404),
        ("", {"HTTP_X_FORWARDED_FOR": "10.0.0.7"}, 404),
        ("s3cret", {}, 401),
        ("s3cret", {"HTTP_AUTHORIZATION": "Bearer other"}, 401),
        ("s3cret", {"HTTP_AUTHORIZATION": "Bearer s3cret\xff"}, 401),
        ("s3cret", {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer s3cret"}, 200),
    ],
)
def test_who_may_read_the_metrics(db: None, token: str, extra: dict[str, Any], status: int) -> None:
    with override_settings(METRICS_TOKEN=token):
        assert Client().get("/metrics", **extra).status_code == status


def away(*args: Any, **kwargs: Any) -> Any:
    raise OperationalError("connection refused")


@pytest.mark.parametrize("error", [OperationalError("connection refused"), InterfaceError("connection is closed")])
def test_the_database_away_is_503_for_the_api(api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def gone(*args: Any, **kwargs: Any) -> Any:
        raise error

    client = api.client(api.system)
    monkeypatch.setattr("leads.api.leads.visible_leads", gone)
    answer = client.get("/api/v1/leads/")
    assert "Try again" in is_problem(answer, 503)["detail"]
    assert answer["Retry-After"] == "10"


def test_the_database_away_while_asking_who_calls(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    client = api.client(api.system)
    monkeypatch.setattr("knox.auth.get_token_model", away)
    is_problem(client.get("/api/v1/leads/"), 503)


def test_the_database_away_in_a_middleware(api: Api, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.DEBUG = False
    client = Client(raise_request_exception=False)
    client.force_login(api.world.reps[0].user)
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    for path in ("/", "/api/v1/leads/"):
        answer = client.get(path)
        assert answer.status_code == 503, path
        assert answer["Retry-After"] == "10"
    assert "Back in a moment" in client.get("/").content.decode()


def test_a_refused_statement_is_not_the_database_away(api: Api, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    class Cancelled(Exception):
        sqlstate = "22P02"

    def wrong(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("invalid") from Cancelled()

    settings.DEBUG = False
    client = api.client(api.system)
    client.raise_request_exception = False
    monkeypatch.setattr("leads.api.leads.visible_leads", wrong)
    problem = is_problem(client.get("/api/v1/leads/"), 500)
    assert "invalid" not in str(problem)


def test_readyz_while_the_database_is_away(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as gone:
        gone.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", away)
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["database"] == "the database cannot be asked"
