"""Slack's signature: the published example, and everything that is not it."""

from datetime import UTC, datetime, timedelta

import pytest

from revops.integrations.slack_signature import BadSignature, sign, verify

# The example of Slack's own documentation.
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TIMESTAMP = "1531420618"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14"
    b"d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)


def check(
    *,
    secrets: list[str] | None = None,
    timestamp: str = TIMESTAMP,
    signature: str = SIGNATURE,
    body: bytes = BODY,
    at: datetime = AT,
) -> None:
    verify(secrets=secrets or [SECRET], timestamp=timestamp, signature=signature, body=body, at=at)


def test_the_published_example_passes() -> None:
    check()
    assert sign(secret=SECRET, timestamp=TIMESTAMP, body=BODY) == SIGNATURE


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_five_minutes_either_way(seconds: int) -> None:
    check(at=AT + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400, -86_400])
def test_stale_or_from_the_future(seconds: int) -> None:
    with pytest.raises(BadSignature, match="five minutes"):
        check(at=AT + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "timestamp",
    ["", " ", "١٥٣١٤٢٠٦١٨", "1e20", "1531420618.0", "-1531420618", "+1531420618", " 1531420618", "1531420618\n",
     "1_531_420_618", "0x5b479d8a", "nan", "inf", "9" * 13, "９", "None"],
)  # fmt: skip
def test_junk_timestamps(timestamp: str) -> None:
    with pytest.raises(BadSignature):
        verify(
            secrets=[SECRET],
            timestamp=timestamp,
            signature=sign(secret=SECRET, timestamp=timestamp, body=BODY),
            body=BODY,
            at=AT,
        )


@pytest.mark.parametrize(
    "signature",
    ["", "v0=", SIGNATURE.upper(), SIGNATURE[3:], "v1=" + SIGNATURE[3:], SIGNATURE + "0", SIGNATURE[:-1],
     " " + SIGNATURE, "v0=é", "v0=\udcff", "v0=" + "0" * 64],
)  # fmt: skip
def test_forged_signatures(signature: str) -> None:
    with pytest.raises(BadSignature):
        check(signature=signature)


def test_every_single_bit_of_the_body_counts() -> None:
    for index in range(len(BODY)):
        flipped = BODY[:index] + bytes([BODY[index] ^ 1 << index % 8]) + BODY[index + 1 :]
        with pytest.raises(BadSignature):
            check(body=flipped)


def test_every_digit_of_the_signature_counts() -> None:
    for index in range(3, len(SIGNATURE)):
        other = f"{int(SIGNATURE[index], 16) ^ 1:x}"
        with pytest.raises(BadSignature):
            check(signature=SIGNATURE[:index] + other + SIGNATURE[index + 1 :])


def test_a_body_encoded_again_is_another_body() -> None:
    with pytest.raises(BadSignature):
        check(body=BODY.replace(b"%2F", b"%2f"))


def test_two_secrets_while_one_replaces_the_other() -> None:
    check(secrets=["the new one", SECRET])
    check(secrets=[SECRET, "the old one"])
    with pytest.raises(BadSignature):
        check(secrets=["the new one", "the old one"])


@pytest.mark.parametrize("secrets", [[""], ["", ""]])
def test_an_empty_secret_admits_nobody(secrets: list[str]) -> None:
    with pytest.raises(BadSignature, match="no signing secret"):
        check(secrets=secrets, signature=sign(secret="", timestamp=TIMESTAMP, body=BODY))
