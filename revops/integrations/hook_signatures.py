"""Is this webhook from whom it says? Each kind of source proves it in its own way, always over the raw body.

* Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
* Segment: https://segment.com/docs/connections/destinations/catalog/actions-webhook/
* RudderStack signs nothing; it sends a header that is agreed upon.

Encoded signatures are compared as they stand, never decoded: base64 has several spellings of the same bytes.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime

WINDOW_SECONDS = 300
PREFIX = "whsec_"
SHORTEST_KEY, LONGEST_KEY = 16, 128  # bytes
TIMESTAMP = re.compile(r"[0-9]{1,12}")
# Without the full stop that stands between the parts that are signed.
WEBHOOK_ID = re.compile(r"[!-\-/-~]{1,200}")
LONGEST_HEADER = 4_096
MOST_SIGNATURES = 20


class BadSignature(Exception):
    """The request is not to be believed; `code` is for our own books and never for whoever sent it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadSecret(ValueError):
    """This is no secret of the kind; its text says what one looks like."""


def key_of(secret: str) -> bytes:
    """The key in a secret of Standard Webhooks, `whsec_` and base64. Raises BadSecret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise BadSecret(f"It must be {PREFIX} and {SHORTEST_KEY} to {LONGEST_KEY} bytes in base64.")
    return key


def sign_standard(*, secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """One signature of the header webhook-signature."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def verify_standard(
    *, secrets: Iterable[str], webhook_id: str, timestamp: str, signatures: str, body: bytes, at: datetime
) -> None:
    """Raise BadSignature unless one of the signatures is a v1 by one of `secrets`, within five minutes of `at`."""
    if not webhook_id or not timestamp or not signatures:
        raise BadSignature("unsigned")
    if not WEBHOOK_ID.fullmatch(webhook_id) or not TIMESTAMP.fullmatch(timestamp) or len(signatures) > LONGEST_HEADER:
        raise BadSignature("bad_signature")
    if abs(at.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise BadSignature("stale")
    expected = [sign_standard(secret=one, webhook_id=webhook_id, timestamp=timestamp, body=body) for one in secrets]
    _one_of(signatures.split(" ")[:MOST_SIGNATURES], expected)


def sign_segment(*, secret: str, body: bytes) -> str:
    """The value of Segment's X-Signature."""
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


def verify_segment(*, secrets: Iterable[str], signature: str, body: bytes) -> None:
    if not signature:
        raise BadSignature("unsigned")
    _one_of([signature], [sign_segment(secret=one, body=body) for one in secrets])


def verify_shared(*, secrets: Iterable[str], given: str) -> None:
    """For senders that can only add a header: the secret itself."""
    if not given:
        raise BadSignature("unsigned")
    _one_of([given], list(secrets))


def _one_of(given: list[str], expected: list[str]) -> None:
    """Compares each with each whatever has been found, so that the time it takes tells nothing."""
    sent = [one.encode("utf-8", "replace") for one in given]
    found = [hmac.compare_digest(one, right.encode()) for one in sent for right in expected]
    if not any(found):
        raise BadSignature("bad_signature")
