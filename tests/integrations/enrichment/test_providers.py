"""The same promises, kept by every provider."""

import socket
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from revops.demo.accounts import ACCOUNTS
from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Standing, Tech
from revops.integrations.enrichment.providers import PROVIDERS, connected
from revops.integrations.enrichment.ranges import band_of
from revops.integrations.enrichment.zoominfo import ZoomInfo
from revops.integrations.errors import AuthRevoked, QuotaExhausted, VendorError
from revops.standins.companies import UNKNOWN, company_at
from revops.standins.contracts import Contract
from revops.standins.hubspot import searching
from revops.standins.web import Request
from tests.integrations.enrichment.conftest import NAMES, SECRET, Case, make, only

DOMAIN = "northwind-robotics.example"


def found(case: Case, domain: str = DOMAIN) -> Firmographics:
    result = case.provider.company(domain=domain)
    assert isinstance(result, Match)
    return result.firmographics


@pytest.mark.parametrize("domain", [DOMAIN, "quarry.example", "some-other-company.com"])
def test_a_company_is_found(case: Case, domain: str) -> None:
    known = company_at(domain)
    assert known is not None
    company = found(case, domain)
    assert company.provider == case.provider.NAME
    assert company.provider_id
    assert (company.company_name, company.domain) == (known.name, domain)
    assert (company.employee_count, company.employee_range) == (known.people, band_of(known.people))
    assert company.industry is not None
    assert company.industry.lower() == known.industry[0].lower()
    assert company.country in {known.country, known.place[0]}
    assert company.city == known.place[3]
    assert company.annual_revenue is not None
    assert abs(company.annual_revenue - known.revenue) < 1000  # ZoomInfo counts in thousands
    assert company.founded == known.founded
    assert company.linkedin_url is not None
    assert company.linkedin_url.endswith(f"www.linkedin.com/company/{known.slug}")
    assert not company.is_free_email_domain


def test_the_demo_companies_are_known(case: Case) -> None:
    name, domain, *_, people, _ = ACCOUNTS[3]
    company = found(case, domain)
    assert (company.company_name, company.employee_count) == (name, people)


def test_each_request_is_by_the_contract(case: Case) -> None:
    found(case)
    case.provider.check()
    assert case.requests("company")
    for request in case.requests():
        assert (request["breaches"], request["status"]) == ([], 200)


def test_each_answer_of_the_stand_in_is_by_the_contract(case: Case) -> None:
    """What is told to the adapters in tests is what the contract says they will be told."""
    heard: list[tuple[Request, Any]] = []
    original = case.app._answer
    case.app._answer = lambda request: heard.append((request, original(request))) or heard[-1][1]  # type: ignore[method-assign]
    found(case)
    assert case.provider.company(domain="nobody.example") == NoMatch()
    case.provider.check()
    for fault in ("revoked", "forbidden", "rate_limited", "no_credits"):
        case.misbehave(fault, times=2)
        with pytest.raises(VendorError):
            case.provider.company(domain=DOMAIN)
        case.control(behave=True)
    for request, reply in heard:
        if not request.path.startswith("/__"):
            told = {"status": reply.status, "content_type": reply.content_type, "body": reply.body}
            assert case.vendor.contract.answer_breaches(request, **told) == [], request.path


@pytest.mark.parametrize("domain", sorted(UNKNOWN))
def test_a_company_nobody_knows(case: Case, domain: str) -> None:
    assert case.provider.company(domain=domain) == NoMatch()


def test_one_call_for_one_company(case: Case) -> None:
    found(case)
    assert len(case.requests("company")) == 1


def test_what_is_raw_is_json_and_not_the_customers_own_data(case: Case) -> None:
    raw = found(case).raw
    assert raw
    assert "account" not in raw
    assert SECRET not in str(raw)


def test_a_good_credential_passes_the_check(case: Case) -> None:
    case.control(credits=7)
    left = {"apollo": 7, "zoominfo": 7, "zoominfo_legacy": 7}.get(case.provider.NAME)
    assert case.provider.check() == Standing(credits_left=left)


def test_a_revoked_credential_is_found_by_the_check_and_by_the_call(case: Case) -> None:
    case.control(revoked=True)
    for ask in (case.provider.check, lambda: case.provider.company(domain=DOMAIN)):
        with pytest.raises(AuthRevoked) as caught:
            ask()
        assert (caught.value.permanent, caught.value.configuration) == (True, True)
        assert all(setting in str(caught.value) for setting in case.provider.CREDENTIALS.values())
    assert len(case.requests("company")) <= 2  # a revoked key is not tried over and over


@only("apollo", "zoominfo", "zoominfo_legacy", "clearbit")
def test_the_last_credit_and_the_one_after_it(case: Case) -> None:
    case.control(credits=1)
    found(case)
    with pytest.raises(QuotaExhausted) as caught:
        found(case, "quarry.example")
    assert not caught.value.permanent


@only("apollo")
def test_a_key_whose_scope_leaves_out_its_credits_works_all_the_same(case: Case) -> None:
    case.misbehave("forbidden", on="check")
    assert case.provider.check() == Standing(credits_left=None)


@only("zoominfo", "zoominfo_legacy")
def test_a_token_is_kept(case: Case) -> None:
    found(case)
    found(case, "quarry.example")
    assert len(case.requests("token")) == 1


@only("zoominfo", "zoominfo_legacy")
def test_a_token_that_has_expired_is_replaced_once(case: Case) -> None:
    found(case)
    case.control(expire_tokens=True)
    found(case)
    assert len(case.requests("token")) == 2
    assert len(case.requests("company")) == 3


@only("zoominfo", "zoominfo_legacy")
def test_a_new_token_that_is_refused_is_not_replaced_again(case: Case) -> None:
    case.misbehave("revoked", times=0)
    with pytest.raises(AuthRevoked):
        found(case)
    assert len(case.requests("token")) == 1
    assert len(case.requests("company")) == 1


@only("zoominfo")
def test_a_field_that_the_package_leaves_out_is_dropped_and_not_asked_for_again(case: Case) -> None:
    case.vendor.not_allowed = {"sicCodes"}  # type: ignore[attr-defined]
    assert found(case).employee_count == 340
    assert len(case.requests("company")) == 2
    found(case, "quarry.example")
    assert len(case.requests("company")) == 3
    assert "sicCodes" not in case.requests("company")[-1]["asked"]["data"]["attributes"]["outputFields"]


@only("zoominfo")
def test_technologies_are_asked_for_when_they_are_wanted(case: Case) -> None:
    assert found(case).tech_stack == ()
    assert isinstance(case.provider, ZoomInfo)
    case.provider.technologies = True
    known = company_at(DOMAIN)
    assert known is not None
    assert [tech.name for tech in found(case).tech_stack] == [name for name, *_ in known.technologies]


@only("zoominfo")
def test_a_company_is_not_lost_with_its_technologies(case: Case) -> None:
    assert isinstance(case.provider, ZoomInfo)
    case.provider.technologies = True
    case.misbehave("server_error", on="other")
    assert found(case).employee_count == 340


@only("apollo", "zoominfo_legacy")
def test_technologies_come_with_their_category(case: Case) -> None:
    company = found(case)
    assert company.tech_stack
    assert all(tech.category for tech in company.tech_stack)


@only("clearbit", "hubspot")
def test_technologies_are_names_alone(case: Case) -> None:
    assert found(case).tech_stack
    assert all(tech == Tech(tech.name) for tech in found(case).tech_stack)


@only("clearbit")
def test_a_free_mail_provider_is_told(case: Case) -> None:
    assert found(case, "gmail.com").is_free_email_domain


@only("clearbit")
def test_a_wrong_address_is_not_taken_for_an_unknown_company(case: Case) -> None:
    case.provider.base_url = f"{case.url}/v1"  # type: ignore[attr-defined]
    with pytest.raises(VendorError, match="CLEARBIT_BASE_URL") as caught:
        found(case)
    assert caught.value.configuration


@only("hubspot")
def test_a_look_alike_is_no_match(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    other = company_at("not-northwind-robotics.example")
    monkeypatch.setattr(case.vendor, "company", lambda domain: other)
    monkeypatch.setattr(searching, "_matches", lambda *asked: True)
    assert case.provider.company(domain=DOMAIN) == NoMatch()


@only("zoominfo")
def test_the_row_that_repeats_our_question_is_ours(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    original = case.vendor._enrich  # type: ignore[attr-defined]
    stranger = {"companyWebsite": "quarry.example"}
    monkeypatch.setattr(case.vendor, "_enrich", lambda inputs, fields: original([stranger, *inputs], fields))
    assert found(case).company_name == "Northwind Robotics"
    monkeypatch.setattr(case.vendor, "_enrich", lambda inputs, fields: original([stranger], fields))
    assert case.provider.company(domain=DOMAIN) == NoMatch()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("base", ["http://api.vendor.test", "https://10.0.0.1", "ftp://x.test", "", "https://a@b.test"])
def test_a_base_url_that_must_not_be_called_is_a_matter_of_configuration(name: str, base: str) -> None:
    provider = make(name, base, private_allowed=False)
    with pytest.raises(VendorError) as caught:
        provider.company(domain=DOMAIN)
    assert caught.value.configuration
    assert "_URL" in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_stand_in_needs_private_addresses_to_be_allowed(name: str) -> None:
    provider = make(name, "http://127.0.0.1:9", private_allowed=False)
    with pytest.raises(VendorError, match="AIRTIGHT_PRIVATE_VENDORS") as caught:
        provider.company(domain=DOMAIN)
    assert caught.value.configuration


def test_a_public_name_that_leads_to_this_machine_is_not_called(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", urlsplit(case.url).port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [here])
    provider = make(case.provider.NAME, "https://api.vendor.test", private_allowed=False)
    with pytest.raises(VendorError, match="private network") as caught:
        provider.company(domain=DOMAIN)
    monkeypatch.undo()
    assert caught.value.configuration
    assert case.requests() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_is_made_from_settings(name: str) -> None:
    kind = PROVIDERS[name]
    settings: dict[str, object] = {"ENRICHMENT_TIMEOUT": 4.0, "AIRTIGHT_PRIVATE_VENDORS": True}
    settings |= dict.fromkeys(kind.OPTIONS.values(), "https://x.test")
    assert connected(name, SimpleNamespace(**settings, **dict.fromkeys(kind.CREDENTIALS.values(), ""))) is None
    provider = connected(name, SimpleNamespace(**settings, **dict.fromkeys(kind.CREDENTIALS.values(), SECRET)))
    assert type(provider) is kind
    assert provider.seconds == 4.0  # type: ignore[attr-defined]
    assert SECRET not in repr(provider).replace("client_id='" + SECRET, "").replace("username='" + SECRET, "")


@pytest.mark.parametrize("name", ["apollo", "clearbit", "hubspot", "salesforce", "zoominfo"])
def test_a_contract_refuses_what_it_does_not_know(name: str) -> None:
    contract = Contract.read(name)
    request = Request("GET", "/nowhere", {}, "", "", b"")
    assert contract.request_breaches(request) == ["there is no GET /nowhere"]


@pytest.mark.parametrize("technologies", [False, True])
def test_what_the_company_runs_costs_a_second_credit(technologies: bool) -> None:
    provider = make("zoominfo", "http://127.0.0.1:9", private_allowed=True)
    provider.technologies = technologies  # type: ignore[attr-defined]
    assert provider.credits == (2 if technologies else 1)
