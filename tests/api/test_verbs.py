"""accept, claim, recycle, touch, convert: by everybody, in every state that matters."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.models import Lead, LeadEvent, Reason
from recycle.models import Feature
from tests.api.conftest import Api, is_problem
from tests.world import DAY, HOUR, MINUTE, check_law

BODIES: dict[str, dict[str, Any]] = {
    "accept": {}, "claim": {}, "recycle": {"reason": "budget"}, "touch": {"kind": "call"},
    "convert": {"opportunity": "006"},
}  # fmt: skip
# What each may do with a lead that is assigned to a rep of the world's team, or in that team's pool. The manager and
# the deputy see it and do not hold it; a team mate sees it once it is in the pool.
WHO_MAY = [
    ("assigned", "accept", {"owner": 200, "mate": 404, "stranger": 404, "manager": 403, "revops": 403, "client": 403}),
    ("overdue", "accept", {"owner": 200, "mate": 404, "stranger": 404, "manager": 403, "revops": 403, "client": 403}),
    ("accepted", "accept", {"owner": 200, "mate": 404, "stranger": 404, "manager": 409, "revops": 409, "client": 409}),
    ("shark_tank", "accept", {"owner": 409, "mate": 409, "stranger": 404, "manager": 409, "client": 409}),
    ("shark_tank", "claim", {"owner": 403, "mate": 200, "stranger": 404, "manager": 403, "revops": 403, "client": 403}),
    ("assigned", "claim", {"owner": 409, "mate": 404, "stranger": 404, "manager": 409, "revops": 409, "client": 409}),
    ("assigned", "recycle", {"owner": 200, "mate": 404, "stranger": 404, "manager": 403, "revops": 403, "client": 403}),
    ("accepted", "recycle", {"owner": 200, "mate": 404, "stranger": 404, "manager": 403, "revops": 403, "client": 403}),
    ("shark_tank", "recycle", {"owner": 409, "mate": 409, "stranger": 404, "manager": 409}),
    ("accepted", "touch", {"owner": 200, "mate": 404, "stranger": 404, "manager": 403, "revops": 403, "client": 200}),
    ("accepted", "convert", {"owner": 200, "mate": 404, "stranger": 404, "manager": 403, "revops": 403, "client": 200}),
    ("assigned", "convert", {"owner": 409, "mate": 404, "stranger": 404, "manager": 403, "client": 409}),
    ("buffer", "accept", {"mate": 404, "stranger": 404, "manager": 404, "revops": 409, "client": 409}),
]
CASES = [(state, verb, who, status) for state, verb, row in WHO_MAY for who, status in row.items()]


def last_holder(api: Api, lead: Lead) -> User:
    turn = lead.assignments.order_by("-pk").first()
    assert turn is not None
    return turn.rep.user


@pytest.mark.parametrize(("state", "verb", "who", "status"), CASES)
def test_who_may_do_what(api: Api, state: str, verb: str, who: str, status: int) -> None:
    lead = api.world.to_state(state)
    user = last_holder(api, lead) if who == "owner" else mate(api, lead) if who == "mate" else api.user(who)
    before = lead.events.count()
    answer = api.verb(lead, verb, user, **BODIES[verb])
    if status == 200:
        assert answer.status_code == 200, answer.content
        assert answer.json()["id"] == lead.pk
    else:
        is_problem(answer, status)
        assert lead.events.count() == before
    check_law()


def mate(api: Api, lead: Lead) -> User:
    held = set(lead.assignments.values_list("rep", flat=True))
    return next(rep.user for rep in api.world.reps if rep.pk not in held)


@pytest.mark.parametrize("verb", BODIES)
def test_nobody_without_a_token(api: Api, verb: str) -> None:
    lead = api.world.to_state("assigned")
    answer = api.verb(lead, verb, None, **BODIES[verb])
    is_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("verb", BODIES)
def test_a_lead_that_never_was_is_404(api: Api, verb: str) -> None:
    for pk in (0, 999_999, 2**63, 10**30):
        is_problem(api.post(f"leads/{pk}/{verb}/", api.world.revops.user, BODIES[verb]), 404)


def test_accepting_twice_is_accepting_once(api: Api) -> None:
    """C3."""
    lead = api.world.to_state("assigned")
    first, again = (api.verb(lead, "accept", lead.owner.user) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["state"] == "accepted"
    assert LeadEvent.objects.filter(kind="accept").count() == 1


def test_who_comes_late_is_told_who_won(api: Api) -> None:
    lead = api.world.to_state("shark_tank")
    first, second = [rep for rep in api.world.reps if rep.user != last_holder(api, lead)]
    assert api.verb(lead, "claim", first.user).status_code == 200
    problem = is_problem(api.verb(lead, "claim", second.user), 409)
    assert (problem["state"], problem["winner"]) == ("accepted", first.name)
    assert api.verb(lead, "claim", first.user).status_code == 200


def test_who_comes_early_is_told_what_comes_first(api: Api) -> None:
    lead = api.world.to_state("assigned")
    own = is_problem(api.verb(lead, "convert", lead.owner.user), 409)
    assert own["detail"] == "Not possible yet: accept it first."
    problem = is_problem(api.verb(lead, "convert", api.system), 409)
    assert problem["detail"] == f"Not possible now: {lead.owner.name} is to accept or recycle it."


def test_a_verb_first_applies_what_is_due(api: Api) -> None:
    """Nobody swept: the accept finds the lead in the pool all the same."""
    lead = api.world.to_state("assigned")
    api.world.now += 5 * HOUR
    problem = is_problem(api.verb(lead, "accept", lead.owner.user), 409)
    assert (problem["state"], problem["winner"]) == ("shark_tank", None)
    assert api.world.again(lead).state == "shark_tank"


def test_recycle_takes_what_the_reason_asks(api: Api) -> None:
    lead = api.world.to_state("assigned")
    rep = lead.owner.user
    until = (api.world.now + 30 * DAY).date().isoformat()
    answer = api.verb(lead, "recycle", rep, reason="timing", until=until, note="After the fair.")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["reason"], answer.json()["owner"]) == ("nurture", "timing", None)
    assert answer.json()["due_at"].startswith(until)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        ({"reason": "because"}, "reason"),
        ({"reason": 7}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": "rule_not_icp"}, "reason"),
        ({"reason": "timing", "until": "soon"}, "until"),
        ({"reason": "timing", "until": "2026-11-03"}, "until"),
        ({"reason": "timing", "until": "2030-01-01"}, "until"),
        ({"reason": "timing", "until": 20270201}, "until"),
        ({"reason": "feature_gap"}, "feature"),
        ({"reason": "feature_gap", "feature": "sso"}, "feature"),
        ({"reason": "bad_data"}, "field"),
        ({"reason": "bad_data", "field": "owner"}, "field"),
        ({"reason": "duplicate"}, "lead"),
        ({"reason": "duplicate", "lead": "7"}, "lead"),
        ({"reason": "duplicate", "lead": 10**30}, "lead"),
        ({"reason": "budget", "note": "x" * 501}, "note"),
        ({"reason": "budget", "owner": 1}, "owner"),
        ({"reason": "timing", "feature": "sso"}, "feature"),
        ({"reason": "budget", "until": "2027-01-01"}, "until"),
        ({"reason": "feature_gap", "field": "country"}, "field"),
    ],
)
def test_recycle_says_which_answer_is_missing(api: Api, body: dict[str, Any], field: str) -> None:
    lead = api.world.to_state("assigned")
    assert is_problem(api.verb(lead, "recycle", lead.owner.user, **body), 400)["errors"][field]
    assert api.world.again(lead).state == "assigned"


def test_which_fields_may_be_wrong_is_said_as_people_read_it(api: Api) -> None:
    lead = api.world.to_state("assigned")
    problem = is_problem(api.verb(lead, "recycle", lead.owner.user, reason="bad_data"), 400)
    [told] = problem["errors"]["field"]
    assert "Employee count" in told
    assert "employee_count" not in told
    answer = api.verb(lead, "recycle", lead.owner.user, reason="bad_data", field="employee_count")
    assert answer.status_code == 200


def test_a_feature_gap_waits_for_its_feature(api: Api) -> None:
    Feature.objects.create(key="sso", name="Single sign-on")
    lead = api.world.to_state("assigned")
    assert api.verb(lead, "recycle", lead.owner.user, reason="feature_gap", feature="sso").status_code == 200
    assert Reason.objects.get(pk=api.world.again(lead).reason_id).code == "feature_gap"


def test_a_touch_by_hand_and_one_that_a_system_saw(api: Api) -> None:
    lead = api.world.to_state("accepted")
    assert api.verb(lead, "touch", lead.owner.user, kind="call").json()["first_touch_at"]
    assert lead.assignments.get().first_touch_by_hand
    assert api.verb(lead, "touch", api.system, kind="mail").status_code == 200
    assert not lead.assignments.get().first_touch_by_hand
    assert list(lead.events.filter(kind="touch").values_list("data__seen", flat=True)) == [False, True]


def test_a_booked_meeting_moves_the_disposition(api: Api) -> None:
    lead = api.world.to_state("accepted")
    meeting = api.world.now + 3 * DAY
    answer = api.verb(lead, "touch", lead.owner.user, kind="meeting", meeting_at=meeting.isoformat())
    assert answer.json()["due_step"] == "disposition"
    assert api.world.again(lead).due_at == meeting + DAY


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "pigeon"}, "kind"),
        ({"kind": ["call"]}, "kind"),
        ({"kind": "meeting", "meeting_at": "2026-11-01T10:00:00Z"}, "meeting_at"),
        ({"kind": "meeting", "meeting_at": "2036-11-01T10:00:00Z"}, "meeting_at"),
        ({"kind": "meeting", "meeting_at": "0001-01-01T00:00:00+23:59"}, "meeting_at"),
        ({"kind": "meeting", "meeting_at": 1e20}, "meeting_at"),
        ({"kind": "meeting", "meeting_at": "10000-01-01T00:00:00Z"}, "meeting_at"),
        ({"kind": "call", "seen": True}, "seen"),
    ],
)
def test_a_bad_touch(api: Api, body: dict[str, Any], field: str) -> None:
    lead = api.world.to_state("accepted")
    assert is_problem(api.verb(lead, "touch", lead.owner.user, **body), 400)["errors"][field]
    assert not lead.events.filter(kind="touch").exists()


def test_what_is_none_of_some_words_is_told_them(api: Api) -> None:
    lead = api.world.to_state("accepted")
    problem = is_problem(api.verb(lead, "touch", lead.owner.user, kind="banana"), 400)
    assert problem["errors"]["kind"] == ["'banana' is none of call, mail, meeting, other."]


def test_a_conversion_names_its_opportunity(api: Api) -> None:
    lead = api.world.to_state("accepted")
    answer = api.verb(lead, "convert", lead.owner.user, opportunity="006QY")
    told = answer.json()
    assert (told["state"], told["due_at"], told["converted_opportunity"]) == ("converted", None, "006QY")
    assert api.verb(lead, "convert", api.system, opportunity="006QY").status_code == 200
    assert is_problem(api.verb(lead, "convert", api.system, opportunity="007"), 409)["state"] == "converted"


def test_verbs_take_no_other_field(api: Api) -> None:
    lead = api.world.to_state("assigned")
    for body in ({"owner": 1}, {"state": "converted"}, {"due_at": "2030-01-01T00:00:00Z"}):
        is_problem(api.verb(lead, "accept", lead.owner.user, **body), 400)
    assert api.world.again(lead).state == "assigned"


def test_a_lead_followed_through_the_api_alone(api: Api) -> None:
    pk = api.capture(company="Acme", employee_count=50).json()["id"]
    api.world.pass_time(4 * MINUTE)
    lead = api.get(f"leads/{pk}/", api.system).json()
    rep = User.objects.get(rep__pk=lead["owner"]["id"])
    assert [row["id"] for row in api.get("queue/", rep).json()["results"]] == [pk]
    assert api.post(f"leads/{pk}/accept/", rep).status_code == 200
    assert api.post(f"leads/{pk}/touch/", rep, {"kind": "call"}).status_code == 200
    assert api.post(f"leads/{pk}/convert/", rep, {"opportunity": "006"}).json()["state"] == "converted"
    kinds = [event["kind"] for event in api.get(f"leads/{pk}/timeline/", api.system).json()["results"]]
    assert kinds == ["capture", "qualify", "start_routing", "assign", "accept", "touch", "convert"]
    check_law()


def test_time_is_read_once_and_kept(api: Api) -> None:
    lead = api.world.to_state("assigned")
    api.world.now += timedelta(minutes=10)
    api.verb(lead, "accept", lead.owner.user)
    assert lead.events.get(kind="accept").at == api.world.now
