"""What a mirror of the CRM is fed from: everything at first, then exactly what changed, and what is gone."""

import weakref
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from revops.integrations.crm.port import STALE_CURSOR, Crm, Gone
from revops.integrations.errors import VendorError
from revops.standins.crm.made_up import Size, made_up
from revops.standins.hubspot import searching
from tests.integrations.crm.conftest import People, Vendor, long_ago, pull


def test_thousands_of_rows_come_page_by_page_and_none_twice(vendor: Vendor, crm: Crm) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=2300, opportunities=4100, leads=0, activities=0))
    accounts = pull(crm.accounts)
    assert len(accounts.items) == len({one.id for one in accounts.items}) == 2300
    opportunities = pull(crm.opportunities)
    assert len(opportunities.items) == len({one.id for one in opportunities.items}) == 4100
    assert opportunities.pages >= 3


def test_a_page_is_all_that_is_held_in_memory(vendor: Vendor, crm: Crm) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=4100, opportunities=0, leads=0))
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    cursor, most = "", 0
    while True:
        page = crm.accounts(None, cursor)
        alive.update(page.items)
        cursor, size = page.cursor, len(page.items)
        most = max(most, len(alive))
        assert len(alive) == size <= 2000
        del page
        if not cursor:
            break
    assert most < 4100


def test_since_then_exactly_what_changed(vendor: Vendor, crm: Crm, people: People) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=300, opportunities=300, leads=300))
    before = pull(crm.accounts).until
    vendor.an_hour_later()
    changed = list(vendor.book.living("account"))[10:13]
    for account in changed:
        vendor.act(do="own", kind="account", id=account.number, owner=people.ben.number)
    vendor.an_hour_later()
    found = pull(crm.accounts, before)
    assert sorted(one.name for one in found.items) == sorted(account["name"] for account in changed)
    assert found.gone == []
    vendor.an_hour_later()
    assert pull(crm.accounts, found.until).items == []


@pytest.mark.parametrize("what", ["opportunities", "leads", "activities"])
def test_of_each_kind_only_what_changed(vendor: Vendor, crm: Crm, what: str) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(leads=30))
    read = getattr(crm, what)
    before = pull(read)
    assert len(before.items) >= 30
    vendor.an_hour_later()
    kind = {"opportunities": "opportunity", "leads": "lead", "activities": "activity"}[what]
    vendor.book.change(next(vendor.book.living(kind)))
    assert len(pull(read, before.until).items) == 1


def test_a_row_that_changes_while_pages_are_read_is_in_this_pull_or_the_next(vendor: Vendor, crm: Crm) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=4100, opportunities=0, leads=0))
    first, last = [list(vendor.book.living("account"))[at] for at in (0, -1)]
    page = crm.accounts(None, "")
    vendor.control(advance=3000)
    vendor.book.change(first, name="Changed behind our back")
    vendor.control(advance=3000)
    vendor.book.change(last, name="Changed ahead of us")
    while page.cursor:
        page = crm.accounts(None, page.cursor)
    vendor.an_hour_later()
    assert "Changed behind our back" in [one.name for one in pull(crm.accounts, page.until).items]


def test_a_change_the_index_did_not_know_yet_comes_next_time(vendor: Vendor, crm: Crm) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=5, opportunities=0, leads=0))
    before = pull(crm.accounts).until
    vendor.an_hour_later()
    vendor.book.change(next(vendor.book.living("account")), name="Late")
    vendor.control(lag=60)
    second = pull(crm.accounts, before)
    vendor.control(advance=120)
    third = pull(crm.accounts, second.until)
    assert "Late" in [one.name for one in second.items + third.items]


def test_a_search_that_ends_early_is_no_end_of_the_changes(
    vendor: Vendor, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_FOUND", 150)  # 10,000 in life
    before = pull(crm.accounts).until
    vendor.an_hour_later()
    made_up(vendor.book, at=vendor.book.clock.now(), size=Size(accounts=450, opportunities=0, leads=0))
    for account in vendor.book.living("account"):
        vendor.book.change(account)
    assert len(pull(crm.accounts, before).items) == 450


def test_what_is_deleted_is_told_as_gone(vendor: Vendor, crm: Crm) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=20, leads=20))
    accounts, leads = pull(crm.accounts), pull(crm.leads)
    vendor.an_hour_later()
    account, lead = next(vendor.book.living("account")), next(vendor.book.living("lead"))
    ids = [next(one.id for one in accounts.items if one.name == account["name"])]
    ids.append(next(one.id for one in leads.items if one.email == lead["email"]))
    vendor.act(do="delete", kind="account", id=account.number)
    vendor.act(do="delete", kind="lead", id=lead.number)
    assert pull(crm.accounts, accounts.until).gone == [Gone(ids[0])]
    assert pull(crm.leads, leads.until).gone == [Gone(ids[1])]
    assert len(pull(crm.accounts).items) == 19
    vendor.an_hour_later()
    assert pull(crm.accounts, pull(crm.accounts).until).gone == []


def test_what_is_merged_names_where_it_went(vendor: Vendor, crm: Crm) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=20, opportunities=0))
    before = pull(crm.accounts)
    vendor.an_hour_later()
    winner, loser = list(vendor.book.living("account"))[3:5]
    ids = {one.name: one.id for one in before.items}
    vendor.act(do="merge", kind="account", id=winner.number, other=loser.number)
    found = pull(crm.accounts, before.until)
    assert found.gone == [Gone(ids[loser["name"]], ids[winner["name"]])]
    assert [one.id for one in found.items] == [ids[winner["name"]]]


def test_an_account_in_all_its_fields(vendor: Vendor, crm: Crm, people: People) -> None:
    values = {
        "name": "Acme",
        "domain": "acme.test",
        "website": "https://acme.test/",
        "country": "NL",
        "city": "Utrecht",
    }
    numbers = {"employees": 120, "revenue": 5_000_000, "currency": "EUR", "industry": "Software", "region": "UT"}
    vendor.book.add("account", owner=people.ada.number, **values, **numbers)
    (found,) = pull(crm.accounts).items
    assert (found.name, found.website, found.country, found.city) == ("Acme", "https://acme.test/", "NL", "Utrecht")
    assert (found.region, found.industry, found.employee_count) == ("UT", "Software", 120)
    assert (found.annual_revenue, found.currency) == (Decimal(5_000_000), "EUR")
    assert not found.person


def test_an_opportunity_in_all_its_fields(vendor: Vendor, crm: Crm, people: People) -> None:
    book = vendor.book
    account = book.add("account", name="Acme")
    jim, eva = (book.add("lead", email=email) for email in ("jim@acme.test", "eva@acme.test"))
    book.add(
        "opportunity",
        name="Acme – expansion",
        account=account.number,
        owner=people.ben.number,
        type="Expansion",
        stage="Closed Lost",
        amount=1234,
        currency="EUR",
        close_date=date(2026, 12, 31),
        loss_reason="Price",
        people=[jim.number, eva.number],
        last_activity=date(2026, 11, 2),
    )
    (found,) = pull(crm.opportunities).items
    assert (found.name, found.kind, found.stage) == ("Acme – expansion", "Expansion", "Closed Lost")
    assert (found.is_closed, found.is_won, found.loss_reason) == (True, False, "Price")
    assert (found.amount, found.currency, found.close_date) == (Decimal(1234), "EUR", date(2026, 12, 31))
    assert found.last_activity_on == date(2026, 11, 2)
    assert sorted(found.contacts) == ["eva@acme.test", "jim@acme.test"]
    assert found.account_id == pull(crm.accounts).items[0].id


@pytest.mark.parametrize(("stage", "closed", "won"), [("Proposal", False, False), ("Closed Won", True, True)])
def test_a_deal_is_open_or_won(vendor: Vendor, crm: Crm, stage: str, closed: bool, won: bool) -> None:
    vendor.book.add("opportunity", name="A deal", stage=stage)
    (found,) = pull(crm.opportunities).items
    assert (found.is_closed, found.is_won, found.amount, found.contacts) == (closed, won, None, ())


def test_a_pull_goes_on_where_it_stopped_with_another_client(vendor: Vendor, connect: Any) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=2300, opportunities=0, leads=0))
    page = connect().accounts(None, "")
    seen = {one.id for one in page.items}
    while page.cursor:
        page = connect().accounts(None, page.cursor)
        seen |= {one.id for one in page.items}
    assert len(seen) == 2300


@pytest.mark.parametrize("cursor", ["{", "[]", '{"part": "x"}', '{"part": 99}', "null"])
def test_a_cursor_that_is_not_ours_begins_the_pull_again(crm: Crm, cursor: str) -> None:
    with pytest.raises(VendorError) as failure:
        crm.accounts(None, cursor)
    assert failure.value.code == STALE_CURSOR


def test_the_overlap_brings_the_last_minutes_again(vendor: Vendor, crm: Crm) -> None:
    vendor.book.add("account", name="Acme")
    once = pull(crm.accounts)
    again = pull(crm.accounts, once.until)
    assert [(one.id, one.changed_at) for one in again.items] == [(one.id, one.changed_at) for one in once.items]
    assert once.until - once.items[0].changed_at < timedelta(minutes=1)
