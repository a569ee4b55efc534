"""The transport against servers that no HTTP library would write."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

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
        while not heard.endswith((b"{}", b"\r\n\r\n")):  # what is left unread would turn the close into a reset
            heard += connected.recv(65536)
            if heard.startswith(b"POST") and heard.endswith(b"\r\n\r\n"):
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


def test_a_get_sends_no_body() -> None:
    heard: list[bytes] = []

    def behave(connected: socket.socket) -> None:
        connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connected, _ = listener.accept()
            with connected:
                heard.append(connected.recv(65536))
                behave(connected)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x?domain=acme.test"
        assert wire.send("Test", url, headers={}, seconds=2.0, method="GET").body == b"hi"
        thread.join()
    assert heard[0].startswith(b"GET /x?domain=acme.test HTTP/1.1\r\n")
    assert b"content-length" not in heard[0].lower()


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: let_go.wait(5) and [])
    began = time.monotonic()
    with pytest.raises(VendorError, match="timed out") as caught:
        send("http://slow-name.test/", seconds=0.2)
    let_go.set()
    assert time.monotonic() - began < 0.5
    assert not caught.value.ambiguous


def test_a_server_that_does_not_read_cannot_hold_a_write() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(VendorError, match="timed out"):
            wire.send("Test", url, body=b"x" * 20_000_000, headers={}, seconds=0.3)
    assert time.monotonic() - began < 0.8


def test_a_handshake_that_drips_is_bounded() -> None:
    def drip(connected: socket.socket) -> None:
        for byte in b"\x16\x03\x03\x00\x7a" + b"x" * 40:
            connected.sendall(bytes([byte]))
            time.sleep(0.03)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connected, _ = listener.accept()
            with connected, suppress(OSError):
                drip(connected)

        thread = threading.Thread(target=serve)
        thread.start()
        began = time.monotonic()
        with pytest.raises(VendorError):
            send(f"https://127.0.0.1:{listener.getsockname()[1]}/", seconds=0.3)
        assert time.monotonic() - began < 0.7
        thread.join()


def test_what_is_to_be_public_is_not_dialled_on_a_private_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public name may resolve to anything, and to something else at each asking."""
    dialled: list[object] = []
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: addresses)
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: dialled.append(a))
    with pytest.raises(VendorError, match="private network") as caught:
        wire.send("Test", "https://rebound.test/", headers={}, seconds=1.0, method="GET", public_only=True)
    assert caught.value.configuration
    assert dialled == []
