"""Every way to go wrong, with every vendor: a named error or a company without the nonsense, within the time given."""

import json
import math
import time
from typing import Any

import pytest

from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Pending
from revops.integrations.enrichment.server import QUEUED_SECONDS
from revops.integrations.errors import (
    AuthRevoked,
    BadAnswer,
    InvalidRequest,
    NotAllowed,
    QuotaExhausted,
    RateLimited,
    Unavailable,
    VendorError,
)
from revops.standins.enrichment.clearbit import RESET_SECONDS
from revops.standins.enrichment.misbehaving import FAULTS
from tests.integrations.enrichment.conftest import NAMES, SECRET, Case, make, only

DOMAIN = "northwind-robotics.example"
NO_ANSWER: list[tuple[str, dict[str, Any], type[VendorError]]] = [
    ("rate_limited", {}, RateLimited),
    ("no_credits", {}, QuotaExhausted),
    ("revoked", {"times": 2}, AuthRevoked),
    ("forbidden", {}, NotAllowed),
    ("server_error", {"status": 500}, Unavailable),
    ("server_error", {"status": 502}, Unavailable),
    ("server_error", {"status": 503}, Unavailable),
    ("server_error", {"status": 504}, Unavailable),
    ("server_error", {"status": 408}, Unavailable),
    ("server_error", {"status": 402}, QuotaExhausted),
    ("server_error", {"status": 404}, VendorError),
    ("server_error", {"status": 418}, InvalidRequest),
    ("server_error", {"status": 201}, BadAnswer),
    ("redirect", {}, VendorError),
    ("html", {}, BadAnswer),
    ("truncated", {}, BadAnswer),
    ("cut_short", {}, Unavailable),
    ("overlong", {}, BadAnswer),
    ("empty", {}, BadAnswer),
    ("latin1", {}, BadAnswer),
    ("list", {}, BadAnswer),
    ("echo", {}, InvalidRequest),
]
SPOILT = [
    "nan",
    "absurd_numbers",
    "numbers_as_text",
    "unknown_label",
    "wrong_types",
    "nulls",
    "missing_fields",
    "more_fields",
]
TIMED = {"slow", "drip"}
OF_THEIR_OWN = {"queued", "no_record"}
OF_MANY = {"reordered", "row_missing", "row_twice"}  # see test_many_at_once


def failure(case: Case, **options: Any) -> VendorError:
    with pytest.raises(VendorError) as caught:
        case.provider.company(domain=DOMAIN, **options)
    return caught.value


def company(case: Case) -> Firmographics:
    result = case.provider.company(domain=DOMAIN)
    assert isinstance(result, Match)
    return result.firmographics


def test_no_fault_is_left_out() -> None:
    assert set(FAULTS) == {fault for fault, *_ in NO_ANSWER} | set(SPOILT) | TIMED | OF_THEIR_OWN | OF_MANY


@pytest.mark.parametrize(("fault", "how", "kind"), NO_ANSWER, ids=str)
def test_each_failure_has_its_class(case: Case, fault: str, how: dict[str, Any], kind: type[VendorError]) -> None:
    case.misbehave(fault, **how)
    error = failure(case)
    assert type(error) is kind or (kind is VendorError and not error.ambiguous)
    assert error.permanent is (kind in {AuthRevoked, NotAllowed, InvalidRequest})
    assert not error.ambiguous
    assert SECRET not in f"{error}{error!r}{error.code}"
    assert len(str(error)) < 300
    assert len(case.requests("company")) == 1  # nothing was asked again behind the caller's back


@pytest.mark.parametrize("fault", ["html", "empty", "server_error"])
def test_it_works_again_when_the_vendor_does(case: Case, fault: str) -> None:
    case.misbehave(fault)
    failure(case)
    assert company(case).employee_count == 340


@pytest.mark.parametrize("fault", ["rate_limited", "no_credits"])
@pytest.mark.parametrize("seconds", [0, 7, 5400])
@pytest.mark.parametrize("as_date", [False, True])
def test_the_time_to_wait_is_passed_on(case: Case, fault: str, seconds: int, as_date: bool) -> None:
    case.misbehave(fault, retry_after=seconds, as_date=as_date)
    error = failure(case)
    assert error.retry_after is not None
    assert abs(error.retry_after - seconds) <= 1


@only("apollo", "zoominfo", "zoominfo_legacy", "hubspot")
def test_no_time_to_wait_is_made_up(case: Case) -> None:
    case.misbehave("rate_limited")
    assert failure(case).retry_after is None


@only("clearbit")
def test_clearbit_tells_the_time_in_a_header_of_its_own(case: Case) -> None:
    case.misbehave("rate_limited")
    error = failure(case)
    assert error.retry_after is not None
    assert abs(error.retry_after - RESET_SECONDS) <= 1


@pytest.mark.parametrize(("how", "seconds"), [({}, QUEUED_SECONDS), ({"retry_after": 120}, 120.0)])
def test_queued_is_neither_a_match_nor_an_error(case: Case, how: dict[str, Any], seconds: float) -> None:
    case.misbehave("queued", **how)
    assert case.provider.company(domain=DOMAIN) == Pending(seconds)


def test_an_answer_without_a_record(case: Case) -> None:
    """Apollo's way to say that it knows no such company; from the others no answer at all."""
    case.misbehave("no_record")
    if case.provider.NAME == "apollo":
        assert case.provider.company(domain=DOMAIN) == NoMatch()
    else:
        assert isinstance(failure(case), BadAnswer)


@pytest.mark.parametrize("fault", SPOILT)
def test_nonsense_is_left_out_and_the_rest_is_kept(case: Case, fault: str) -> None:
    case.misbehave(fault)
    found = company(case)
    assert found.company_name == "Northwind Robotics"
    assert found.employee_count in {None, 340}
    assert found.annual_revenue in {None, 51_000_000}
    assert found.founded is None or 1950 <= found.founded <= 2026
    for value in (found.industry, found.country, found.city, found.employee_range, found.linkedin_url):
        assert value is None or (isinstance(value, str) and value.isprintable())
    json.dumps(found.raw, allow_nan=False).encode("ascii")
    assert "\\u0000" not in json.dumps(found.raw)


@pytest.mark.parametrize("fault", ["nan", "absurd_numbers"])
def test_absurd_numbers_are_no_numbers(case: Case, fault: str) -> None:
    case.misbehave(fault)
    found = company(case)
    assert (found.employee_count, found.annual_revenue, found.founded) == (None, None, None)


def test_numbers_as_text_are_numbers(case: Case) -> None:
    case.misbehave("numbers_as_text")
    assert company(case).employee_count == 340


@only("zoominfo", "zoominfo_legacy", "clearbit")
def test_a_range_stands_in_for_a_count_that_is_absurd(case: Case) -> None:
    case.misbehave("absurd_numbers")
    assert company(case).employee_range in {"501-1000", "251-1000"}


@pytest.mark.parametrize("fault", sorted(TIMED))
def test_the_whole_call_ends_in_time(case: Case, fault: str) -> None:
    case.misbehave(fault, seconds=1.6) if fault == "slow" else case.misbehave(fault)
    began = time.monotonic()
    error = failure(case, seconds=0.4)
    assert time.monotonic() - began < 1.2
    assert type(error) is Unavailable


@only("zoominfo", "zoominfo_legacy")
@pytest.mark.parametrize("fault", sorted(TIMED))
def test_the_token_is_fetched_in_the_same_time(case: Case, fault: str) -> None:
    how = {"seconds": 1.6} if fault == "slow" else {}
    case.misbehave(fault, on="token", **how)
    began = time.monotonic()
    assert type(failure(case, seconds=0.4)) is Unavailable
    assert time.monotonic() - began < 1.2


def test_no_time_is_no_call(case: Case) -> None:
    assert type(failure(case, seconds=0.0)) is Unavailable
    assert case.requests() == []


@only("zoominfo", "zoominfo_legacy")
@pytest.mark.parametrize(
    ("fault", "kind"),
    [("revoked", AuthRevoked), ("html", BadAnswer), ("no_record", BadAnswer), ("server_error", Unavailable)],
)
def test_a_token_that_is_not_given(case: Case, fault: str, kind: type[VendorError]) -> None:
    case.misbehave(fault, on="token")
    assert type(failure(case)) is kind
    assert case.requests("company") == []


@pytest.mark.parametrize("fault", ["revoked", "forbidden", "html", "server_error", "echo"])
def test_the_check_fails_by_name_too(case: Case, fault: str) -> None:
    case.misbehave(fault, on="any", times=0)
    if (case.provider.NAME, fault) == ("apollo", "forbidden"):
        return  # a scope that leaves out the credits: see test_providers
    with pytest.raises(VendorError) as caught:
        case.provider.check()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("secret", ["with\nnewline-in-it", "naïve-ключ-密钥", "lone-\udcff-surrogate"])
def test_a_credential_that_no_header_can_hold(name: str, secret: str) -> None:
    provider = make(name, "http://127.0.0.1:9")
    for setting in ("api_key", "client_secret", "password", "access_token"):
        if hasattr(provider, setting):
            setattr(provider, setting, secret)
    with pytest.raises(VendorError) as caught:
        provider.company(domain=DOMAIN)
    assert secret not in str(caught.value)
    assert "newline-in-it" not in str(caught.value)


def test_what_is_logged_holds_no_secret(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    case.misbehave("echo")
    failure(case)
    company(case)
    assert SECRET not in caplog.text


def test_numbers_stay_finite(case: Case) -> None:
    for fault in ("nan", "absurd_numbers"):
        case.misbehave(fault)
        found = company(case)
        assert all(math.isfinite(value) for value in vars(found).values() if isinstance(value, float))
