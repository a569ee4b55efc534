"""What a vendor's refusals and rows mean, as tables."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revops.integrations.crm import hubspot_answers, hubspot_rows, salesforce_answers, salesforce_rows
from revops.integrations.crm.calling import Call
from revops.integrations.crm.rows import text
from revops.integrations.errors import AuthRevoked, Conflict, NotFound, QuotaExhausted, Refused, VendorError
from revops.integrations.wire import Answer


@pytest.mark.parametrize(
    ("code", "kind", "permanent"),
    [
        ("UNABLE_TO_LOCK_ROW", VendorError, False),
        ("QUERY_TIMEOUT", VendorError, False),
        ("REQUEST_LIMIT_EXCEEDED", QuotaExhausted, False),
        ("ENTITY_IS_DELETED", NotFound, True),
        ("DUPLICATES_DETECTED", Conflict, True),
        ("MALFORMED_QUERY", Refused, True),
        ("INSUFFICIENT_ACCESS_OR_READONLY", Refused, True),
        ("A_CODE_OF_NEXT_YEAR", Refused, True),
        ("API_DISABLED_FOR_ORG", AuthRevoked, True),
    ],
)
def test_salesforces_codes(code: str, kind: type[VendorError], permanent: bool) -> None:
    error = salesforce_answers.refusal(
        Call("Test", "GET", "/"), {"errorCode": code, "message": "m"}, status=400, token="t"
    )
    assert (type(error), error.permanent, error.code) == (kind, permanent, code)


@pytest.mark.parametrize(
    ("status", "said", "kind", "permanent", "wait"),
    [
        (401, {}, AuthRevoked, True, None),
        (403, {"category": "MISSING_SCOPES"}, AuthRevoked, True, None),
        (404, {}, NotFound, True, None),
        (409, {"message": "Contact already exists. Existing ID: 51"}, Conflict, True, None),
        (400, {"category": "VALIDATION_ERROR"}, Refused, True, None),
        (423, {}, VendorError, False, 2.0),
        (429, {"policyName": "SECONDLY"}, VendorError, False, 1.0),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, VendorError, False, 10.0),
        (429, {"policyName": "DAILY"}, QuotaExhausted, False, 3600.0),
        (429, {}, VendorError, False, 10.0),
        (418, {}, Refused, True, None),
    ],
)
def test_hubspots_statuses(
    status: int, said: dict[str, Any], kind: type[VendorError], permanent: bool, wait: float | None
) -> None:
    error = hubspot_answers.refusal(Call("Test", "GET", "/"), said, Answer(status, {}, b""), token="t")
    assert (type(error), error.permanent, error.retry_after) == (kind, permanent, wait)
    assert not isinstance(error, Conflict) or error.other == "51"


def test_a_deal_that_does_not_say_whether_it_is_closed_is_judged_by_its_stage() -> None:
    pipeline = {
        "stages": [
            {"id": "s1", "label": "Won it", "metadata": {"isClosed": "true", "probability": "1.0"}},
            {"id": "s2", "label": "Talks", "metadata": {"isClosed": "false", "probability": "0.4"}},
            {"id": "s3", "label": "Lost it", "metadata": {"isClosed": "true", "probability": "0.0"}},
        ]
    }
    stages = hubspot_rows.stages(pipeline)
    found = [
        hubspot_rows.opportunity(
            {"id": "1", "updatedAt": "2026-11-01T00:00:00Z", "properties": {"dealstage": stage}},
            stages=stages,
            company="",
            emails=(),
        )
        for stage in ("s1", "s2", "s3", "s4")
    ]
    assert [(one.stage, one.is_closed, one.is_won) for one in found] == [
        ("Won it", True, True),
        ("Talks", False, False),
        ("Lost it", True, False),
        ("s4", False, False),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"Amount": "a lot", "CloseDate": "soon", "IsClosed": "maybe"},
        {"Amount": True, "CloseDate": 7, "IsClosed": None},
        {"Amount": float("nan"), "CloseDate": "", "IsClosed": 0},
        {"Amount": [], "CloseDate": {}, "IsClosed": []},
    ],
)
def test_one_odd_field_stops_no_page(odd: dict[str, Any]) -> None:
    row = {"Id": "006000000000001AAA", "SystemModstamp": "2026-11-01T00:00:00.000+0000", **odd}
    found = salesforce_rows.opportunity(row, ())
    assert (found.amount, found.close_date, found.is_closed) == (None, None, False)


@pytest.mark.parametrize(
    "row", [{}, {"Id": "x"}, {"Id": "x", "SystemModstamp": "never"}, {"SystemModstamp": "2026-11-01"}]
)
def test_without_an_id_or_a_time_it_is_no_row(row: dict[str, Any]) -> None:
    with pytest.raises(VendorError):
        salesforce_rows.account(row)


@pytest.mark.parametrize("value", ["1793520000000", "2026-11-01T08:00:00Z", "2026-11-01T09:00:00+01:00"])
def test_hubspots_times_come_in_two_forms(value: str) -> None:
    found = hubspot_rows.account({"id": 7, "properties": {"hs_lastmodifieddate": value}})
    assert (found.id, found.changed_at.isoformat()) == ("7", "2026-11-01T08:00:00+00:00")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
SALESFORCE = {
    salesforce_rows.account: salesforce_rows.ACCOUNT,
    salesforce_rows.lead: salesforce_rows.LEAD,
    salesforce_rows.event: salesforce_rows.EVENT,
    partial(salesforce_rows.opportunity, contacts=()): salesforce_rows.OPPORTUNITY,
    partial(salesforce_rows.task, inbound=False): salesforce_rows.TASK,
}
HUBSPOT = {
    hubspot_rows.account: hubspot_rows.COMPANY,
    partial(hubspot_rows.lead, deal="", owners={}): hubspot_rows.CONTACT,
    partial(hubspot_rows.opportunity, stages={}, company="", emails=()): hubspot_rows.DEAL,
    partial(hubspot_rows.activity, kind=hubspot_rows.MEETING, people=(), about=()): hubspot_rows.MEETING,
}


@settings(deadline=None, max_examples=60)
@given(data=st.data())
@pytest.mark.parametrize("read", SALESFORCE)
def test_whatever_salesforce_says_is_a_row_or_a_named_error(read: Any, data: st.DataObject) -> None:
    row = {name: data.draw(ANYTHING) for name in (*SALESFORCE[read].fields, *SALESFORCE[read].optional)}
    read({**row, "Id": "1", "SystemModstamp": "2026-11-01T00:00:00.000+0000"})
    with suppress(VendorError):
        read(row)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
@pytest.mark.parametrize("read", HUBSPOT)
def test_whatever_hubspot_says_is_a_row_or_a_named_error(read: Any, data: st.DataObject) -> None:
    kind = HUBSPOT[read]
    said = {name: data.draw(ANYTHING) for name in kind.asked}
    read({"id": "1", "properties": {**said, kind.changed: "2026-11-01T00:00:00Z"}})
    with suppress(VendorError):
        read({"id": data.draw(ANYTHING), "properties": data.draw(ANYTHING)})


def test_a_text_that_no_database_takes_is_one_it_takes() -> None:
    assert text({"Email": " jo\x00@acme.test "}, "Email") == "jo@acme.test"
