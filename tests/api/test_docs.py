"""The schema is whole, says what the code does, and its page needs nothing from elsewhere."""

import io
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from leads.intake.lead_form import FIELDS
from revops.api import urls

HOOKS = "/api/v1/hooks/{source}/{token}/"
WITHOUT_A_SCHEMA = {"slack", "api-schema", "api-docs"}


@pytest.fixture(scope="module")
def schema() -> Any:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def test_it_is_openapi_3_1(schema: Any) -> None:
    assert schema["openapi"].startswith("3.1")


def test_every_address_is_in_it(schema: Any) -> None:
    known = {path.pattern._route for path in urls.urlpatterns if path.name not in WITHOUT_A_SCHEMA}
    spoken = {path.removeprefix("/api/v1/").replace("{id}", "<int:pk>") for path in schema["paths"]}
    spoken = {path.replace("{source}/{token}", "<slug:source>/<str:token>") for path in spoken}
    assert {path.replace("{key}", "<slug:key>") for path in spoken} == known


def test_every_call_tells_its_errors_with_examples(schema: Any) -> None:
    for path, calls in schema["paths"].items():
        for method, call in calls.items():
            assert call["summary"], path
            assert {"400", "401", "503"} <= set(call["responses"]), path
            assert method == "get" or "403" in call["responses"] or path == HOOKS, path
            for status, response in call["responses"].items():
                kind = "application/json" if int(status) < 400 else "application/problem+json"
                assert response["content"][kind]["examples"], (path, method, status)


def test_writes_take_a_key(schema: Any) -> None:
    for path, calls in schema["paths"].items():
        # A webhook's events have ids of their own.
        if "post" in calls and path not in ("/api/v1/leads/bulk/", HOOKS):
            assert any(row["name"] == "Idempotency-Key" for row in calls["post"]["parameters"]), path


def test_the_page_is_served_by_us(db: None) -> None:
    client = Client()
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "//" not in text.replace("<!DOCTYPE", "").replace("://", "")
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "unsafe-inline" not in client.get("/api/v1/schema/")["Content-Security-Policy"]
    script = client.get("/api/v1/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")


def test_the_form_is_the_intakes_own(schema: Any) -> None:
    form = schema["components"]["schemas"]["LeadForm"]
    assert set(form["properties"]) == FIELDS
    assert (form["required"], form["additionalProperties"]) == (["email"], False)
