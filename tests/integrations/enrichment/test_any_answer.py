"""Whatever JSON a vendor answers with: a result or a named error, and nothing that a database would refuse."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revops.integrations.enrichment import apollo, clearbit, hubspot_companies, server, zoominfo_company
from revops.integrations.enrichment.firmographics import Firmographics, Match, NoMatch, Pending
from revops.integrations.errors import VendorError
from revops.integrations.wire import Answer
from tests.integrations.enrichment.conftest import make

DOMAIN = "acme.com"
SEEN = ["", "0", "1,000 - 5,000", "1e309", "-5", DOMAIN, "https://www.acme.com", "a\x00b", "\ud800", "51-250", "2012"]
NAMES_INSIDE = [
    "id",
    "name",
    "url",
    "type",
    "employees",
    "employeesRange",
    "handle",
    "countryCode",
    "product",
    "category",
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(SEEN)
    | st.integers(min_value=10**300, max_value=10**301)
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES_INSIDE), inner, max_size=4),
    max_leaves=6,
)


def records(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(names), anything, max_size=len(names)) | anything


def with_id(record: Any) -> Any:
    return {"id": "7", "domain": DOMAIN, **record} if isinstance(record, dict) else record


# How each vendor wraps a company's record; the record, and sometimes the wrapping, is arbitrary.
WRAPPED: dict[str, st.SearchStrategy[Any]] = {
    "apollo": records(apollo.READ).map(lambda record: {"organization": with_id(record)}),
    "clearbit": records(clearbit.READ).map(with_id),
    "hubspot": records(hubspot_companies.PROPERTIES).map(
        lambda record: {"results": [{"id": "7", "properties": with_id(record)}]}
    ),
    "zoominfo": records(zoominfo_company.FIELDS).map(
        lambda record: {"data": [{"id": "7", "type": "Company", "attributes": record}], "access_token": "t" * 20}
    ),
    "zoominfo_legacy": records((*zoominfo_company.FIELDS, "techAttributes")).map(
        lambda record: {"data": {"result": [{"data": [with_id(record)]}]}, "jwt": "t" * 20}
    ),
}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the vendor answers next."""
    answer: list[bytes] = [b""]
    monkeypatch.setattr(server, "send", lambda *args, **kwargs: Answer(200, {}, answer[0]))
    return answer


@pytest.mark.parametrize("name", sorted(WRAPPED))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_json_is_a_result_or_a_named_error(heard: list[bytes], name: str, data: st.DataObject) -> None:
    said = data.draw(WRAPPED[name] | anything)
    heard[0] = json.dumps(said).encode()
    try:
        result = make(name, "https://api.vendor.test", private_allowed=False).company(domain=DOMAIN)
    except VendorError:
        return
    assert isinstance(result, Match | NoMatch | Pending)
    if isinstance(result, Match):
        assert_storable(result.firmographics)


def assert_storable(company: Firmographics) -> None:
    texts = [getattr(company, one.name) for one in fields(company) if isinstance(getattr(company, one.name), str)]
    assert all(0 < len(text.encode()) <= 8000 and "\x00" not in text for text in texts)
    assert company.employee_count is None or 1 <= company.employee_count <= 10_000_000
    assert company.annual_revenue is None or 1 <= company.annual_revenue <= 10**13
    raw = json.dumps(company.raw, allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in raw
    raw.encode()
