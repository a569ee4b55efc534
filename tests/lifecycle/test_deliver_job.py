"""The worker's job waits for the pace of a conversation, hands on what is left, and only one worker waits."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from leads.locks import SENDERS
from revops import jobs
from revops.alone import one_of
from tests.world import MONDAY


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Three messages for one conversation: each is free half a second after the one before."""
    naps: list[float] = []
    left, waiting = [1, 0, 1, 0, 1, 0], [True, True, False]
    half = timedelta(seconds=0.5)
    monkeypatch.setattr("revops.clock.now", lambda: MONDAY)
    monkeypatch.setattr("revops.jobs.beat", lambda _name: None)
    monkeypatch.setattr("revops.jobs.alone", lambda _key: nullcontext(True))
    monkeypatch.setattr("revops.jobs.one_of", lambda places, _key: nullcontext(places == 1))
    monkeypatch.setattr("revops.jobs.deliver_due", lambda **_when: left.pop(0))
    monkeypatch.setattr("revops.jobs.next_free", lambda at: at + half if waiting.pop(0) else None)
    monkeypatch.setattr("revops.jobs.time", SimpleNamespace(sleep=naps.append, monotonic=lambda: 0.0))
    return naps


def test_it_sends_on_while_a_conversation_is_paced(slept: list[float]) -> None:
    assert jobs.deliver() == 3
    assert slept == [0.5, 0.5]


def test_what_is_left_after_its_time_is_handed_on(slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[Any] = []
    times = iter([0.0, 1.0, jobs.MOST_SECONDS + 1.0])
    monkeypatch.setattr("revops.jobs.time.monotonic", lambda: next(times))
    monkeypatch.setattr("revops.jobs.async_task", queued.append)
    assert jobs.deliver() == 1
    assert queued == ["revops.jobs.deliver"]


def test_one_worker_is_kept_free_for_the_clock(
    slept: list[float], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr("revops.jobs.one_of", lambda places, _key: nullcontext(places == 3))
    assert jobs.deliver() == 0, "of two workers one may send, and does"
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"workers": 4}
    assert jobs.deliver() == 3


@pytest.mark.django_db(transaction=True)
def test_as_many_as_there_are_places() -> None:
    """A lock is another's only in another session."""
    with ThreadPoolExecutor(1) as other, one_of(2, SENDERS) as first:
        assert first
        assert other.submit(_may_send, 2).result()
        assert not other.submit(_may_send, 1).result()
    assert _may_send(1)


def _may_send(places: int) -> bool:
    try:
        with one_of(places, SENDERS) as free:
            return free
    finally:
        connection.close()


def test_a_second_worker_does_not_wait_too(slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.jobs.alone", lambda _key: nullcontext(False))
    assert jobs.deliver() == 1
    assert slept == []
