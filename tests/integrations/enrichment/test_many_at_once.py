"""Several companies in one call: each gets its own answer, wherever its row stands, and a bad one spoils no other."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from revops.integrations.enrichment.apollo import MOST as APOLLO_MOST
from revops.integrations.enrichment.apollo import Apollo
from revops.integrations.enrichment.firmographics import Match, NoMatch, Pending, Result
from revops.integrations.enrichment.zoominfo import ZoomInfo
from revops.integrations.enrichment.zoominfo_company import MOST as ZOOMINFO_MOST
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
from revops.standins.web import Reply, Request, json_reply
from tests.integrations.enrichment.conftest import SECRET, Case, only

SEVERAL = ["northwind-robotics.example", "quarry.example", "nobody.example", "lumenledger.example"]
KNOWN = [domain for domain in SEVERAL if domain != "nobody.example"]
many = only("apollo", "zoominfo", "zoominfo_legacy")


def ask(case: Case, domains: list[str] = SEVERAL, **options: Any) -> dict[str, Result | VendorError]:
    return case.provider.companies(domains, **options)


def domains_of(told: dict[str, Result | VendorError]) -> dict[str, str | None]:
    """Which company each domain was told about."""
    return {asked: one.firmographics.domain for asked, one in told.items() if isinstance(one, Match)}


def answers_with(case: Case, monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], None]) -> None:
    """The vendor's answers to calls about several companies, changed."""
    original = case.vendor.carry_out

    def carry_out(request: Request) -> Reply:
        reply = original(request)
        said = json.loads(reply.body)
        if reply.status != 200 or case.vendor.kind_of(request.path) != "company" or "organization" in said:
            return reply
        change(case.vendor.rows(said))
        return replace(reply, body=json.dumps(said).encode())

    monkeypatch.setattr(case.vendor, "carry_out", carry_out)


def test_each_company_gets_its_own_answer(case: Case) -> None:
    told = ask(case)
    assert list(told) == SEVERAL
    assert domains_of(told) == {domain: domain for domain in KNOWN}
    assert told["nobody.example"] == NoMatch()
    alone = case.provider.company(domain="quarry.example")
    assert isinstance(alone, Match)
    batched = told["quarry.example"]
    assert isinstance(batched, Match)
    said = replace(batched.firmographics, provider_id="", as_of=None, raw={})
    assert said == replace(alone.firmographics, provider_id="", as_of=None, raw={})


@many
def test_they_are_one_call_by_the_contract(case: Case) -> None:
    ask(case)
    [request] = case.requests("company")
    assert (request["breaches"], request["status"]) == ([], 200)


@many
def test_the_answer_is_by_the_contract(case: Case) -> None:
    heard: list[tuple[Request, Reply]] = []
    original = case.app._answer
    case.app._answer = lambda request: heard.append((request, original(request))) or heard[-1][1]  # type: ignore[method-assign]
    ask(case)
    for fault in ("revoked", "forbidden", "rate_limited", "no_credits"):
        case.misbehave(fault, times=2)
        ask(case)
        case.control(behave=True)
    for request, reply in heard:
        if not request.path.startswith("/__"):
            told = {"status": reply.status, "content_type": reply.content_type, "body": reply.body}
            assert case.vendor.contract.answer_breaches(request, **told) == [], request.path


@only("clearbit", "hubspot")
def test_where_there_is_no_such_call_they_are_asked_about_one_by_one(case: Case) -> None:
    ask(case)
    assert case.provider.most == 1
    assert len(case.requests("company")) == len(SEVERAL)


@only("apollo")
def test_one_alone_is_asked_about_by_the_single_call(case: Case) -> None:
    ask(case, ["quarry.example"])
    [request] = case.requests("company")
    assert request["method"] == "GET"


@many
def test_as_many_as_the_vendor_takes(case: Case) -> None:
    assert case.provider.most == (APOLLO_MOST if case.provider.NAME == "apollo" else ZOOMINFO_MOST)
    domains = [f"a{number}.example" for number in range(case.provider.most)]
    assert domains_of(ask(case, domains)) == {domain: domain for domain in domains}
    assert len(case.requests("company")) == 1


@many
@pytest.mark.parametrize("fault", ["reordered", "row_twice"])
def test_rows_out_of_order_and_twice(case: Case, fault: str) -> None:
    case.misbehave(fault)
    assert domains_of(ask(case)) == {domain: domain for domain in KNOWN}
    assert len(case.requests("company")) == 1


@many
def test_a_row_that_is_missing_is_a_company_nobody_knows(case: Case) -> None:
    case.misbehave("row_missing")
    told = ask(case, KNOWN)
    unknown = [domain for domain in KNOWN if told[domain] == NoMatch()]
    assert len(unknown) == 1
    assert domains_of(told) == {domain: domain for domain in KNOWN if domain not in unknown}


@many
@pytest.mark.parametrize("wrong", [None, "text", 7, [], {}, {"id": None}, {"meta": {"input": 3}}])
def test_a_row_that_is_nonsense_spoils_no_other(case: Case, monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    answers_with(case, monkeypatch, lambda rows: rows.insert(1, wrong))
    assert domains_of(ask(case)) == {domain: domain for domain in KNOWN}
    assert len(case.requests("company")) == 1


@only("apollo")
def test_a_company_that_has_moved_is_asked_about_alone(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row names another domain: it cannot be told whose it is, and must not be taken for an unknown company."""

    def move(rows: list[Any]) -> None:
        for row in rows:
            if row["primary_domain"] == "quarry.example":
                row |= {"primary_domain": "newquarry.example", "website_url": None}

    answers_with(case, monkeypatch, move)
    told = ask(case)
    assert domains_of(told) == {domain: domain for domain in KNOWN}
    assert told["nobody.example"] == NoMatch()
    assert [request["method"] for request in case.requests("company")] == ["POST", "GET", "GET"]


FAILURES: list[tuple[str, dict[str, Any], type[VendorError]]] = [
    ("rate_limited", {"retry_after": 7}, RateLimited),
    ("no_credits", {}, QuotaExhausted),
    ("revoked", {"times": 2}, AuthRevoked),
    ("server_error", {"status": 503}, Unavailable),
    ("html", {}, BadAnswer),
    ("truncated", {}, BadAnswer),
    ("empty", {}, BadAnswer),
    ("list", {}, BadAnswer),
    ("no_record", {}, BadAnswer),
    ("cut_short", {}, Unavailable),
]


@many
@pytest.mark.parametrize(("fault", "how", "kind"), FAILURES, ids=str)
def test_a_call_that_fails_as_a_whole_is_one_failure(
    case: Case, fault: str, how: dict[str, Any], kind: type[VendorError]
) -> None:
    case.misbehave(fault, **how)
    told = ask(case)
    assert [type(told[domain]) for domain in SEVERAL] == [kind] * len(SEVERAL)
    assert len(set(map(id, told.values()))) == 1
    assert SECRET not in str(told)
    assert len(case.requests("company")) == 1


@many
@pytest.mark.parametrize("fault", ["slow", "drip"])
def test_the_whole_call_ends_in_time(case: Case, fault: str) -> None:
    case.misbehave(fault, **({"seconds": 1.6} if fault == "slow" else {}))
    began = time.monotonic()
    told = ask(case, seconds=0.4)
    assert time.monotonic() - began < 1.2
    assert {type(one) for one in told.values()} == {Unavailable}


def test_no_time_is_no_call(case: Case) -> None:
    assert {type(one) for one in ask(case, seconds=0.0).values()} == {Unavailable}
    assert case.requests() == []


@many
def test_queued_is_queued_for_all(case: Case) -> None:
    case.misbehave("queued", retry_after=120)
    assert set(ask(case).values()) == {Pending(120.0)}


@only("apollo")
@pytest.mark.parametrize("code", ["RECORD_LIMIT_EXCEEDED", "INVALID_REQUEST"])
def test_a_call_that_apollo_refuses_is_made_one_by_one(case: Case, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    refusal = json_reply({"status": "failed", "error_code": code, "error_message": "no"}, status=400)
    monkeypatch.setattr(case.vendor, "_bulk", lambda domains: refusal)
    assert domains_of(ask(case)) == {domain: domain for domain in KNOWN}
    assert [request["method"] for request in case.requests("company")] == ["POST", *["GET"] * len(SEVERAL)]


@only("apollo")
def test_more_than_ten_are_refused_by_the_stand_in(case: Case) -> None:
    assert isinstance(case.provider, Apollo)
    with pytest.raises(InvalidRequest, match="RECORD_LIMIT_EXCEEDED"):
        case.provider._in_one_call([f"a{number}.example" for number in range(11)], case.provider._deadline(5))


@only("apollo")
def test_a_key_that_may_not_ask_about_many_asks_about_one(case: Case) -> None:
    case.misbehave("forbidden")
    assert domains_of(ask(case)) == {domain: domain for domain in KNOWN}
    assert case.provider.most == 1
    asked = len(case.requests("company"))
    ask(case, KNOWN)
    assert [request["method"] for request in case.requests("company")[asked:]] == ["GET"] * len(KNOWN)


@only("zoominfo", "zoominfo_legacy")
def test_a_key_that_may_ask_nothing_is_asked_with_once(case: Case) -> None:
    case.misbehave("forbidden", times=0)
    told = ask(case)
    assert {type(one) for one in told.values()} == {NotAllowed}
    assert len(case.requests("company")) == 1


@only("clearbit", "hubspot")
def test_one_by_one_ends_with_the_first_that_is_not_the_companys_own(case: Case) -> None:
    case.misbehave("html")
    case.misbehave("rate_limited", times=0)
    told = ask(case)
    assert [type(told[domain]) for domain in SEVERAL] == [BadAnswer, RateLimited, RateLimited, RateLimited]
    assert len(case.requests("company")) == 2


@only("zoominfo", "zoominfo_legacy")
@pytest.mark.parametrize(
    ("status", "kind"), [("LIMIT_EXCEEDED", QuotaExhausted), ("INVALID_INPUT", InvalidRequest), ("NEW", NoMatch)]
)
def test_a_row_that_fails_spoils_no_other(
    case: Case, monkeypatch: pytest.MonkeyPatch, status: str, kind: type[Exception]
) -> None:
    def spoil(rows: list[Any]) -> None:
        row = rows[1]
        row.get("meta", row)["matchStatus"] = status
        row |= {"type": "NoMatch", "data": []}

    answers_with(case, monkeypatch, spoil)
    told = ask(case)
    assert type(told["quarry.example"]) is kind
    assert domains_of(told) == {domain: domain for domain in KNOWN if domain != "quarry.example"}
    assert told["nobody.example"] == NoMatch()


@only("zoominfo")
def test_with_technologies_each_takes_a_call_of_its_own(case: Case) -> None:
    assert isinstance(case.provider, ZoomInfo)
    case.provider.technologies = True
    assert case.provider.most == 1
    told = ask(case, KNOWN)
    assert all(isinstance(one, Match) and one.firmographics.tech_stack for one in told.values())


@only("zoominfo")
def test_a_field_that_the_package_leaves_out_costs_one_call_more(case: Case) -> None:
    case.vendor.not_allowed = {"sicCodes"}  # type: ignore[attr-defined]
    assert domains_of(ask(case)) == {domain: domain for domain in KNOWN}
    assert len(case.requests("company")) == 2
