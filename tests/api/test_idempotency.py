"""`Idempotency-Key`: the first answer, byte for byte, to each repetition; and to nothing else."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from leads.models import Arrival, IntentSignal, Lead, LeadEvent, Suppression
from revops import lifecycle
from revops.models import IdempotencyKey
from tests.api.conftest import Api, is_problem

KEY = {"Idempotency-Key": "form-1"}
FORM = {"email": "jo@acme.test", "company": "Ünïcode & <Acme>", "custom": {"b": 1, "a": 2}}


def same(first: Any, again: Any) -> None:
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Content-Type"] == first["Content-Type"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"


def test_a_repetition_gets_the_first_answer(api: Api) -> None:
    first, again = (api.post("leads/", api.system, FORM, **KEY) for _ in range(2))
    assert first.status_code == 201
    same(first, again)
    assert (Lead.objects.count(), Arrival.objects.count()) == (1, 1)


def test_the_answer_is_the_first_even_when_the_lead_has_moved(api: Api) -> None:
    first = api.post("leads/", api.system, FORM, **KEY)
    lead = Lead.objects.get()
    Suppression.objects.create(person_key=lead.person_key, since=api.world.now)
    same(first, api.post("leads/", api.system, FORM, **KEY))


def test_a_refusal_is_kept_and_counted_once(api: Api) -> None:
    first, again = (api.post("leads/", api.system, {"email": "nobody"}, **KEY) for _ in range(2))
    is_problem(first, 400)
    same(first, again)
    assert Arrival.objects.count() == 1


def test_a_refusal_of_the_lifecycle_is_kept(api: Api) -> None:
    lead = api.world.to_state("shark_tank")
    user = lead.assignments.get().rep.user
    first, again = (api.post(f"leads/{lead.pk}/accept/", user, None, **KEY) for _ in range(2))
    is_problem(first, 409)
    same(first, again)


def test_a_fault_of_ours_is_not_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("a fault")

    real = lifecycle.capture
    monkeypatch.setattr("revops.lifecycle.capture", breaks)
    api.client(api.system).raise_request_exception = False
    assert is_problem(api.post("leads/", api.system, FORM, **KEY), 500)
    assert IdempotencyKey.objects.count() == 0
    monkeypatch.setattr("revops.lifecycle.capture", real)
    assert api.post("leads/", api.system, FORM, **KEY).status_code == 201


def test_another_body_or_address_is_409(api: Api) -> None:
    api.post("leads/", api.system, FORM, **KEY)
    is_problem(api.post("leads/", api.system, {**FORM, "company": "Bolt"}, **KEY), 409)
    is_problem(api.post("signals/", api.system, FORM, **KEY), 409)
    assert (Lead.objects.count(), IntentSignal.objects.count()) == (1, 0)


def test_a_key_belongs_to_its_user(api: Api) -> None:
    assert api.post("leads/", api.system, FORM, **KEY).status_code == 201
    other = api.post("leads/", api.world.revops.user, FORM, **KEY)
    assert other.status_code == 200
    assert "Idempotent-Replayed" not in other


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel", "a\tb"])
def test_a_key_that_is_none(api: Api, key: str) -> None:
    problem = is_problem(api.post("leads/", api.system, FORM, **{"Idempotency-Key": key}), 400)
    assert list(problem["errors"]) == ["Idempotency-Key"]
    assert Lead.objects.count() == 0


def test_a_deadlock_is_tried_again_with_the_key(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = lifecycle.capture, []

    class Deadlock(Exception):
        sqlstate = "40P01"

    def once_deadlocked(*args: Any, **kwargs: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("deadlock detected") from Deadlock()
        return real(*args, **kwargs)

    monkeypatch.setattr("revops.lifecycle.capture", once_deadlocked)
    first = api.post("leads/", api.system, FORM, **KEY)
    assert (first.status_code, len(tries)) == (201, 2)
    same(first, api.post("leads/", api.system, FORM, **KEY))


def at_once(count: int, act: Any) -> list[Any]:
    """`act` by `count` threads that start together, each with a connection of its own."""
    barrier, answers = threading.Barrier(count), []

    def work() -> None:
        try:
            barrier.wait(10)
            answers.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == count
    return answers


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_lead(api: Api) -> None:
    """C9."""
    api.client(api.system)
    answers = at_once(20, lambda: api.post("leads/", api.system, FORM, **KEY))
    assert Counter(answer.status_code for answer in answers) == {201: 20}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 19
    assert (Lead.objects.count(), Arrival.objects.count()) == (1, 1)
    is_problem(api.post("leads/", api.system, {"email": "eve@acme.test"}, **KEY), 409)


@pytest.mark.django_db(transaction=True)
def test_two_accepts_at_once_are_one(api: Api) -> None:
    """C3."""
    lead = api.world.to_state("assigned")
    user = lead.owner.user
    api.client(user)
    answers = at_once(4, lambda: api.verb(lead, "accept", user))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert LeadEvent.objects.filter(kind="accept").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_claims_at_once_have_one_winner(api: Api) -> None:
    lead = api.world.to_state("shark_tank")
    lapsed = lead.assignments.get().rep
    users = [rep.user for rep in api.world.reps if rep != lapsed]
    names = {user.get_full_name() for user in users}
    for user in users:
        api.client(user)
    waiting = list(users)
    answers = at_once(2, lambda: api.verb(lead, "claim", waiting.pop()))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert loser.json()["winner"] in names


@pytest.mark.django_db(transaction=True)
def test_a_key_still_at_work_is_409_after_five_seconds(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("revops.api.idempotency.WAIT", "200ms")
    api.client(api.system)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            IdempotencyKey.objects.create(
                user=api.system, key="form-1", route="POST", body_hash="", created_at=api.world.now
            )
            held.set()
            done.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(5)
    answer = api.post("leads/", api.system, FORM, **KEY)
    done.set()
    holder.join(10)
    assert "still at work" in is_problem(answer, 409)["detail"]
    assert Lead.objects.count() == 0
