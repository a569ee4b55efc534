"""`POST leads/bulk/`: good rows land, each bad one is told and counted."""

import json
from typing import Any

import pytest

from leads.models import Arrival, Lead
from tests.api.conftest import Api, is_problem
from tests.world import check_law

NDJSON = "application/x-ndjson"


def lines(*rows: Any) -> bytes:
    return b"\n".join(row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)


def test_a_json_array(api: Api) -> None:
    rows = [{"email": "a@one.test"}, {"email": "nobody"}, {"email": "A+x@one.test"}, {"email": "b@two.test"}]
    answer = api.post("leads/bulk/", api.system, rows)
    assert answer.status_code == 200
    told = answer.json()
    assert told["counts"] == {"new": 2, "joined": 1, "suppressed": 0, "refused": 1}
    assert [(row["row"], row["status"], row["outcome"]) for row in told["results"]] == [
        (1, 201, "new"), (2, 400, "refused"), (3, 200, "joined"), (4, 201, "new"),
    ]  # fmt: skip
    assert told["results"][1]["errors"]["email"]
    assert told["results"][0]["id"] == told["results"][2]["id"]
    assert (Lead.objects.count(), Arrival.objects.count()) == (2, 4)
    check_law()


def test_a_line_that_cannot_be_read_is_a_row_refused(api: Api) -> None:
    body = lines(
        {"email": "a@one.test"}, b"{nonsense", b"", b"[1]", b'{"email": NaN}', b"\xff", {"email": "b@two.test"}
    )
    told = api.raw("leads/bulk/", body, content_type=NDJSON).json()
    assert [row["outcome"] for row in told["results"]] == ["new", *["refused"] * 4, "new"]
    assert all("row" in row["errors"] for row in told["results"][1:5])
    assert set(Arrival.objects.filter(outcome="refused").values_list("code", flat=True)) == {"bad_row"}


def test_more_than_a_batch_lands_in_order(api: Api) -> None:
    rows = [{"email": f"p{number}@acme{number}.test"} for number in range(1_201)]
    told = api.raw("leads/bulk/", lines(*rows), content_type=NDJSON).json()
    assert told["counts"]["new"] == 1_201
    last = told["results"][-1]
    assert last["row"] == 1_201
    assert Lead.objects.get(pk=last["id"]).email == "p1200@acme1200.test"
    assert api.raw("leads/bulk/", lines(*rows), content_type=NDJSON).json()["counts"]["joined"] == 1_201


def test_ten_thousand_rows_and_no_more(api: Api) -> None:
    body = lines(*[{}] * 10_001)
    is_problem(api.raw("leads/bulk/", body, content_type=NDJSON), 413)
    assert Arrival.objects.get().code == "too_many_rows"


def test_too_many_bytes(api: Api) -> None:
    is_problem(api.raw("leads/bulk/", b"[" + b" " * (32 * 1024 * 1024) + b"]"), 413)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"\n\n", NDJSON, 400),
        (b'{"email": "a@one.test"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'[{"email": "a@one.test"}', "application/json", 400),
        (b"email\na@one.test", "text/csv", 415),
    ],
)
def test_a_body_without_rows(api: Api, body: bytes, content_type: str, status: int) -> None:
    is_problem(api.raw("leads/bulk/", body, content_type=content_type), status)
    assert Lead.objects.count() == 0


@pytest.mark.parametrize(("name", "status"), [("revops", 200), ("mate", 403), ("manager", 403), ("anonymous", 401)])
def test_who_may_send(api: Api, name: str, status: int) -> None:
    assert api.post("leads/bulk/", api.user(name), [{"email": "a@one.test"}]).status_code == status


def test_no_key_here(api: Api) -> None:
    answer = api.post("leads/bulk/", api.system, [{"email": "a@one.test"}], **{"Idempotency-Key": "k"})
    assert "Idempotency-Key" in is_problem(answer, 400)["errors"]
