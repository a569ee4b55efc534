"""The transport against servers that no HTTP library would write."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from revops.integrations import wire
from revops.integrations.errors import VendorError


@contextmanager
def server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A listener whose one connection is served by `behave`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, behave))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        thread.join()


def _serve(listener: socket.socket, behave: Callable[[socket.socket], None]) -> None:
    connected, _ = listener.accept()
    with connected:
        heard = b""
        while not heard.endswith(b"{}"):  # what is left unread would turn the close into a reset
            heard += connected.recv(65536)
        try:
            behave(connected)
        except OSError:
            return


def saying(*pieces: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    def behave(connected: socket.socket) -> None:
        for piece in pieces:
            connected.sendall(piece)
            time.sleep(pause)

    return behave


def send(url: str, seconds: float = 2.0) -> wire.Answer:
    return wire.send("Test", url, body=b"{}", headers={"Authorization": "Bearer s3cret"}, seconds=seconds)


def test_an_answer_is_given_whatever_its_status() -> None:
    with server(saying(b"HTTP/1.1 418 Teapot\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nhi")) as url:
        assert send(url) == wire.Answer(418, {"retry-after": "3", "content-length": "2"}, b"hi")


def test_a_redirect_is_not_followed() -> None:
    with server(saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")) as url:
        assert send(url).status == 302


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    ],
    ids=["nothing", "short", "short chunk", "not http", "too many headers"],
)
def test_no_whole_answer_is_ambiguous(answer: bytes) -> None:
    with server(saying(answer)) as url, pytest.raises(VendorError) as caught:
        send(url)
    assert (caught.value.permanent, caught.value.ambiguous) == (False, True)


@pytest.mark.parametrize("drops", [b"HTTP/1.1 200 OK\r\nX-Slow: yes", b"x" * 40], ids=["headers", "no http"])
def test_dripping_headers_are_bounded(drops: bytes) -> None:
    began = time.monotonic()
    pieces = [drops[index : index + 1] for index in range(len(drops))]
    with server(saying(*pieces, pause=0.05)) as url:
        with pytest.raises(VendorError) as caught:
            send(url, seconds=0.4)
        assert time.monotonic() - began < 0.8
    assert caught.value.ambiguous


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LARGEST_ANSWER", 1000)
    with (
        server(saying(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 400] * 10)) as url,
        pytest.raises(VendorError, match="large"),
    ):
        send(url)


def test_a_host_without_an_address() -> None:
    with pytest.raises(VendorError, match="could not connect") as caught:
        send("http://does-not-exist.invalid/")
    assert (caught.value.permanent, caught.value.ambiguous) == (False, False)


def test_each_address_of_a_host_shares_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def slow(address: tuple[str, int], timeout: float) -> socket.socket:
        given.append(timeout)
        time.sleep(0.1)
        raise TimeoutError

    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"10.0.0.{last}", 80)) for last in range(1, 9)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: addresses)
    monkeypatch.setattr(socket, "create_connection", slow)
    with pytest.raises(VendorError, match="timed out"):
        send("http://many.test/", seconds=0.25)
    assert len(given) == 3
    assert given == sorted(given, reverse=True)


def test_the_credential_is_in_no_error() -> None:
    with pytest.raises(VendorError) as caught:
        wire.send("Test", "http://127.0.0.1:9/", body=b"", headers={"Authorization": "Bearer s3\ncret"}, seconds=1.0)
    assert "cret" not in str(caught.value)
    assert caught.value.configuration
