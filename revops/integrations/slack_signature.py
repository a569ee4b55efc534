"""Is this request from Slack? https://docs.slack.dev/authentication/verifying-requests-from-slack"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime

WINDOW_SECONDS = 300
TIMESTAMP = re.compile(r"[0-9]{1,12}")


class BadSignature(Exception):
    """The request is not Slack's, or is too old to be believed."""


def sign(*, secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-Slack-Signature over the raw body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def verify(*, secrets: Iterable[str], timestamp: str, signature: str, body: bytes, at: datetime) -> None:
    """Raise BadSignature unless one of `secrets` signed this raw body within five minutes of `at`.

    Two secrets while one replaces the other. Empty ones never count: anybody can sign with nothing.
    """
    known = [secret for secret in secrets if secret]
    if not known:
        raise BadSignature("no signing secret is set")
    if not TIMESTAMP.fullmatch(timestamp):
        raise BadSignature("the timestamp is not a number of seconds")
    if abs(at.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise BadSignature("the timestamp is more than five minutes away")
    if not _signed_by_any(known, timestamp, signature, body):
        raise BadSignature("the signature does not match")


def _signed_by_any(secrets: list[str], timestamp: str, signature: str, body: bytes) -> bool:
    given = signature.encode("utf-8", "replace")  # compare_digest raises on a str that is not ASCII
    matches = [
        hmac.compare_digest(sign(secret=secret, timestamp=timestamp, body=body).encode(), given) for secret in secrets
    ]
    return any(matches)
