"""One bounded HTTP request, the one way out: a total time, a largest answer, no redirects, a named error.

A socket's time-out counts from the last byte, so a server that drips one byte at a time holds a worker for ever. Here
every wait (resolving the name, connecting to each address, the TLS handshake, each write and read) gets only what is
left of the whole call's time.

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
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request, UnknownHandler

from revops.integrations.addresses import is_public
from revops.integrations.errors import Unavailable, VendorError

CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 5 * 1024 * 1024
WRITTEN_AT_ONCE = 16 * 1024


@dataclass(frozen=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Deadline:
    at: float

    @classmethod
    def within(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("out of time")
        return seconds


@dataclass(frozen=True)
class _Call:
    """One request's bounds. With `public_only` its host may not be a machine of a private network; through a proxy,
    whose own address is dialled in the host's place, that is the proxy's to see to."""

    deadline: Deadline
    host: str
    public_only: bool


class PrivateAddress(OSError):
    """A public name that resolves to a private address, which the call must not reach."""


def send(
    name: str,
    url: str,
    *,
    headers: Mapping[str, str],
    seconds: float,
    body: bytes | None = None,
    method: str = "POST",
    public_only: bool = False,
) -> Answer:
    """Ask, and give the answer, whatever its status. `name` is what errors call the request.

    Raises VendorError when no whole answer came: ambiguous once the request had been sent.
    """
    try:
        call = _Call(Deadline.within(seconds), urlsplit(url).hostname or "", public_only)
        request = Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - the opener knows http(s) only
        with _opener(call).open(request, timeout=max(seconds, 0.001)) as response:
            return Answer(response.status, _lower(response.headers), _read(response))
    except URLError as error:
        raise _not_connected(name, error.reason) from None
    except (OSError, HTTPException) as error:
        raise Unavailable(f"{name}: no whole answer ({_cause(error)})", ambiguous=True) from None
    except ValueError:
        # http.client quotes a malformed header, token and all.
        raise VendorError(
            f"{name}: the address or the credential cannot be sent", permanent=True, configuration=True
        ) from None


def _not_connected(name: str, reason: object) -> VendorError:
    if isinstance(reason, PrivateAddress):
        return VendorError(f"{name}: {reason}", permanent=True, configuration=True)
    return Unavailable(f"{name}: could not connect ({_cause(reason)})")


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


def _opener(call: _Call) -> OpenerDirector:
    """An opener without urllib's handlers for redirects, files, ftp and error statuses."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), UnknownHandler(), _Http(call), _Https(call)):
        opener.add_handler(handler)
    return opener


class _Http(HTTPHandler):
    def __init__(self, call: _Call) -> None:
        super().__init__()
        self._call = call

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_timed, _TimedConnection, self._call), req)


class _Https(HTTPSHandler):
    def __init__(self, call: _Call) -> None:
        super().__init__()
        self._call = call

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(partial(_timed, _TimedTlsConnection, self._call), req, context=_trust())


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


class _TimedConnection(HTTPConnection):
    deadline: Deadline

    def send(self, data: Any) -> None:
        """Each write gets what is left of the time; the standard method gives every one of them the whole."""
        if self.sock is None:
            self.connect()
        for start in range(0, len(data), WRITTEN_AT_ONCE):
            self.sock.settimeout(self.deadline.left())
            super().send(data[start : start + WRITTEN_AT_ONCE])


class _TimedTlsConnection(_TimedConnection, HTTPSConnection):
    pass


def _timed(kind: type[_TimedConnection], call: _Call, host: str, **options: Any) -> HTTPConnection:
    connection = kind(host, **options)
    connection.deadline = call.deadline
    hooks: Any = connection  # the two seams http.client has; its type stubs leave them out
    hooks._create_connection = partial(_dial, call)
    hooks.response_class = partial(_TimedResponse, deadline=call.deadline)
    return connection


def _dial(call: _Call, address: tuple[str, int], *_ignored: object) -> socket.socket:
    """Try each address of the host; the standard function gives each of them the whole time."""
    failure = OSError("the host has no address")
    host, port = address
    found = _resolved(host, port, call.deadline)
    if call.public_only and host == call.host and not all(map(is_public, found)):
        raise PrivateAddress("the host's address is one of a private network")
    for resolved in found:
        try:
            connected = socket.create_connection((resolved, port), min(CONNECT_SECONDS, call.deadline.left()))
        except OSError as error:
            failure = error
        else:
            connected.settimeout(call.deadline.left())
            return connected
    raise failure


def _resolved(host: str, port: int, deadline: Deadline) -> list[str]:
    """The host's addresses. The system's resolver has no time-out to set, so a thread waits for it and may be left."""
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()
    Thread(target=_resolve, args=(host, port, answers), daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left())
    except Empty:
        raise TimeoutError("the name was not resolved in time") from None
    if isinstance(found, Exception):
        raise found
    return found


def _resolve(host: str, port: int, answers: "SimpleQueue[list[str] | Exception]") -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put([str(resolved[0]) for *_, resolved in found])
    except Exception as error:
        answers.put(error)


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
