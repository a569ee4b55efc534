"""A mail server that takes the connection and never says a word: the worker goes on, and the mail is tried again."""

import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest

from leads.models import Delivery
from revops import jobs
from tests.world import MINUTE, World

TIMEOUT = 0.2


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def hung(world: World, silent: int, settings: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", silent, False
    settings.EMAIL_TIMEOUT = TIMEOUT
    world.to_state("assigned", "a@one.test")
    world.to_state("assigned", "b@two.test")
    Delivery.objects.exclude(kind="slack.assigned").update(status="dropped", done_at=world.now)
    return world


def test_the_worker_goes_on_and_the_mail_is_tried_again(hung: World, settings: Any, mailoutbox: list[Any]) -> None:
    began = monotonic()
    assert jobs.deliver() == 2, "the second is tried although the first hung"
    assert monotonic() - began < 10 * TIMEOUT
    rows = list(Delivery.objects.filter(kind="slack.assigned"))
    assert {(row.status, row.attempts, row.error) for row in rows} == {("pending", 1, "Mail: SMTPServerDisconnected")}
    assert all(row.claimed_until is None and row.next_try_at > hung.now for row in rows)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    hung.now += MINUTE
    assert jobs.deliver() == 2
    assert len(mailoutbox) == 2
    assert set(Delivery.objects.filter(kind="slack.assigned").values_list("status", flat=True)) == {"sent"}


def test_the_time_that_is_waited_for_a_mail_server_is_bounded(settings: Any) -> None:
    """A worker is ended after a minute: two mails that hang leave it the time to keep that they did."""
    assert 0 < settings.EMAIL_TIMEOUT * 2 < settings.Q_CLUSTER["timeout"]
