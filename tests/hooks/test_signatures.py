"""Who signed a webhook: the published example, and everything that is not it. B18, B20, B21."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from revops.integrations.hook_signatures import (
    BadSecret,
    BadSignature,
    key_of,
    sign_segment,
    sign_standard,
    verify_segment,
    verify_shared,
    verify_standard,
)

# The example of the Standard Webhooks libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJD" * 8
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)
GOOD: dict[str, Any] = {
    "secrets": [SECRET], "webhook_id": ID, "timestamp": TIMESTAMP, "signatures": SIGNATURE, "body": BODY, "at": AT,
}  # fmt: skip


def check(**changes: Any) -> None:
    verify_standard(**(GOOD | changes))


def refused(**changes: Any) -> str:
    with pytest.raises(BadSignature) as error:
        check(**changes)
    return error.value.code


def test_the_published_example_passes() -> None:
    check()
    assert sign_standard(secret=SECRET, webhook_id=ID, timestamp=TIMESTAMP, body=BODY) == SIGNATURE


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_five_minutes_either_way(seconds: int) -> None:
    check(at=AT + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_stale_or_from_the_future(seconds: int) -> None:
    assert refused(at=AT + timedelta(seconds=seconds)) == "stale"


@pytest.mark.parametrize(
    "timestamp", ["١٢٣", "1e20", "1614265330.0", "-1", "+1614265330", " 1614265330", "nan", "9" * 13]
)
def test_junk_timestamps(timestamp: str) -> None:
    signed = sign_standard(secret=SECRET, webhook_id=ID, timestamp=timestamp, body=BODY)
    assert refused(timestamp=timestamp, signatures=signed) == "bad_signature"


@pytest.mark.parametrize("missing", ["webhook_id", "timestamp", "signatures"])
def test_nothing_is_signed_without_all_three(missing: str) -> None:
    assert refused(**{missing: ""}) == "unsigned"


def test_one_of_several_signatures_is_enough_and_both_secrets_hold_while_they_change() -> None:
    check(signatures=f"v1,bm9wZQ== {SIGNATURE} v1a,xyz")
    check(secrets=[OTHER, SECRET])
    assert refused(secrets=[OTHER]) == "bad_signature"
    assert refused(secrets=[]) == "bad_signature"


@pytest.mark.parametrize(
    "signatures",
    [SIGNATURE.removeprefix("v1,"), SIGNATURE.replace("v1", "v0"), SIGNATURE.replace("v1", "v1a"),
     SIGNATURE.replace("v1,", "V1,"), SIGNATURE.rstrip("="), SIGNATURE.replace("OE=", "OF="), SIGNATURE + "\n",
     f"{SIGNATURE},{SIGNATURE}", "v1,", ",", " ", "v1,ünïcode", " ".join(["v1,x"] * 30 + [SIGNATURE]),
     SIGNATURE + " " * 5000],
)  # fmt: skip
def test_what_only_resembles_a_signature(signatures: str) -> None:
    assert refused(signatures=signatures) == "bad_signature"


def test_no_part_can_be_moved_into_another() -> None:
    assert refused(webhook_id="msg.1") == "bad_signature"
    assert refused(webhook_id=ID + "2") == "bad_signature"
    assert refused(body=BODY + b" ") == "bad_signature"


def test_a_thousand_flipped_bits() -> None:
    chance = random.Random(18)
    for _flip in range(500):
        body, signature = bytearray(BODY), bytearray(SIGNATURE.encode())
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        assert refused(body=bytes(body)) == "bad_signature"
        signature[chance.randrange(len(signature))] ^= 1 << chance.randrange(8)
        refused(signatures=signature.decode("latin-1"))


def test_segment_signs_the_body_with_sha1_in_hex() -> None:
    assert sign_segment(secret="key", body=b"The quick brown fox jumps over the lazy dog") == (
        "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"
    )
    good = sign_segment(secret="s" * 20, body=BODY)
    verify_segment(secrets=["old" * 9, "s" * 20], signature=good, body=BODY)
    chance = random.Random(18)
    for _flip in range(500):
        signature = bytearray(good.encode())
        signature[chance.randrange(len(signature))] ^= 1 << chance.randrange(8)
        with pytest.raises(BadSignature):
            verify_segment(secrets=["s" * 20], signature=signature.decode("latin-1"), body=BODY)
    for signature in ("", good.upper(), good[:-1], f"{good}, {good}", "ü"):
        with pytest.raises(BadSignature):
            verify_segment(secrets=["s" * 20], signature=signature, body=BODY)


def test_a_shared_secret_is_compared_whole() -> None:
    verify_shared(secrets=["new" * 9, "old" * 9], given="old" * 9)
    for given in ("", "old", "old" * 8, "old" * 9 + " ", "ü" * 27, "old" * 10):
        with pytest.raises(BadSignature):
            verify_shared(secrets=["old" * 9], given=given)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_QUJD", "QUJD" * 8, "whsec_!!!", "whsec_" + "QUJD" * 80, "whsec_ü"]
)
def test_what_is_no_secret(secret: str) -> None:
    with pytest.raises(BadSecret, match="whsec_"):
        key_of(secret)
