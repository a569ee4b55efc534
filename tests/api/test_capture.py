"""`POST leads/`: what lands, what joins, what is refused, and that the books know of each."""

from typing import Any

import pytest

from leads.models import Arrival, IntentSignal, Lead, Suppression
from tests.api.conftest import Api, is_problem
from tests.world import MINUTE, check_law


def test_a_new_lead_is_201(api: Api) -> None:
    answer = api.capture(company="Acme", employee_count=50, custom={"seats": 4})
    assert answer.status_code == 201
    lead = Lead.objects.get()
    assert answer.json() == {
        "id": lead.pk, "url": f"/api/v1/leads/{lead.pk}/", "outcome": "new", "merged": False, "state": "buffer",
    }  # fmt: skip
    assert (lead.company, lead.custom, lead.captured_at) == ("Acme", {"seats": 4}, api.world.now)
    assert Arrival.objects.get().door == "api"
    check_law()


def test_the_same_person_again_joins(api: Api) -> None:
    first = api.capture()
    again = api.capture(email=" Jo+webinar@ACME.test", hand_raise=True)
    assert again.status_code == 200
    assert again.json() == {**first.json(), "outcome": "joined", "merged": True}
    assert Lead.objects.get().hand_raise


def test_three_forms_of_one_person_within_a_second(api: Api) -> None:
    """C10."""
    for email in ("Jo@acme.test", "jo+a@acme.test", " JO+b@ACME.test "):
        assert api.capture(email=email).status_code in (200, 201)
    assert Lead.objects.count() == 1
    assert Arrival.objects.exclude(outcome="refused").count() == 3
    assert IntentSignal.objects.count() == 2
    api.world.pass_time(4 * MINUTE)
    assert Lead.objects.get().assignments.count() == 1


def test_a_suppressed_person_is_200_and_no_lead(api: Api) -> None:
    Suppression.objects.create(person_key="jo@acme.test", since=api.world.now)
    answer = api.capture()
    assert answer.status_code == 200
    assert answer.json() == {"id": None, "url": None, "outcome": "suppressed", "merged": False, "state": "suppressed"}
    assert Lead.objects.count() == 0
    assert Arrival.objects.get().outcome == "suppressed"


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"email": "nobody"}, "email", "bad_email"),
        ({"email": ""}, "email", "bad_email"),
        ({"email": None}, "email", "bad_email"),
        ({"email": 7}, "email", "bad_email"),
        ({"intent_score": -1}, "intent_score", "bad_intent_score"),
        ({"intent_score": 101}, "intent_score", "bad_intent_score"),
        ({"intent_score": 2**63}, "intent_score", "bad_intent_score"),
        ({"intent_score": "12"}, "intent_score", "bad_intent_score"),
        ({"intent_score": True}, "intent_score", "bad_intent_score"),
        ({"intent_score": []}, "intent_score", "bad_intent_score"),
        ({"employee_count": "1.234,5"}, "employee_count", "bad_employee_count"),
        ({"employee_count": 12.5}, "employee_count", "bad_employee_count"),
        ({"employee_count": -1}, "employee_count", "bad_employee_count"),
        ({"employee_count": 10**400}, "employee_count", "bad_employee_count"),
        ({"country": "Atlantis"}, "country", "bad_country"),
        ({"hand_raise": "yes"}, "hand_raise", "bad_hand_raise"),
        ({"custom": []}, "custom", "bad_custom"),
        ({"occurred_at": "9999-12-31T23:59:59Z"}, "occurred_at", "bad_occurred_at"),
        ({"first_name": "x" * 151}, "first_name", "bad_first_name"),
        ({"state": "converted"}, "state", "unknown_field"),
        ({"owner": 1, "due_at": "2030-01-01"}, "owner", "unknown_field"),
    ],
)
def test_a_bad_value_is_400_by_field_and_counted(api: Api, fields: dict[str, Any], field: str, code: str) -> None:
    problem = is_problem(api.capture(source="forms", external_id="f-1", **fields), 400)
    assert problem["errors"][field]
    assert Lead.objects.count() == 0
    refused = Arrival.objects.get()
    assert (refused.outcome, refused.code, refused.source, refused.reference) == ("refused", code, "forms", "f-1")


def test_all_errors_are_told_at_once(api: Api) -> None:
    problem = is_problem(api.capture(email="nobody", intent_score=500, nonsense=1), 400)
    assert set(problem["errors"]) == {"email", "intent_score", "nonsense"}
    assert Arrival.objects.get().code == "bad_email"


def test_no_body_at_all_wants_an_email(api: Api) -> None:
    assert "email" in is_problem(api.raw("leads/", b""), 400)["errors"]


@pytest.mark.parametrize(("name", "status"), [("client", 201), ("revops", 201), ("mate", 403), ("manager", 403)])
def test_who_may_send(api: Api, name: str, status: int) -> None:
    answer = api.post("leads/", api.user(name), {"email": "jo@acme.test"})
    assert answer.status_code == status
    assert Lead.objects.count() == (1 if status == 201 else 0)
