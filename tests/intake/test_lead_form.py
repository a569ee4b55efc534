import re
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.intake.lead_form import FIELDS, TEXT_LIMITS, CleanLead, Invalid, UnusableLead, clean_lead
from leads.intake.problems import Unusable

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ROWS = st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(), JSON, max_size=12)


def lenient(**raw: object) -> CleanLead:
    return clean_lead({"email": "ana@acme.co", **raw}, received_at=NOW)


def errors(**raw: object) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as error:
        clean_lead({"email": "ana@acme.co", **raw}, received_at=NOW, strict=True)
    return error.value.errors


def test_a_whole_row() -> None:
    lead = clean_lead(
        {
            "email": " Ana+yc@ACME.co ",
            "external_id": "form-1",
            "first_name": "Ana",
            "last_name": "O'Brien",
            "job_title": "VP Sales",
            "company": "Acme  Inc",
            "website": "https://www.acme.com/en",
            "phone": "030 901820",
            "country": "Deutschland",
            "region": "Berlin",
            "city": "Berlin",
            "employee_count": "1,200",
            "industry": "Software",
            "annual_revenue": "$1.2M",
            "tech_stack": "Python;Go",
            "campaign": "lp-1",
            "intent_score": "72.0",
            "occurred_at": "2026-08-03T01:44:07Z",
            "consent": "yes",
            "consent_source": "form",
            "opt_out": "no",
            "hand_raise": "true",
            "custom": {"plan": "pro"},
            "Notes": "call her",
            "Blank": "",
        },
        received_at=NOW,
        default_source="fair",
    )
    assert (lead.email, lead.person_key, lead.email_domain) == ("Ana+yc@acme.co", "ana@acme.co", "acme.co")
    assert (lead.domain, lead.company, lead.last_name) == ("acme.com", "Acme Inc", "O'Brien")
    assert (lead.phone, lead.country, lead.employee_count) == ("+4930901820", "DE", 1200)
    assert (lead.annual_revenue, lead.tech_stack, lead.intent_score) == (1_200_000, ("Python", "Go"), 72)
    assert lead.occurred_at == datetime(2026, 8, 3, 1, 44, 7, tzinfo=UTC)
    assert (lead.consent, lead.opt_out, lead.hand_raise) == (True, False, True)
    assert (lead.source, lead.custom, lead.raw) == ("fair", {"plan": "pro"}, {"Notes": "call her"})
    assert (lead.warnings, lead.notes) == ((), ())


def test_an_address_alone_is_enough() -> None:
    lead = lenient()
    assert (lead.domain, lead.company, lead.country, lead.intent_score, lead.opt_out) == ("acme.co", "", "", None, None)


@pytest.mark.parametrize(
    ("email", "website", "domain"),
    [
        ("ana@acme.co", "", "acme.co"),
        ("ana@acme.co", "https://other.com", "other.com"),
        ("ana@acme.co", "https://angel.co/other", "acme.co"),
        ("ana@gmail.com", "", ""),
        ("ana@gmail.com", "https://other.com", "other.com"),
        ("ana@gmail.com", "gmail.com", ""),
        ("ana@mailinator.com", "http://", ""),
    ],
)
def test_the_company_domain(email: str, website: str, domain: str) -> None:
    assert lenient(email=email, website=website).domain == domain


def test_the_rest_of_a_web_address_behind_an_address_is_left_out_of_a_file_and_refused_by_the_api() -> None:
    row = {"email": "Ana@x.co?utm_source=yc&lang=en"}
    lead = clean_lead(row, received_at=NOW)
    assert (lead.email, lead.domain, lead.raw) == ("Ana@x.co", "x.co", row)
    assert [(warning.field, warning.code) for warning in lead.warnings] == [("email", "query_leftover")]
    with pytest.raises(Invalid):
        clean_lead(row, received_at=NOW, strict=True)


@pytest.mark.parametrize("email", ["", None, "not an address", "ana@", "ana@?utm_source=yc", 5, ["a@b.co"]])
def test_lenient_refuses_for_want_of_an_address_only(email: object) -> None:
    with pytest.raises(UnusableLead) as error:
        lenient(email=email, intent_score="high")
    assert [problem.field for problem in error.value.problems] == ["email", "intent_score"]
    assert isinstance(error.value, Unusable)


@pytest.mark.parametrize(
    ("field", "value", "code", "shown"),
    [
        ("intent_score", "high", "not_a_number", "high"),
        ("intent_score", "150", "out_of_range", "150"),
        ("occurred_at", "31/02/2026", "not_iso", "31/02/2026"),
        ("occurred_at", "2026-11-20T12:06:00Z", "in_future", "2026-11-20T12:06:00Z"),
        ("occurred_at", "9999-01-01", "out_of_range", "9999-01-01"),
        ("country", "Atlantis", "unknown_country", "Atlantis"),
        ("phone", "call me", "bad_phone", "call me"),
        ("phone", "030 901820", "no_country_code", "030 901820"),
        ("first_name", "x" * 151, "too_long", "x" * 60 + "…"),
        ("company", {"name": "Acme"}, "not_text", "an object of 1"),
        ("website", "javascript:alert(1)", "not_a_website", "javascript:alert(1)"),
        ("annual_revenue", "EUR 3m", "other_currency", "EUR 3m"),
        ("consent", "maybe", "not_a_flag", "maybe"),
        ("custom", "{}", "not_an_object", "{}"),
    ],
)
def test_a_bad_optional_value_is_left_out_named_and_kept_raw(field: str, value: object, code: str, shown: str) -> None:
    lead = lenient(**{field: value})
    assert [(problem.field, problem.code, problem.value) for problem in lead.warnings] == [(field, code, shown)]
    assert getattr(lead, field) == getattr(lenient(), field)
    assert lead.raw[field] == value


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("company", "n/a", "junk_company"),
        ("employee_count", "51-200", "as_range"),
        ("phone", "+44 20 7946 0958 x12", "extension_dropped"),
    ],
)
def test_what_was_understood_in_its_own_way_is_a_note(field: str, value: str, code: str) -> None:
    lead = lenient(**{field: value})
    assert ([note.code for note in lead.notes], lead.warnings, lead.raw[field]) == ([code], (), value)


@pytest.mark.parametrize("country", ["Remote", "Unspecified", ""])
def test_no_country_is_silent(country: str) -> None:
    lead = lenient(country=country)
    assert (lead.country, lead.warnings, lead.notes, lead.raw) == ("", (), (), {})


def test_hooks_may_send_numbers_for_text() -> None:
    assert lenient(external_id=42).external_id == "42"


def test_strict_tells_every_error_at_once() -> None:
    assert set(errors(email="nope", intent_score=101, country="Atlantis", company=[], colour="red")) == {
        "email",
        "intent_score",
        "country",
        "company",
        "colour",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", None),
        ("email", 7),
        ("first_name", 7),
        ("first_name", ["Ana"]),
        ("first_name", "x" * 151),
        ("first_name", "\ud800"),
        ("company", {"name": "Acme"}),
        ("intent_score", "72"),
        ("intent_score", True),
        ("intent_score", -1),
        ("intent_score", 72.5),
        ("intent_score", float("nan")),
        ("intent_score", float("inf")),
        ("intent_score", 2**63),
        ("employee_count", True),
        ("employee_count", []),
        ("annual_revenue", "1.234,5"),
        ("occurred_at", 1764590000),
        ("occurred_at", "2026-11-20T12:06:00Z"),
        ("occurred_at", "9999-12-31T23:59:59Z"),
        ("consent", "yes"),
        ("opt_out", 1),
        ("hand_raise", "true"),
        ("tech_stack", "Python;Go"),
        ("tech_stack", [1]),
        ("custom", []),
        ("custom", {"a": "\0"}),
    ],
)
def test_strict_refuses_wrong_types_and_values(field: str, value: object) -> None:
    assert set(errors(**{field: value})) == {field}


def test_strict_takes_null_and_whole_floats() -> None:
    row: dict[str, object] = dict.fromkeys(FIELDS) | {"email": "ana@acme.co", "intent_score": 72.0}
    assert clean_lead(row, received_at=NOW, strict=True).intent_score == 72


def test_names_of_unknown_fields_are_safe_to_print_and_few() -> None:
    told = errors(**{f"x{number}": 1 for number in range(1_000)}, **{"\ud800\n": 1})
    assert len(told) == 50
    assert all(name.isprintable() for name in errors(**{"\ud800\n": 1}))


@pytest.mark.parametrize("row", [[], "email", None, 7])
def test_what_is_no_object(row: object) -> None:
    with pytest.raises(UnusableLead):
        clean_lead(row, received_at=NOW)  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        clean_lead(row, received_at=NOW, strict=True)  # type: ignore[arg-type]


HOSTILE = [
    "undefined",
    "null",
    "1;DROP TABLE users",
    "' OR 1=1 -- 1",
    "<script>alert(1)</script>",
    "{{7*7}}{% debug %}${7*7}",
    "${jndi:ldap://x}",
    "../../../../etc/passwd%00",
    "=cmd|' /C calc'!A0",
    "田中さんにあげて下さい",
    "﷽",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
    "👾 🙇 💁 🙅 🙆 🙋 🙎 🙍",
    "ثم نفس سقطت وبالتحديد،",
    "\u202etest\u202c",
    "⁰⁴⁵₀₁₂",
    "NaN",
    "1e309",
    "0x0",
    "-9223372036854775809",
    "\x1b[31mred",
    "<!channel> <@U1>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_typed(text: str) -> None:
    raw = dict.fromkeys(TEXT_LIMITS, text)
    expected = re.sub("[\x1b\u202c\u202e]", "", text)
    for strict in (False, True):
        lead = clean_lead({"email": "ana@acme.co", **raw}, received_at=NOW, strict=strict)
        assert {field: getattr(lead, field) for field in TEXT_LIMITS} == dict.fromkeys(TEXT_LIMITS, expected)


@settings(deadline=None)
@given(ROWS)
def test_any_row_is_a_lead_or_a_named_error(row: dict[str, object]) -> None:
    told: dict[str, list[str]] = {}
    try:
        clean_lead(row, received_at=NOW, strict=True)
    except Invalid as invalid:
        told = invalid.errors
    assert all(name.isprintable() and sentences for name, sentences in told.items())
    lead = clean_lead({**row, "email": "ana@acme.co"}, received_at=NOW)
    assert all(problem.sentence.isprintable() and problem.value.isprintable() for problem in lead.warnings)
    texts = [value for value in (getattr(lead, field) for field in FIELDS) if isinstance(value, str)]
    assert all("\0" not in text and text.encode() is not None for text in texts)


@settings(deadline=None)
@given(JSON)
def test_any_email_is_one_or_a_named_error(raw: object) -> None:
    with suppress(UnusableLead):
        assert clean_lead({"email": raw}, received_at=NOW).person_key
