"""How long an access token is kept."""

import time

import pytest

from revops.integrations.enrichment.tokens import Token, TokenKeeper
from revops.integrations.wire import Answer, Deadline

OK, REFUSED = Answer(200, {}, b""), Answer(401, {}, b"")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def keeper(given: list[str], *, seconds: float = 3600.0) -> TokenKeeper:
    def fetch(deadline: Deadline) -> Token:
        given.append(f"token-{len(given) + 1}")
        return Token(given[-1], seconds)

    return TokenKeeper(fetch)


@pytest.mark.parametrize(
    ("lives", "later", "fetched"), [(3600, 3299, 1), (3600, 3301, 2), (60, 29, 1), (60, 31, 2), (0, 1, 2)]
)
def test_a_token_is_given_up_before_its_end(clock: Clock, lives: float, later: float, fetched: int) -> None:
    given: list[str] = []
    tokens = keeper(given, seconds=lives)
    for _ in range(2):
        assert tokens.call(lambda token: OK, deadline=Deadline(0)) == OK
        clock.now += later
    assert len(given) == fetched


def test_a_kept_token_that_is_refused_is_replaced_and_the_new_one_used(clock: Clock) -> None:
    given: list[str] = []
    tokens = keeper(given)
    used: list[str] = []

    def ask(token: str) -> Answer:
        used.append(token)
        return REFUSED if len(used) == 2 else OK

    for _ in range(3):
        assert tokens.call(ask, deadline=Deadline(0)) == OK
    assert used == ["token-1", "token-1", "token-2", "token-2"]


def test_a_token_is_in_no_text() -> None:
    assert "s3cret" not in repr(Token("s3cret", 1.0))
