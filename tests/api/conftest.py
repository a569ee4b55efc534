"""The API as its callers meet it: with a token, over HTTP, at the story's time."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from knox.models import AuthToken
from rest_framework.test import APIClient

from leads.models import Lead, Rep, Team
from tests.world import World, person

PROBLEM = "application/problem+json"
ROOT = "/api/v1/"


@dataclass
class Api:
    """Everybody who may call: `stranger` is a rep of another team."""

    world: World
    stranger: Rep
    system: User
    _clients: dict[int | None, APIClient] = field(default_factory=dict)

    def client(self, user: User | None) -> APIClient:
        key = user.pk if user else None
        if key not in self._clients:
            self._clients[key] = APIClient()
            if user is not None:
                _row, token = AuthToken.objects.create(user=user)
                self._clients[key].credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return self._clients[key]

    def user(self, name: str) -> User | None:
        """A member of the cast by name; `owner` and `mate` are reps of the world's team."""
        world = self.world
        cast = {
            "mate": world.reps[1], "stranger": self.stranger, "manager": world.manager, "deputy": world.deputy,
            "revops": world.revops,
        }  # fmt: skip
        if name in cast:
            return cast[name].user
        return {"anonymous": None, "client": self.system}[name]

    def get(self, path: str, user: User | None, **params: Any) -> Any:
        return self.client(user).get(ROOT + path, params)

    def post(self, path: str, user: User | None, body: Any = None, **headers: Any) -> Any:
        return self.client(user).post(ROOT + path, body, format="json", headers=headers)

    def raw(self, path: str, body: bytes, *, content_type: str = "application/json", **headers: Any) -> Any:
        return self.client(self.system).generic("POST", ROOT + path, body, content_type, headers=headers)

    def capture(self, **fields: Any) -> Any:
        return self.post("leads/", self.system, {"email": "jo@acme.test", **fields})

    def verb(self, lead: Lead, verb: str, user: User | None, /, **body: Any) -> Any:
        return self.post(f"leads/{lead.pk}/{verb}/", user, body)


@pytest.fixture
def api(world: World, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    other = Team.objects.create(name="Enterprise")
    system = User.objects.create_user("forms@airtight.test", "forms@airtight.test")
    system.groups.add(Group.objects.get_or_create(name="API client")[0])
    return Api(world, person("sam@airtight.test", other), system)


def is_problem(response: Any, status: int) -> dict[str, Any]:
    """The problem document of an answer, which must be one."""
    assert response.status_code == status, (response.status_code, response.content[:500])
    assert response["Content-Type"] == PROBLEM
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["title"]
    return body
