"""Who opens the admin: RevOps, somebody above them, and somebody who may not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from revops import clock
from sla.models import Calendar, Policy, WeeklyHours
from sla.seeds import plant
from tests.world import World


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ours(world: World) -> World:
    """The world at an hour when its team is open, with the calendars that ship."""
    plant(Policy, Calendar, WeeklyHours)
    return world


@pytest.fixture
def rita(ours: World) -> Client:
    return signed_in(ours.revops.user)


@pytest.fixture
def mona(ours: World) -> Client:
    return signed_in(ours.manager.user)


@pytest.fixture
def root(ours: World) -> Client:
    return signed_in(User.objects.create_superuser("root@airtight.test", "root@airtight.test", "correct horse battery"))


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, ours: World) -> Callable[[], Any]:
    """The door's clock is the story's."""
    monkeypatch.setattr(clock, "now", lambda: ours.now)
    return lambda: ours.now


def typed(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """What a browser would send back of a form's page, with some fields typed over."""
    page = client.get(url)
    assert page.status_code == 200, url
    context = page.context
    data: dict[str, Any] = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None or value is False:
                continue
            if isinstance(bound.field.widget, type(bound.field.widget)) and hasattr(bound.field.widget, "widgets"):
                parts = bound.field.widget.decompress(value)
                data |= {f"{bound.html_name}_{at}": part for at, part in enumerate(parts) if part is not None}
            else:
                data[bound.html_name] = value
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


def said(response: Any) -> str:
    """The messages that the page after a save shows."""
    return " ".join(str(message) for message in response.context["messages"])
