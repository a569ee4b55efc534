"""A request and a reply: the little of HTTP that a stand-in needs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

LARGEST_BODY = 1024 * 1024


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    content_type: str
    authorization: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case

    @classmethod
    def read(cls, environ: WSGIEnvironment) -> "Request":
        length = environ.get("CONTENT_LENGTH") or "0"
        size = min(int(length), LARGEST_BODY) if length.isascii() and length.isdecimal() else 0
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace"),  # as WSGI hands it over
            query=dict(parse_qsl(environ.get("QUERY_STRING", ""))),
            content_type=environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower(),
            authorization=environ.get("HTTP_AUTHORIZATION", ""),
            body=environ["wsgi.input"].read(size),
            headers=_headers(environ),
        )

    @property
    def is_json(self) -> bool:
        return self.content_type == "application/json"

    def json(self) -> dict[str, Any] | None:
        """The body's JSON object; None when it holds anything else."""
        try:
            said = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return said if isinstance(said, dict) else None

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] | None = None  # what is really sent, where that is not the body at once

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        headers = {
            "Content-Type": self.content_type,
            "Content-Length": str(len(self.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **self.headers,
        }
        start_response(f"{self.status} {HTTPStatus(self.status).phrase}", list(headers.items()))
        return [self.body] if self.pieces is None else self.pieces


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    return {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}


def json_reply(said: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status=status, body=json.dumps(said).encode(), headers=headers or {})
