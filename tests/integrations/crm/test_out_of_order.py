"""B19 at the CRM's door, over both CRMs: what hangs on another comes first, an old word comes after the deletion."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from leads.models import Account, CrmPull, CrmRecord, Opportunity
from revops.integrations.crm.port import Crm, Page
from revops.integrations.errors import Refused
from tests.integrations.crm.office import Office
from tests.integrations.crm.office import office as office
from tests.world import HOUR, MINUTE

pytestmark = pytest.mark.django_db
Read = Callable[..., Page[Any]]


def add_deal(office: Office) -> tuple[Any, Any]:
    book, ada = office.vendor.book, office.users["ada"].number
    acme = book.add("account", name="Acme GmbH", domain="acme.test", website="https://acme.test", owner=ada)
    return acme, book.add("opportunity", name="Acme 500", account=acme.number, owner=ada, stage="Proposal")


def meanwhile(crm: Crm, monkeypatch: pytest.MonkeyPatch, kind: str, happens: Callable[[], object]) -> None:
    """Once, when this kind is about to be read and those before it have been."""
    read, waiting = getattr(type(crm), kind), [happens]

    def late(self: Crm, since: Any, cursor: str = "") -> Page[Any]:
        if waiting:
            waiting.pop()()
        return read(self, since, cursor)

    monkeypatch.setattr(type(crm), kind, late)


def an_hour_of_reading(office: Office, changes: Callable[[], object]) -> Callable[[], None]:
    """What changes in the middle of a reading that takes longer than a pull looks back."""

    def happens() -> None:
        office.vendor.an_hour_later()
        changes()
        office.vendor.an_hour_later()

    return happens


def test_a_deal_that_is_read_before_its_account_comes_with_it(
    office: Office, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.sync()
    meanwhile(crm, monkeypatch, "opportunities", an_hour_of_reading(office, lambda: add_deal(office)))
    office.wait(HOUR)
    assert office.pull().left_out["opportunities"] == 1
    office.wait(HOUR)
    assert office.pull().error == ""
    assert (Opportunity.objects.get().name, Opportunity.objects.get().account.name) == ("Acme 500", "Acme GmbH")


@pytest.mark.parametrize("known", [True, False], ids=["later", "from the start"])
def test_deals_that_came_while_accounts_were_refused_come_again(
    office: Office, crm: Crm, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    if known:
        office.sync()
    with monkeypatch.context() as shut:
        shut.setattr(type(crm), "accounts", _refused)
        add_deal(office)
        for _pull in range(2):
            office.wait(HOUR)
            assert "not for you" in office.pull().error
    assert not Opportunity.objects.exists()
    office.wait(HOUR)
    assert office.pull().error == ""
    assert Opportunity.objects.get().account == Account.objects.get()


def test_deals_that_are_being_read_when_accounts_come_again_are_read_from_the_start(
    office: Office, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as shut:
        shut.setattr(type(crm), "accounts", _refused)
        add_deal(office)
        office.wait(HOUR)
        office.pull()
    CrmPull.objects.filter(kind="opportunities").update(cursor="half way")
    office.wait(HOUR)
    assert office.pull().error == ""
    assert Opportunity.objects.get().account == Account.objects.get()


def test_what_was_read_in_order_is_not_read_again(office: Office) -> None:
    add_deal(office)
    office.sync()
    office.wait(HOUR)
    office.pull()
    office.wait(HOUR)
    assert office.pull().rows["opportunities"] == 0


def test_a_call_that_is_read_before_whom_it_was_to_is_a_touch(
    office: Office, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rep makes a record of their own of the person while the CRM is read, and calls from there."""
    lead = office.held_by("ada", "accepted")
    office.sync(MINUTE)
    book, ada = office.vendor.book, office.users["ada"].number

    def calls() -> None:
        own = book.add("lead", email="jo@acme.test", company="Acme", owner=ada)
        book.log(own, "call", when=book.clock.now(), owner=ada)

    meanwhile(crm, monkeypatch, "activities", an_hour_of_reading(office, calls))
    office.world.now += 2 * HOUR
    office.pull()
    office.world.now += 10 * MINUTE
    office.vendor.control(advance=600)
    office.pull()
    assert office.world.again(lead).first_touch_at is not None


@pytest.mark.parametrize("kind", ["account", "opportunity", "lead"])
def test_an_old_word_of_what_is_deleted_does_not_bring_it_back(
    office: Office, crm: Crm, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The search still finds it as it was, minutes after it was told as gone."""
    lead = office.held_by("ada")
    acme, deal = add_deal(office)
    doomed = {"account": acme, "opportunity": deal, "lead": office.there()}[kind]
    read: Read = getattr(crm, {"account": "accounts", "opportunity": "opportunities", "lead": "leads"}[kind])
    office.sync()
    stale = {item.id: item for item in read(None, "").items}
    gone = _ids_of(kind)
    before = office.world.again(lead)
    office.wait(HOUR)
    office.vendor.act(do="delete", kind=kind, id=doomed.number)
    office.pull()
    _still_found(crm, monkeypatch, read.__name__, [stale[one] for one in gone])
    office.wait(MINUTE)
    office.pull()
    assert {
        "account": lambda: Account.objects.get().owner is None,
        "opportunity": lambda: Opportunity.objects.get().is_closed,
        "lead": lambda: not CrmRecord.objects.filter(lead=lead).exists(),
    }[kind]()
    after = office.world.again(lead)
    assert (after.state, after.owner, after.seq) == (before.state, before.owner, before.seq)
    assert not CrmPull.objects.exclude(error="").exists()


def _ids_of(kind: str) -> list[str]:
    rows = {
        "account": Account.objects.values_list("external_id", flat=True),
        "opportunity": Opportunity.objects.values_list("external_id", flat=True),
        "lead": CrmRecord.objects.values_list("crm_id", flat=True),
    }
    return list(rows[kind])


def _still_found(crm: Crm, monkeypatch: pytest.MonkeyPatch, name: str, stale: list[Any]) -> None:
    read = getattr(type(crm), name)

    def with_the_old(self: Crm, since: Any, cursor: str = "") -> Page[Any]:
        page = read(self, since, cursor)
        return page if cursor else replace(page, items=(*page.items, *stale))

    monkeypatch.setattr(type(crm), name, with_the_old)


def _refused(*_args: object, **_named: object) -> Any:
    raise Refused("not for you")
