"""Bodies from hell: 400, 411, 413 or 415, each a problem document and a refusal in the books; never a 500."""

import pytest

from leads.models import Arrival, IntentSignal, Lead
from revops.api.json_bytes import NotJson, decode, mended
from tests.api.conftest import Api, is_problem

EMAIL = b'"email": "jo@acme.test"'
UNREADABLE = {
    "NaN": b'{%s, "intent_score": NaN}' % EMAIL,
    "Infinity": b'{%s, "intent_score": -Infinity}' % EMAIL,
    "1e309": b'{%s, "intent_score": 1e309}' % EMAIL,
    "5,000 digits": b'{%s, "intent_score": %s}' % (EMAIL, b"9" * 5_000),
    "depth 100,000": b'{"custom": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects in objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "unclosed depth": b"[" * 100_000,
    "duplicate keys": b'{"email": "a@acme.test", "email": "b@acme.test"}',
    "duplicate keys below": b'{%s, "custom": {"a": 1, "a": 2}}' % EMAIL,
    "lone surrogate": b'{%s, "company": "\\ud800"}' % EMAIL,
    "lone surrogate as key": b'{%s, "\\udfff": 1}' % EMAIL,
    "invalid UTF-8": b'{%s, "company": "\xff\xfe"}' % EMAIL,
    "UTF-16": '{"email": "jo@acme.test"}'.encode("utf-16"),
    "escaped NUL": b'{%s, "company": "a\\u0000b"}' % EMAIL,
    "raw NUL": b'{%s, "company": "a\x00b"}' % EMAIL,
    "top-level array": b"[{%s}]" % EMAIL,
    "top-level text": b'"jo@acme.test"',
    "top-level null": b"null",
    "trailing text": b"{%s} and more" % EMAIL,
    "two documents": b"{%s}{%s}" % (EMAIL, EMAIL),
    "truncated": b'{"email": "jo@acme.te',
    "not JSON": b"email=jo@acme.test",
    "BOM": b"\xef\xbb\xbf{%s}" % EMAIL,
    "single quotes": b"{'email': 'jo@acme.test'}",
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}], ids=["plain", "with a key"])
def test_a_body_that_cannot_be_read(api: Api, name: str, key: dict[str, str]) -> None:
    is_problem(api.raw("leads/", UNREADABLE[name], **key), 400)
    assert Lead.objects.count() == 0
    assert Arrival.objects.get().code == "not_json"


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("path", ["signals/", "leads/1/recycle/"])
def test_the_same_elsewhere(api: Api, name: str, path: str) -> None:
    is_problem(api.raw(path, UNREADABLE[name]), 400)
    assert IntentSignal.objects.count() == 0


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "",
     "application/json; charset=latin-1"],
)  # fmt: skip
@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}], ids=["plain", "with a key"])
def test_another_content_type_is_415(api: Api, content_type: str, key: dict[str, str]) -> None:
    problem = is_problem(api.raw("leads/", b"{%s}" % EMAIL, content_type=content_type, **key), 415)
    assert problem["detail"].endswith(" Send application/json.")
    assert Arrival.objects.get().code == "not_json"


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}], ids=["plain", "with a key"])
def test_fifty_megabytes_are_413(api: Api, key: dict[str, str]) -> None:
    is_problem(api.raw("leads/", b'{"custom": "%s"}' % (b"x" * 50_000_000), **key), 413)
    assert Arrival.objects.get().code == "too_large"


def test_a_length_that_lies_is_no_way_around_the_limit(api: Api) -> None:
    answer = api.client(api.system).generic(
        "POST", "/api/v1/leads/", b"{" + b" " * 2_000_000, "application/json", CONTENT_LENGTH="12"
    )
    is_problem(answer, 400)


def test_chunks_are_411_and_not_an_empty_body(api: Api) -> None:
    answer = api.client(api.system).generic(
        "POST", "/api/v1/leads/", b"", "application/json", HTTP_TRANSFER_ENCODING="chunked"
    )
    is_problem(answer, 411)


def test_a_form_with_a_session_is_refused_before_it_is_read(api: Api) -> None:
    """The CSRF check reads a form; nothing after it may stumble over that."""
    client = api.client(None)
    client.force_login(api.world.revops.user)
    for key in ({}, {"Idempotency-Key": "k"}):
        is_problem(client.post("/api/v1/leads/", {"email": "jo@acme.test"}, format="multipart", headers=key), 415)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'"\\\\u0000"', "\\u0000"),
        (b"  7 ", 7),
    ],
)
def test_good_json_is_read(body: bytes, value: object) -> None:
    assert decode(body) == value


def test_an_error_says_where() -> None:
    with pytest.raises(NotJson, match=r"line 2, column 3"):
        decode(b'{"a": 1,\n  b}')


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"a\\u0000b"', "a�b"),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'"\\ud83dx\\ude00"', "�x�"),
        (b'"\\u0041\\udc00\\ud800\\u0042"', "A��B"),
        (b'"\\ud800\\ud83d\\ude00"', "�\N{GRINNING FACE}"),
        (b'"\\\\u0000 \\\\\\u0000 \\n"', "\\u0000 \\� \n"),
        (b'{"\\udfff": "\\u00e9"}', {"�": "é"}),
    ],
)
def test_what_is_no_text_is_mended_where_it_must_not_matter(body: bytes, value: object) -> None:
    assert decode(mended(body)) == value
