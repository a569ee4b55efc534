"""Every way a CRM goes wrong: what the error says, and that no secret is in it."""

import logging
import pickle
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from revops.integrations.crm.calling import Host
from revops.integrations.crm.port import Crm, LeadDates
from revops.integrations.crm.salesforce_link import Link
from revops.integrations.errors import AuthRevoked, QuotaExhausted, VendorError
from revops.standins.crm.made_up import Size, made_up
from revops.standins.web import Reply, json_reply
from tests.integrations.crm.conftest import LEAD, SECRET, Vendor, long_ago, pull


def host(base_url: str) -> Host:
    return Host(base_url, "SALESFORCE_BASE_URL", private_allowed=True)


def failure_of(call: Callable[[], Any]) -> VendorError:
    with pytest.raises(VendorError) as failure:
        call()
    assert SECRET not in repr(failure.value.__dict__) + str(failure.value) + repr(failure.value)
    assert "00DSTANDIN!" not in str(failure.value)
    return failure.value


def write(crm: Crm, lead_id: str) -> None:
    crm.write_lead(lead_id, owner_id=None, state="accepted", reason="", dates=LeadDates())


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        ({"status": 429, "retry_after": 7.0}, 7.0),
        ({"error": "busy"}, "some"),
        ({"error": "locked"}, "some"),
        ({"status": 500}, None),
        ({"status": 502, "html": True}, None),
        ({"status": 503}, None),
        ({"truncated": True}, None),
        ({"html": True}, None),
    ],
)
def test_trouble_that_passes(vendor: Vendor, crm: Crm, fault: dict[str, Any], retry_after: Any) -> None:
    vendor.book.add("account", name="Acme")
    vendor.fail({"method": "read", **fault})
    error = failure_of(lambda: crm.accounts(None))
    assert (error.permanent, error.ambiguous, error.configuration) == (False, False, False)
    assert error.retry_after == retry_after if retry_after != "some" else (error.retry_after or 0) > 0
    assert len(pull(crm.accounts).items) == 1


def test_the_days_calls_are_spent(vendor: Vendor, crm: Crm) -> None:
    vendor.fail({"method": "read", "error": "quota"})
    error = failure_of(lambda: crm.accounts(None))
    assert isinstance(error, QuotaExhausted)
    assert (error.permanent, error.retry_after) == (False, 3600.0)


def test_a_proxys_sign_in_page_is_a_wrong_address(vendor: Vendor, crm: Crm) -> None:
    vendor.fail({"method": "read", "html": True, "status": 403})
    error = failure_of(lambda: crm.accounts(None))
    assert (error.permanent, error.configuration) == (True, True)


def test_a_scope_is_missing(vendor: Vendor, crm: Crm) -> None:
    vendor.fail({"method": "read", "error": "scope"})
    assert isinstance(failure_of(lambda: crm.accounts(None)), AuthRevoked)


@pytest.mark.parametrize("fault", [{"hang": 5.0}, {"drip": True}])
def test_slow_ends_in_time(vendor: Vendor, connect: Callable[..., Crm], fault: dict[str, Any]) -> None:
    vendor.book.add("account", name="Acme")
    vendor.fail({"method": "read", **fault})
    began = time.monotonic()
    error = failure_of(lambda: connect(timeout=0.5).accounts(None))
    assert time.monotonic() - began < 2
    assert (error.permanent, error.ambiguous) == (False, False)


def test_many_requests_share_one_bound(vendor: Vendor, connect: Callable[..., Crm]) -> None:
    for number in range(350):
        vendor.book.add("user", name=f"Rep {number}", email=f"rep{number}@crm.test", active=True)
    vendor.fail(*[{"hang": 0.4, "effect": True, "method": "read"}] * 6)
    began = time.monotonic()
    failure_of(lambda: connect(timeout=0.5).users())
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("fault", "ambiguous"),
    [
        ({"status": 500}, True),
        ({"status": 502, "html": True}, True),
        ({"status": 503}, False),
        ({"status": 429}, False),
        ({"error": "locked"}, False),
        ({"error": "quota"}, False),
        ({"error": "validation"}, False),
    ],
)
def test_a_write_says_whether_it_may_have_been_done(
    vendor: Vendor, crm: Crm, fault: dict[str, Any], ambiguous: bool
) -> None:
    made = crm.upsert_lead(LEAD)
    vendor.fail({"method": "write", **fault})
    assert failure_of(lambda: write(crm, made.id)).ambiguous is ambiguous


def test_nobody_listening_is_surely_not_done(connect: Callable[..., Crm], vendor: Vendor) -> None:
    crm = connect()
    object.__setattr__(crm, "base_url", "http://127.0.0.1:9")
    if vendor.app.name == "salesforce":
        object.__setattr__(crm, "_link", Link(host=host(crm.base_url), login=crm.login, share=0.8))
    error = failure_of(lambda: write(crm, "00Q000000000001AAA"))
    assert (error.permanent, error.ambiguous) == (False, False)


def test_the_credential_is_revoked_mid_way_and_given_back(vendor: Vendor, crm: Crm) -> None:
    made_up(vendor.book, at=long_ago(), size=Size(accounts=2300, opportunities=0, leads=0))
    page = crm.accounts(None)
    vendor.control(locked_out=True)
    error = failure_of(lambda: crm.accounts(None, page.cursor))
    assert isinstance(error, AuthRevoked)
    assert (error.permanent, error.configuration, error.ambiguous) == (True, True, False)
    vendor.control(locked_out=False)
    seen = {one.id for one in page.items}
    while page.cursor:
        page = crm.accounts(None, page.cursor)
        seen |= {one.id for one in page.items}
    assert len(seen) == 2300


def test_a_token_that_ran_out_is_renewed_once_and_nobody_notices(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    vendor.control(end_tokens=True)
    write(crm, made.id)
    assert vendor.leads(LEAD.email)[0]["state"] == "accepted"
    assert len(vendor.requests("token")) == (2 if vendor.app.name == "salesforce" else 0)


def test_a_credential_refused_is_asked_for_at_most_twice(vendor: Vendor, crm: Crm) -> None:
    vendor.control(locked_out=True)
    failure_of(lambda: crm.accounts(None))
    assert len(vendor.requests()) <= 2


@pytest.mark.parametrize(
    "address", ["http://crm.example.test", "ftp://127.0.0.1/", "https://u:p@crm.test", "", "https://["]
)
def test_no_secret_goes_where_anybody_may_listen(connect: Callable[..., Crm], vendor: Vendor, address: str) -> None:
    crm = connect()
    object.__setattr__(crm, "base_url", address)
    if vendor.app.name == "salesforce":
        object.__setattr__(crm, "_link", Link(host=host(address), login=crm.login, share=0.8))
    error = failure_of(lambda: crm.accounts(None))
    assert (error.permanent, error.configuration) == (True, True)
    assert vendor.requests("read") == []


def test_a_private_address_has_to_be_allowed(connect: Callable[..., Crm], vendor: Vendor) -> None:
    with pytest.raises(VendorError, match=f"{vendor.app.name.upper()}_.*AIRTIGHT_PRIVATE_VENDORS") as failure:
        connect(private_allowed=False).accounts(None)
    assert (failure.value.permanent, failure.value.configuration) == (True, True)
    assert vendor.requests() == []


def test_a_public_name_that_leads_to_this_machine_is_not_called(
    connect: Callable[..., Crm], vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", urlsplit(vendor.url).port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [here])
    error = failure_of(lambda: connect(url="https://crm.vendor.test", private_allowed=False).accounts(None))
    monkeypatch.undo()
    assert "private network" in str(error)
    assert error.configuration
    assert vendor.requests() == []


def test_a_date_to_wait_for_is_understood(vendor: Vendor, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 25, 9, tzinfo=UTC)
    headers = {"Retry-After": format_datetime(now + timedelta(seconds=90), usegmt=True)}
    monkeypatch.setattr(vendor.book.clock, "now", lambda: now)
    monkeypatch.setattr(vendor.app, "carry_out", lambda request: Reply(status=503, headers=headers))
    assert failure_of(lambda: crm.accounts(None)).retry_after == 90.0


def test_no_secret_is_shown_or_logged(vendor: Vendor, crm: Crm, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        crm.upsert_lead(LEAD)
        vendor.control(locked_out=True)
        failure_of(lambda: crm.accounts(None))
    assert SECRET not in caplog.text + repr(crm)
    assert "00DSTANDIN!" not in caplog.text + repr(crm) + repr(crm.__dict__)


def test_an_answer_with_rows_of_another_form_is_trouble_and_no_crash(vendor: Vendor, crm: Crm) -> None:
    vendor.app.carry_out = lambda request: _odd(vendor, request)  # type: ignore[method-assign]
    for read in (crm.accounts, crm.leads, crm.opportunities):
        assert not failure_of(lambda read=read: read(None)).permanent


def _odd(vendor: Vendor, request: Any) -> Any:
    if vendor.app.operation(request) == "token":
        return json_reply({"access_token": "x"})
    return json_reply({"records": [7], "results": [None]})


def test_a_page_is_plain_data(vendor: Vendor, crm: Crm) -> None:
    vendor.book.add("account", name="Acme")
    page = crm.accounts(None)
    assert pickle.loads(pickle.dumps(page)) == page
