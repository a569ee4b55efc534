"""One bounded HTTP request: a total time, a largest answer, no redirects, a named error.

A socket's time-out counts from the last byte, so a server that drips one byte at a time holds a worker for ever. Here
every wait (connecting to each address, the TLS handshake, each read) gets only what is left of the whole call's time.
The one wait outside it is the system's name resolver, which has a limit of its own.

Redirects are not followed: urllib would carry the Authorization header to wherever they point.
"""

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, UnknownHandler

from revops.integrations.errors import VendorError

CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 5 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Deadline:
    at: float

    def left(self) -> float:
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("out of time")
        return seconds


def send(name: str, url: str, *, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
    """POST `body` and give the answer, whatever its status. `name` is what errors call the request.

    Raises VendorError when no whole answer came: ambiguous once the request had been sent.
    """
    deadline = Deadline(time.monotonic() + seconds)
    try:
        request = Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310 - the opener knows http(s) only
        with _opener(deadline).open(request, timeout=seconds) as response:
            return Answer(response.status, _lower(response.headers), _read(response))
    except URLError as error:
        raise VendorError(f"{name}: could not connect ({_cause(error.reason)})", permanent=False) from None
    except (OSError, HTTPException) as error:
        raise VendorError(f"{name}: no whole answer ({_cause(error)})", permanent=False, ambiguous=True) from None
    except ValueError:
        # http.client quotes a malformed header, token and all.
        raise VendorError(
            f"{name}: the address or the credential cannot be sent", permanent=True, configuration=True
        ) from None


def _read(response: HTTPResponse) -> bytes:
    body = response.read(LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER:
        raise HTTPException("answer too large")
    expected = response.headers.get("Content-Length", "")
    if expected.isdecimal() and len(body) < int(expected):
        raise HTTPException("answer cut short")
    return body


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _cause(error: object) -> str:
    return "timed out" if isinstance(error, TimeoutError) else str(error) or type(error).__name__


def _opener(deadline: Deadline) -> OpenerDirector:
    """An opener without urllib's handlers for redirects, files, ftp and error statuses."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), UnknownHandler(), _Http(deadline), _Https(deadline)):
        opener.add_handler(handler)
    return opener


class _Http(HTTPHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_timed, HTTPConnection, self._deadline), req)


class _Https(HTTPSHandler):
    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_timed, HTTPSConnection, self._deadline), req, context=_trust())


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _timed(kind: type[HTTPConnection], deadline: Deadline, host: str, **options: Any) -> HTTPConnection:
    connection = kind(host, **options)
    hooks: Any = connection  # the two seams http.client has; its type stubs leave them out
    hooks._create_connection = partial(_dial, deadline)
    hooks.response_class = partial(_TimedResponse, deadline=deadline)
    return connection


def _dial(deadline: Deadline, address: tuple[str, int], *_ignored: object) -> socket.socket:
    """Try each address of the host; the standard function gives each of them the whole time."""
    failure = OSError("the host has no address")
    host, port = address
    for *_, resolved in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            connected = socket.create_connection((str(resolved[0]), port), min(CONNECT_SECONDS, deadline.left()))
        except OSError as error:
            failure = error
        else:
            connected.settimeout(deadline.left())
            return connected
    raise failure


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, deadline: Deadline, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_TimedStream(sock, self.fp.detach(), deadline))


class _TimedStream(io.RawIOBase):
    def __init__(self, sock: socket.socket, stream: io.RawIOBase, deadline: Deadline) -> None:
        self._sock = sock
        self._stream = stream
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()
