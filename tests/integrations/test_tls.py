"""What a certificate must be for a vendor to hear our credential."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from revops.integrations import wire
from revops.integrations.errors import VendorError

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def _trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(wire, "_trust", lambda: context)


@contextmanager
def server(certificate: trustme.LeafCert) -> Iterator[tuple[str, list[bytes]]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context, heard))
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}/", heard
        thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext, heard: list[bytes]) -> None:
    connected, _ = listener.accept()
    with suppress(OSError), context.wrap_socket(connected, server_side=True) as secured:
        heard.append(secured.recv(65536))
        secured.sendall(ANSWER)


def ask(url: str) -> wire.Answer:
    return wire.send("Test", url, method="GET", headers={"Authorization": "Bearer s3cret"}, seconds=2.0)


@pytest.mark.usefixtures("_trusted")
def test_a_good_certificate_is_taken(authority: trustme.CA) -> None:
    with server(authority.issue_cert("127.0.0.1")) as (url, heard):
        assert ask(url).body == b"hi"
    assert heard[0].startswith(b"GET / HTTP/1.1")


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("fault", ["unknown authority", "expired", "wrong host"])
def test_a_bad_certificate_hears_nothing(authority: trustme.CA, fault: str) -> None:
    past = datetime.now(UTC) - timedelta(days=2)
    certificates = {
        "unknown authority": lambda: trustme.CA().issue_cert("127.0.0.1"),
        "expired": lambda: authority.issue_cert("127.0.0.1", not_before=past, not_after=past + timedelta(days=1)),
        "wrong host": lambda: authority.issue_cert("api.vendor.test"),
    }
    with (
        server(certificates[fault]()) as (url, heard),
        pytest.raises(VendorError, match="CERTIFICATE_VERIFY_FAILED") as caught,
    ):
        ask(url)
    assert heard == []
    assert not caught.value.ambiguous
