"""What each may see, page by page, and what the filters take."""

import base64
from typing import Any
from urllib.parse import quote

import pytest

from leads.models import Lead
from routing.availability import IN_COOL_DOWN
from routing.claiming import KEPT
from tests.api.conftest import Api, is_problem
from tests.world import DAY, HOUR, MINUTE


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("state", "seen_by"),
    [
        ("assigned", {"owner", "manager", "deputy", "revops", "client"}),
        ("overdue", {"owner", "manager", "deputy", "revops", "client"}),
        ("accepted", {"owner", "manager", "deputy", "revops", "client"}),
        ("shark_tank", {"owner", "mate", "manager", "deputy", "revops", "client"}),
        ("buffer", {"revops", "client"}),
    ],
)
def test_who_sees_a_lead(api: Api, state: str, seen_by: set[str]) -> None:
    lead = api.world.to_state(state)
    turn = lead.assignments.first()
    owner = turn.rep if turn else api.world.reps[0]
    mate = next(rep for rep in api.world.reps if rep != owner)
    users = {"owner": owner.user, "mate": mate.user} | {
        name: api.user(name) for name in ("stranger", "manager", "deputy", "revops", "client")
    }
    for name, user in users.items():
        assert (ids(api.get("leads/", user)) == [lead.pk]) == (name in seen_by), name
        for path in ("", "timeline/", "decision/"):
            answer = api.get(f"leads/{lead.pk}/{path}", user)
            assert answer.status_code == (200 if name in seen_by else 404), (name, path)


@pytest.mark.parametrize(
    "path",
    ["leads/", "leads/1/", "leads/1/timeline/", "leads/1/decision/", "queue/", "shark-tank/", "features/"],
)
def test_nothing_without_a_token(api: Api, path: str) -> None:
    answer = api.get(path, None)
    is_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_lead_is_told_whole(api: Api) -> None:
    lead = api.world.to_state("assigned", first_name="Jo", employee_count=50, country="Germany", custom={"seats": 4})
    told = api.get(f"leads/{lead.pk}/", lead.owner.user).json()
    assert told["owner"] == {"id": lead.owner.pk, "name": "Ada", "team": "Mid-market"}
    assert told["territory"] == {"id": api.world.territory.pk, "name": "Everywhere"}
    assert (told["email"], told["first_name"], told["country"]) == ("jo@acme.test", "Jo", "DE")
    assert (told["state"], told["due_step"], told["due_at"]) == ("assigned", "accept", "2026-11-02T12:04:00Z")
    assert told["custom"] == {"seats": 4}
    assert "raw" not in told
    assert "person_key" not in told


def test_the_decision_speaks_of_the_rep_to_everybody_else(api: Api) -> None:
    lead = api.world.to_state("assigned")
    own, others = (
        [row["sentence"] for row in api.get(f"leads/{lead.pk}/decision/", user).json()["results"]]
        for user in (lead.owner.user, api.world.revops.user)
    )
    assert own[0].endswith("it was your turn.")
    assert others[0].endswith(f"it was {lead.owner.name}'s turn.")
    assert own[1:] == others[1:]


def test_the_decision_says_why(api: Api) -> None:
    lead = api.world.to_state("assigned", employee_count=50)
    routed, qualified = api.get(f"leads/{lead.pk}/decision/", lead.owner.user).json()["results"]
    assert (routed["kind"], qualified["kind"]) == ("routing", "qualification")
    assert routed["rep"] == {"id": lead.owner.pk, "name": "Ada"}
    assert routed["sentence"].startswith("Everywhere takes this lead")
    assert routed["steps"]["strategy"] == "round robin"
    assert qualified["steps"]["criteria"][0]["verdict"] == "met"


def test_reps_see_the_pool_without_whom_to_contact(api: Api) -> None:
    lead = api.world.to_state("shark_tank", first_name="Jo", phone="+49 30 901820", custom={"li": "jo"})
    lapsed = lead.assignments.get().rep
    mate = next(rep for rep in api.world.reps if rep != lapsed)
    for path in ("shark-tank/", "leads/"):
        [told] = api.get(path, mate.user).json()["results"]
        assert (told["company"], told["email"], told["phone"], told["first_name"]) == ("Acme", "", "", "")
        assert told["custom"] == {}
    assert api.get(f"leads/{lead.pk}/", mate.user).json()["email"] == ""
    assert ids(api.get("leads/", mate.user, q="jo@acme")) == []
    assert ids(api.get("leads/", mate.user, q="acme")) == [lead.pk]
    assert api.get(f"leads/{lead.pk}/", api.world.manager.user).json()["email"] == "jo@acme.test"
    assert api.verb(lead, "claim", mate.user).json()["email"] == "jo@acme.test"


def test_the_shark_tank_says_who_may_claim(api: Api) -> None:
    lead = api.world.to_state("shark_tank")
    lapsed = lead.assignments.get().rep
    mate = next(rep for rep in api.world.reps if rep != lapsed)
    [for_mate] = api.get("shark-tank/", mate.user).json()["results"]
    [for_lapsed] = api.get("shark-tank/", lapsed.user).json()["results"]
    [for_manager] = api.get("shark-tank/", api.world.manager.user).json()["results"]
    assert (for_mate["may_claim"], for_mate["why_not"]) == (True, None)
    assert (for_lapsed["may_claim"], for_lapsed["why_not"]) == (False, KEPT[IN_COOL_DOWN])
    assert not for_manager["may_claim"]
    assert ids(api.get("shark-tank/", api.stranger.user)) == []


def test_the_queue_is_by_deadline_and_mine(api: Api) -> None:
    world = api.world
    leads = []
    for number in range(6):
        leads.append(world.to_state("assigned", f"p{number}@acme{number}.test"))
    rep = world.again(leads[0]).owner
    mine = list(Lead.objects.filter(owner=rep).order_by("due_at").values_list("pk", flat=True))
    assert len(mine) == 2
    assert ids(api.get("queue/", rep.user)) == mine
    assert ids(api.get("queue/", api.system)) == []
    assert ids(api.get("queue/", world.manager.user)) == []


def test_pages_by_cursor_lose_nothing(api: Api) -> None:
    api.world.capture_all([{"email": f"p{number}@acme{number}.test"} for number in range(7)])
    url, seen = "/api/v1/leads/?page_size=3", []
    while url:
        page = api.client(api.system).get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert sorted(seen) == sorted(Lead.objects.values_list("pk", flat=True))
    assert len(seen) == 7


def test_filters(api: Api) -> None:
    world = api.world
    assigned = world.to_state("assigned", "a@one.test", source="Demo form")
    world.now += MINUTE
    buffered = world.capture("b@two.test", company="Bolt", source="webinar")
    user = api.system
    assert ids(api.get("leads/", user)) == [buffered.pk, assigned.pk]
    assert ids(api.get("leads/", user, state="assigned")) == [assigned.pk]
    assert ids(api.get("leads/", user, state=["assigned", "buffer"])) == [buffered.pk, assigned.pk]
    assert ids(api.get("leads/", user, owner=assigned.owner_id)) == [assigned.pk]
    assert ids(api.get("leads/", assigned.owner.user, owner="me")) == [assigned.pk]
    assert ids(api.get("leads/", user, owner="me")) == []
    assert ids(api.get("leads/", user, territory=world.territory.pk)) == [assigned.pk]
    assert ids(api.get("leads/", user, territory="everywhere")) == [assigned.pk]
    assert ids(api.get("leads/", user, source="demo FORM")) == [assigned.pk]
    assert ids(api.get("leads/", user, q="bolt")) == [buffered.pk]
    assert ids(api.get("leads/", user, q="b@two")) == [buffered.pk]
    assert ids(api.get("leads/", user, due_before=(world.now + HOUR).isoformat())) == [buffered.pk]
    assert ids(api.get("leads/", user, due_before=(world.now + DAY).isoformat())) == [buffered.pk, assigned.pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=open", "state"),
        ("state=%00", "state"),
        ("owner=ada", "owner"),
        ("owner=" + "9" * 40, "owner"),
        ("owner=-1", "owner"),
        ("due_before=tomorrow", "due_before"),
        ("due_before=10000-01-01T00:00:00Z", "due_before"),
        ("due_before=0001-01-01T00:00:00%2B23:59", "due_before"),
        ("due_before=0001-01-01", "due_before"),
        ("due_before=1969-12-31T23:59:59Z", "due_before"),
        ("due_before=9998-12-31T23:59:59-01:00", "due_before"),
        ("due_before=9999-12-31T23:59:59-23:59", "due_before"),
        ("q=a%00b", "q"),
        ("source=a%00b", "source"),
        ("territory=a%00b", "territory"),
        ("stat=assigned", "stat"),
        ("owner__user__password=x", "owner__user__password"),
        ("order_by=owner", "order_by"),
        ("format=xml", "format"),
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=ten", "page_size"),
        ("page_size=" + "9" * 5000, "page_size"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=%3F%3F%3F", "cursor"),
        ("cursor=" + quote(base64.b64encode(b"x=5").decode()), "cursor"),
        ("cursor=" + quote(base64.b64encode(b"p=yesterday").decode()), "cursor"),
        ("cursor=" + quote(base64.b64encode(b"p=2026-11-02").decode()), "cursor"),
        ("cursor=" + quote(base64.b64encode(b"p=%00&r=1&o=5").decode()), "cursor"),
        ("cursor=" + quote(base64.b64encode(b"o=x").decode()), "cursor"),
        ("cursor=" + quote(base64.b64encode(b"\xff\xfe").decode()), "cursor"),
    ],
)
def test_a_bad_parameter_is_400(api: Api, query: str, field: str) -> None:
    problem = is_problem(api.client(api.system).get(f"/api/v1/leads/?{query}"), 400)
    assert list(problem["errors"]) == [field]


def test_an_unknown_state_is_told_the_known_ones(api: Api) -> None:
    problem = is_problem(api.get("leads/", api.system, state="banana"), 400)
    [told] = problem["errors"]["state"]
    assert told.startswith("'banana' is none of buffer, ")
    assert "shark_tank" in told


@pytest.mark.parametrize(
    "query", ["q=%27%20OR%201=1--", "q=%25", "q=_", "source=%F0%9F%98%80", "owner=999999999999999999"]
)
def test_strange_and_harmless(api: Api, query: str) -> None:
    assert api.client(api.system).get(f"/api/v1/leads/?{query}").status_code == 200


def test_a_list_costs_the_same_however_long(api: Api, django_assert_max_num_queries: Any) -> None:
    api.world.capture_all([{"email": f"p{number}@acme{number}.test"} for number in range(40)])
    api.world.pass_time(4 * MINUTE)
    api.get("leads/", api.system)
    with django_assert_max_num_queries(10):
        assert len(ids(api.get("leads/", api.system))) == 40
