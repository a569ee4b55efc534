"""The ways in which a vendor's answer goes wrong, by name: for the next calls, or until switched off."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from email.utils import formatdate
from typing import Any, cast

from revops.standins.enrichment.vendor import COMPANY, Vendor
from revops.standins.faults import PAGE_OF_A_PROXY, UnknownFault, drops, fits
from revops.standins.web import Reply, Request

ANY = "any"
ABSURD = ("@-5", "@1e309", "@true", "@1" + "0" * 30)


@dataclass(frozen=True)
class Misbehaviour:
    """One way to go wrong.

    times        calls that meet it; 0: every one until it is switched off
    on           the kind of call: 'company', 'check', 'token', 'any'
    status       of `server_error`
    retry_after  seconds told with `rate_limited`, `no_credits` and `queued`; below zero: nothing is told
    as_date      tell them as a date
    seconds      how long `slow` waits
    """

    fault: str
    times: int = 1
    on: str = COMPANY
    status: int = 500
    retry_after: int = -1
    as_date: bool = False
    seconds: float = 30.0

    @classmethod
    def parse(cls, asked: object) -> "Misbehaviour":
        if not isinstance(asked, Mapping) or asked.get("fault") not in FAULTS:
            raise UnknownFault(f"a fault is an object with one of these as its fault: {', '.join(FAULTS)}")
        kinds = {"fault": str, **{known.name: type(known.default) for known in fields(cls) if known.name != "fault"}}
        for name, value in asked.items():
            if name not in kinds or not fits(value, kinds[name]):
                raise UnknownFault(f"{name} is unknown, or not {kinds.get(name, str).__name__}")
        return cls(**asked)

    def meets(self, kind: str) -> bool:
        return self.on in {ANY, kind}


@dataclass(frozen=True)
class Call:
    """A request that a misbehaviour meets."""

    vendor: Vendor
    request: Request
    how: Misbehaviour

    def answered(self) -> Reply:
        """What the vendor would have said."""
        return self.vendor.answer(self.request)


class Misbehaviours:
    """What is still to go wrong, in order."""

    def __init__(self) -> None:
        self.coming: list[Misbehaviour] = []

    def add(self, asked: object) -> None:
        if not isinstance(asked, list):
            raise UnknownFault("next is a list of faults")
        self.coming.extend([Misbehaviour.parse(one) for one in asked])

    def take(self, kind: str) -> Misbehaviour | None:
        found = next((index for index, one in enumerate(self.coming) if one.meets(kind)), None)
        if found is None:
            return None
        one = self.coming[found]
        if one.times == 1:
            del self.coming[found]
        elif one.times:
            self.coming[found] = replace(one, times=one.times - 1)
        return one

    def clear(self) -> None:
        self.coming.clear()


def _slow(call: Call) -> Reply:
    reply = call.answered()
    return replace(reply, pieces=_late(reply.body, call.how.seconds))


def _drip(call: Call) -> Reply:
    reply = call.answered()
    return replace(reply, pieces=drops(reply.body))


def _rate_limited(call: Call) -> Reply:
    return _asking_to_wait(call.vendor.slow_down(), call.how)


def _no_credits(call: Call) -> Reply:
    return _asking_to_wait(call.vendor.used_up(), call.how)


def _queued(call: Call) -> Reply:
    return _asking_to_wait(Reply(status=202, content_type="text/plain"), call.how)


def _server_error(call: Call) -> Reply:
    return Reply(status=call.how.status, body=PAGE_OF_A_PROXY, content_type="text/html")


def _redirect(call: Call) -> Reply:
    return Reply(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})


def _html(call: Call) -> Reply:
    return Reply(body=PAGE_OF_A_PROXY, content_type="text/html")


def _truncated(call: Call) -> Reply:
    reply = call.answered()
    return replace(reply, body=reply.body[: len(reply.body) * 2 // 3])


def _cut_short(call: Call) -> Reply:
    """Fewer bytes than Content-Length says."""
    reply = call.answered()
    return replace(reply, pieces=[reply.body[: len(reply.body) // 2]])


def _overlong(call: Call) -> Reply:
    """More bytes than Content-Length says."""
    reply = call.answered()
    return replace(reply, headers={**reply.headers, "Content-Length": str(len(reply.body) // 2)})


def _empty(call: Call) -> Reply:
    return replace(call.answered(), body=b"")


def _latin1(call: Call) -> Reply:
    reply = call.answered()
    return replace(reply, body=reply.body.replace(b'": "', b'": "\xe9', 1))


def _nan(call: Call) -> Reply:
    return _spoilt(call, lambda record: _set_all(call.vendor.NUMBERS, record, ["@NaN", "@Infinity", "@-Infinity"]))


def _absurd(call: Call) -> Reply:
    return _spoilt(call, lambda record: _set_all(call.vendor.NUMBERS, record, ABSURD))


def _text_numbers(call: Call) -> Reply:
    def spoil(record: dict[str, Any]) -> None:
        for path in call.vendor.NUMBERS:
            _change(record, path, str)

    return _spoilt(call, spoil)


def _unknown_label(call: Call) -> Reply:
    return _spoilt(call, lambda record: _set_all(call.vendor.LABELS, record, ["ZZ_NEW_LABEL"]))


def _wrong_types(call: Call) -> Reply:
    """Every optional value is an object where it was a text, a number or a list."""
    return _spoilt(call, lambda record: _rewritten(record, call.vendor.KEPT, lambda value: {"value": value}))


def _nulls(call: Call) -> Reply:
    return _spoilt(call, lambda record: _rewritten(record, call.vendor.KEPT, lambda value: None))


def _missing(call: Call) -> Reply:
    return _spoilt(call, lambda record: _pruned(record, call.vendor.KEPT))


def _more_fields(call: Call) -> Reply:
    return _spoilt(call, lambda record: record.update({"x_new_in_2031": {"deep": [1, {"er": "\ud800\x00"}]}}))


def _reordered(call: Call) -> Reply:
    return _moved(call, lambda rows: rows.reverse())


def _row_missing(call: Call) -> Reply:
    """Of several companies one is left out."""
    return _moved(call, lambda rows: rows.pop() if len(rows) > 1 else None)


def _row_twice(call: Call) -> Reply:
    return _moved(call, lambda rows: rows.append(rows[0]))


def _echo(call: Call) -> Reply:
    key = call.request.headers.get("x-api-key") or call.request.authorization.rpartition(" ")[2]
    return call.vendor.echoed(key)


FAULTS: dict[str, Callable[[Call], Reply]] = {
    "slow": _slow,
    "drip": _drip,
    "rate_limited": _rate_limited,
    "no_credits": _no_credits,
    "queued": _queued,
    "server_error": _server_error,
    "revoked": lambda call: call.vendor.refused(),
    "forbidden": lambda call: call.vendor.forbidden(),
    "redirect": _redirect,
    "html": _html,
    "truncated": _truncated,
    "cut_short": _cut_short,
    "overlong": _overlong,
    "empty": _empty,
    "latin1": _latin1,
    "list": lambda call: replace(call.answered(), body=b"[]"),
    "no_record": lambda call: replace(call.answered(), body=b"{}"),
    "nan": _nan,
    "absurd_numbers": _absurd,
    "numbers_as_text": _text_numbers,
    "unknown_label": _unknown_label,
    "wrong_types": _wrong_types,
    "nulls": _nulls,
    "missing_fields": _missing,
    "more_fields": _more_fields,
    "reordered": _reordered,
    "row_missing": _row_missing,
    "row_twice": _row_twice,
    "echo": _echo,
}


def _late(body: bytes, seconds: float) -> Iterator[bytes]:
    time.sleep(seconds)
    yield body


def _asking_to_wait(reply: Reply, how: Misbehaviour) -> Reply:
    if how.retry_after < 0:
        return reply
    asked = formatdate(time.time() + how.retry_after, usegmt=True) if how.as_date else str(how.retry_after)
    return replace(reply, headers={**reply.headers, "Retry-After": asked})


def _spoilt(call: Call, spoil: Callable[[dict[str, Any]], object]) -> Reply:
    """The vendor's answer with its record changed; '@' before a text makes it a bare word, as no JSON writer would."""
    reply = call.answered()
    if reply.status != 200:
        return reply
    said = json.loads(reply.body)
    record = call.vendor.record(said)
    if record is None:
        return reply
    spoil(record)
    body = json.dumps(said)
    for word in (*ABSURD, "@NaN", "@Infinity", "@-Infinity"):
        body = body.replace(f'"{word}"', word[1:])
    return replace(reply, body=body.encode())


def _moved(call: Call, move: Callable[[list[Any]], object]) -> Reply:
    """An answer about several companies with its rows moved about; any other as it is."""
    reply = call.answered()
    said = json.loads(reply.body) if reply.status == 200 else {}
    rows = call.vendor.rows(said) if said else None
    if not rows:
        return reply
    move(rows)
    return replace(reply, body=json.dumps(said).encode())


def _set_all(paths: tuple[str, ...], record: dict[str, Any], wrong: Any) -> None:
    for index, path in enumerate(paths):
        _change(record, path, lambda _, index=index: wrong[index % len(wrong)])  # type: ignore[misc]


def _change(record: dict[str, Any], path: str, change: Callable[[Any], Any]) -> None:
    *parents, last = path.split(".")
    for name in parents:
        record = cast(dict[str, Any], record.get(name, {}))
    if last in record:
        record[last] = change(record[last])


def _rewritten(record: dict[str, Any], kept: tuple[str, ...], change: Callable[[Any], Any], at: str = "") -> None:
    for name, value in record.items():
        path = f"{at}{name}"
        if any(one.startswith(f"{path}.") for one in kept):
            _rewritten(value, kept, change, f"{path}.")
        elif path not in kept:
            record[name] = change(value)


def _pruned(record: dict[str, Any], kept: tuple[str, ...], at: str = "") -> None:
    for name in list(record):
        path = f"{at}{name}"
        if any(one.startswith(f"{path}.") for one in kept):
            _pruned(record[name], kept, f"{path}.")
        elif path not in kept:
            del record[name]
