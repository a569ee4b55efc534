"""`POST signals/`, and the features that bring leads back."""

from typing import Any

import pytest

from leads.models import IntentSignal
from recycle.models import Feature
from routing.models import SignalKind
from tests.api.conftest import Api, is_problem
from tests.world import DAY, HOUR, check_law


def test_a_signal_is_kept_once(api: Api) -> None:
    body = {"email": "Jo+x@Acme.test", "kind": "page_view", "points": 10, "dedupe_id": "v-1"}
    first = api.post("signals/", api.system, body)
    assert (first.status_code, first.json()) == (201, {"duplicate": False, "known_kind": False})
    api.world.now += HOUR
    again = api.post("signals/", api.system, body)
    assert (again.status_code, again.json()) == (200, {"duplicate": True, "known_kind": False})
    kept = IntentSignal.objects.get()
    assert (kept.person_key, kept.points, kept.occurred_at) == ("jo@acme.test", 10, api.world.now - HOUR)


@pytest.mark.parametrize(("kind", "known"), [("pricing_visit", True), ("pricing_page", False), ("demo", True)])
def test_a_kind_that_nothing_names_is_told(api: Api, kind: str, known: bool) -> None:
    SignalKind.objects.create(name="demo", points=20)
    answer = api.post("signals/", api.system, {"email": "jo@acme.test", "kind": kind})
    assert (answer.status_code, answer.json()["known_kind"]) == (201, known)


def test_a_signal_of_a_company(api: Api) -> None:
    at = (api.world.now - DAY).isoformat()
    body = {"domain": "https://www.acme.co.uk/pricing", "kind": "g2.compare", "occurred_at": at}
    assert api.post("signals/", api.system, body).status_code == 201
    kept = IntentSignal.objects.get()
    assert (kept.domain, kept.points, kept.occurred_at) == ("acme.co.uk", 0, api.world.now - DAY)


def test_a_pricing_visit_brings_back_who_had_no_budget(api: Api) -> None:
    lead = api.world.recycle(api.world.to_state("assigned"), "budget")
    api.world.now += DAY
    assert api.post("signals/", api.system, {"email": lead.email, "kind": "pricing_visit"}).status_code == 201
    assert api.world.again(lead).state == "buffer"
    check_law()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "view"}, "email"),
        ({"email": "jo@acme.test", "domain": "acme.test", "kind": "view"}, "email"),
        ({"email": "nobody", "kind": "view"}, "email"),
        ({"domain": "nowhere", "kind": "view"}, "domain"),
        ({"domain": "gmail.com", "kind": "view"}, "domain"),
        ({"email": "jo@acme.test"}, "kind"),
        ({"email": "jo@acme.test", "kind": "Page View"}, "kind"),
        ({"email": "jo@acme.test", "kind": 7}, "kind"),
        ({"email": "jo@acme.test", "kind": "v" * 61}, "kind"),
        ({"email": "jo@acme.test", "kind": "view", "points": 101}, "points"),
        ({"email": "jo@acme.test", "kind": "view", "points": -101}, "points"),
        ({"email": "jo@acme.test", "kind": "view", "points": "10"}, "points"),
        ({"email": "jo@acme.test", "kind": "view", "points": True}, "points"),
        ({"email": "jo@acme.test", "kind": "view", "points": 1.5}, "points"),
        ({"email": "jo@acme.test", "kind": "view", "points": 10**400}, "points"),
        ({"email": "jo@acme.test", "kind": "view", "occurred_at": "2030-01-01T00:00:00Z"}, "occurred_at"),
        ({"email": "jo@acme.test", "kind": "view", "occurred_at": "1969-12-31T00:00:00Z"}, "occurred_at"),
        ({"email": "jo@acme.test", "kind": "view", "occurred_at": 1e20}, "occurred_at"),
        ({"email": "jo@acme.test", "kind": "view", "occurred_at": ""}, "occurred_at"),
        ({"email": "jo@acme.test", "kind": "view", "dedupe_id": "x" * 201}, "dedupe_id"),
        ({"email": "jo@acme.test", "kind": "view", "lead": 1}, "lead"),
    ],
)
def test_a_bad_signal(api: Api, body: dict[str, Any], field: str) -> None:
    assert is_problem(api.post("signals/", api.system, body), 400)["errors"][field]
    assert IntentSignal.objects.count() == 0


@pytest.mark.parametrize(("name", "status"), [("revops", 201), ("mate", 403), ("manager", 403), ("anonymous", 401)])
def test_who_may_send(api: Api, name: str, status: int) -> None:
    body = {"email": "jo@acme.test", "kind": "view"}
    assert api.post("signals/", api.user(name), body).status_code == status


def test_a_feature_ships_and_its_leads_come_back(api: Api) -> None:
    Feature.objects.create(key="sso", name="Single sign-on")
    lead = api.world.recycle(api.world.to_state("assigned"), "feature_gap", feature="sso")
    [told] = api.get("features/", lead.assignments.get().rep.user).json()["results"]
    assert told == {"key": "sso", "name": "Single sign-on", "shipped_at": None, "waiting": 1}
    answer = api.post("features/sso/ship/", api.world.revops.user)
    assert answer.status_code == 200
    assert answer.json() == {**told, "shipped_at": "2026-11-02T10:04:00Z", "waiting": 0, "returning": 1}
    assert api.world.again(lead).state == "buffer"
    assert api.post("features/sso/ship/", api.world.revops.user).json()["returning"] == 0


@pytest.mark.parametrize(("name", "status"), [("client", 403), ("mate", 403), ("manager", 403), ("anonymous", 401)])
def test_only_revops_ships(api: Api, name: str, status: int) -> None:
    Feature.objects.create(key="sso", name="Single sign-on")
    is_problem(api.post("features/sso/ship/", api.user(name)), status)
    assert Feature.objects.get().shipped_at is None


def test_an_unknown_feature_is_404(api: Api) -> None:
    is_problem(api.post("features/nothing/ship/", api.world.revops.user), 404)


def test_features_page_by_cursor(api: Api) -> None:
    Feature.objects.bulk_create(Feature(key=f"f-{number}_x", name="F") for number in range(5))
    url, seen = "/api/v1/features/?page_size=2", []
    while url:
        page = api.client(api.system).get(url).json()
        seen += [row["key"] for row in page["results"]]
        url = page["next"]
    assert seen == [f"f-{number}_x" for number in range(5)]
    is_problem(api.client(api.system).get("/api/v1/features/?cursor=cD0lMDA="), 400)
