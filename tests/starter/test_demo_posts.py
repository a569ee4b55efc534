"""What `./run demo` keeps beside its database, posts to Slack and which CRM it has, and that --fresh drops it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from revops.starter import demo as starter
from revops.starter.checkout import DEMO_CRM, Checkout
from revops.starter.database import LastingDatabase
from revops.starter.demo import _posts
from revops.starter.say import CannotStart
from revops.starter.signals import Stopped


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A demo that is stopped when it has started its database."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(starter.environment, "prepare", lambda *args: None)

    @contextmanager
    def running(checkout: Checkout, *, fresh: bool) -> Iterator[LastingDatabase]:
        yield LastingDatabase("postgresql://nowhere")

    def stopped(*args: object) -> None:
        raise Stopped(15)

    monkeypatch.setattr(starter, "demo_database", running)
    monkeypatch.setattr(starter, "Processes", stopped)
    checkout = Checkout(tmp_path)
    checkout.make_private_folder()
    return checkout


def test_a_second_start_has_them_and_a_fresh_one_begins_without(checkout: Checkout) -> None:
    _posts(checkout).write_text("{}")
    assert starter.demo(checkout, []) == 0
    assert _posts(checkout).exists()
    assert starter.demo(checkout, ["--fresh"]) == 0
    assert not _posts(checkout).exists()
    assert starter.demo(checkout, ["--fresh"]) == 0


def test_each_database_has_its_own(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    private = _posts(checkout)
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@elsewhere/demo")
    named = _posts(checkout)
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@elsewhere/other")
    assert len({private, named, _posts(checkout)}) == 3
    assert "secret" not in named.name


def test_the_leads_of_one_crm_are_not_shown_to_the_other(checkout: Checkout) -> None:
    assert starter.demo(checkout, ["--crm", "hubspot"]) == 0
    with pytest.raises(CannotStart, match="for hubspot, and salesforce knows none of them"):
        starter.demo(checkout, ["--crm", "salesforce"])
    assert starter.demo(checkout, []) == 0
    assert (checkout.private / DEMO_CRM).read_text() == "hubspot"
    assert starter.demo(checkout, ["--crm", "salesforce", "--fresh"]) == 0
    assert (checkout.private / DEMO_CRM).read_text() == "salesforce"
