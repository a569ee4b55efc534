"""What is Salesforce's alone: its two ways to sign in, its limits, and what not every org has."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from revops.integrations.crm import calling
from revops.integrations.crm.port import Crm
from revops.integrations.crm.salesforce import Salesforce
from revops.integrations.crm.salesforce_login import ClientCredentials, JwtBearer
from revops.integrations.errors import AuthRevoked, Conflict, QuotaExhausted, VendorError
from revops.standins.web import Reply, json_reply
from tests.integrations.crm.conftest import LEAD, SECRET, People, Vendor, pull

pytestmark = pytest.mark.parametrize("vendor", ["salesforce"], indirect=True)


def pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_a_key_signs_in_place_of_a_secret(
    vendor: Vendor, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    send = calling.send
    monkeypatch.setattr(calling, "send", lambda *args, **said: (sent.append(said["body"]), send(*args, **said))[1])
    login = JwtBearer(f"{vendor.url}/", "airtight", "robot@acme.test", pem(key).replace("\n", "\\n"))
    vendor.book.add("account", name="Acme")
    assert len(pull(Salesforce(vendor.url, login, private_allowed=True).accounts).items) == 1
    form = parse_qs(sent[0].decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    header, claims, signature = form["assertion"][0].split(".")
    key.public_key().verify(unpadded(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())
    said = json.loads(unpadded(claims))
    assert (said["iss"], said["sub"], said["aud"]) == ("airtight", "robot@acme.test", vendor.url)


def unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize("text", ["", "not a key", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_said_by_the_settings_name(vendor: Vendor, text: str) -> None:
    with pytest.raises(VendorError, match="SALESFORCE_PRIVATE_KEY") as failure:
        Salesforce(
            vendor.url, JwtBearer(vendor.url, "airtight", "robot@acme.test", text), private_allowed=True
        ).accounts(None)
    assert (failure.value.permanent, failure.value.configuration) == (True, True)


def test_a_key_of_another_kind_is_refused(vendor: Vendor) -> None:
    login = JwtBearer(vendor.url, "airtight", "robot@acme.test", pem(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(VendorError, match="RSA"):
        Salesforce(vendor.url, login, private_allowed=True).accounts(None)
    assert "BEGIN" not in repr(login)


def test_client_credentials_ask_for_my_domain(vendor: Vendor) -> None:
    login = ClientCredentials("https://login.salesforce.com", "airtight", SECRET)
    with pytest.raises(VendorError, match="My Domain"):
        Salesforce(vendor.url, login, private_allowed=True).accounts(None)


def test_a_wrong_secret_is_said_without_saying_it(vendor: Vendor) -> None:
    login = ClientCredentials(vendor.url, "airtight", "wrong-secret")
    with pytest.raises(AuthRevoked, match="invalid_client") as failure:
        Salesforce(vendor.url, login, private_allowed=True).accounts(None)
    assert "wrong-secret" not in str(failure.value)


@pytest.mark.parametrize("fault", [{"status": 500}, {"truncated": True}, {"html": True}, {"status": 429}])
def test_trouble_at_the_sign_in_means_that_nothing_was_written(vendor: Vendor, crm: Crm, fault: dict[str, Any]) -> None:
    vendor.fail({"method": "token", **fault})
    with pytest.raises(VendorError) as failure:
        crm.upsert_lead(LEAD)
    assert (failure.value.permanent, failure.value.ambiguous) == (False, False)
    assert crm.upsert_lead(LEAD).created


def test_one_token_serves_many_calls(vendor: Vendor, crm: Crm) -> None:
    for _ in range(3):
        crm.accounts(None)
    assert len(vendor.requests("token")) == 1


def test_reading_leaves_a_share_of_the_days_calls_to_others(vendor: Vendor, crm: Crm) -> None:
    made = crm.upsert_lead(LEAD)
    vendor.control(usage=[80_000, 100_000])
    crm.accounts(None)
    asked = len(vendor.requests())
    with pytest.raises(QuotaExhausted, match="80%") as failure:
        crm.accounts(None)
    assert 3500 < (failure.value.retry_after or 0) <= 3600
    assert len(vendor.requests()) == asked
    assert made.created


def test_fields_that_not_every_org_has_are_left_out(vendor: Vendor, crm: Crm) -> None:
    vendor.book.add("account", name="Acme", currency="EUR", person=True)
    vendor.book.add("opportunity", name="Deal", stage="Closed Lost", loss_reason="Price")
    vendor.control(hidden_fields=["IsPersonAccount", "CurrencyIsoCode", "Loss_Reason__c", "EmailMessage"])
    (account,), (deal,) = pull(crm.accounts).items, pull(crm.opportunities).items
    assert (account.name, account.currency, account.person) == ("Acme", "", False)
    assert (deal.is_closed, deal.loss_reason) == (True, "")
    lead = vendor.book.add("lead", email="jim@acme.test")
    vendor.act(do="log", id=lead.number, what="mail")
    assert [one.kind for one in pull(crm.activities).items] == ["mail"]


def test_a_person_account_says_so(vendor: Vendor, crm: Crm) -> None:
    vendor.book.add("account", name="Jim O'Brien", person=True)
    assert pull(crm.accounts).items[0].person


def test_owner_changes_ask_for_no_assignment_rules(vendor: Vendor, crm: Crm, people: People) -> None:
    crm.upsert_lead(LEAD)
    assert {one["headers"].get("sforce-auto-assign") for one in vendor.requests("write")} == {"FALSE"}


def test_an_external_id_that_is_not_unique_is_a_conflict(
    vendor: Vendor, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email in ("a@acme.test", "b@acme.test"):
        vendor.book.add("lead", email=email, external_id=LEAD.external_id)
    monkeypatch.setattr(Salesforce, "_find", lambda *_: None)
    with pytest.raises(Conflict, match="several leads") as failure:
        crm.upsert_lead(LEAD)
    assert failure.value.permanent


def test_one_that_somebody_made_meanwhile_is_taken(vendor: Vendor, crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = vendor.book.add("lead", email=LEAD.email, last_name="O'Brien", company="Acme")
    look: Callable[..., Any] = Salesforce._find
    looks: list[Any] = [lambda *_: None, look]
    monkeypatch.setattr(Salesforce, "_find", lambda *asked: looks.pop(0)(*asked))
    assert not crm.upsert_lead(LEAD).created
    assert lead["external_id"] == LEAD.external_id


def test_the_version_is_a_setting(vendor: Vendor) -> None:
    crm = Salesforce(
        vendor.url, ClientCredentials(vendor.url, "airtight", SECRET), version="67.0", private_allowed=True
    )
    crm.accounts(None)
    assert vendor.requests("read")[0]["path"] == "/services/data/v67.0/query"


def test_no_token_goes_to_where_a_cursor_points(vendor: Vendor, crm: Crm) -> None:
    cursor = json.dumps(
        {"part": 0, "after": "@evil.test/services/data/v66.0/query/x", "until": "2026-11-25T00:00:00+00:00"}
    )
    with pytest.raises(VendorError) as failure:
        crm.accounts(None, cursor)
    assert failure.value.code == "stale_cursor"
    assert vendor.requests() == []


def test_a_query_that_ended_there_begins_again(vendor: Vendor, crm: Crm) -> None:
    cursor = json.dumps(
        {"part": 0, "after": "/services/data/v66.0/query/01gGONE-2000", "until": "2026-11-25T00:00:00+00:00"}
    )
    with pytest.raises(VendorError) as failure:
        crm.accounts(None, cursor)
    assert failure.value.code == "stale_cursor"


@pytest.mark.parametrize("following", [{"done": False}, {"done": False, "nextRecordsUrl": "https://evil.test/x"}, {}])
def test_an_answer_that_stops_short_is_no_end(vendor: Vendor, crm: Crm, following: dict[str, Any]) -> None:
    answer = vendor.app.carry_out

    def short(request: Any) -> Reply:
        token = vendor.app.operation(request) == "token"
        return answer(request) if token else json_reply({"records": [], **following})

    vendor.app.carry_out = short  # type: ignore[method-assign]
    for read in (lambda: crm.accounts(None), crm.users):
        with pytest.raises(VendorError, match="where it goes on"):
            read()
