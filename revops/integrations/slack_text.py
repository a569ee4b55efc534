"""Slack's rules for text: what must be escaped, how long it may be, how a time is written. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

HEADER = 150
BUTTON = 75
OPTION = 75
ELLIPSIS = "…"
MARKED_UP = re.compile(r"<(?:[^<>|]*\|)?([^<>]*)>")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# They would turn around the rest of the line, and with it the meaning of a card.
BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def escaped(text: str, limit: int) -> str:
    """`text` on one line, with `& < >` as entities so that it can name no channel or member, and at most `limit` long.

    Counted in UTF-16 units, the larger of the counts that Slack may mean; no entity is cut in two.
    """
    pieces = [ENTITIES.get(character, character) for character in " ".join(_printable(text).split())]
    whole = "".join(pieces)
    if _units(whole) <= limit:
        return whole
    return "".join(_first(pieces, limit - _units(ELLIPSIS))).rstrip() + ELLIPSIS


def isolated(marked_up: str) -> str:
    """Text written from right to left keeps that to itself, so that what follows an Arabic name stays behind it."""
    leftward = any(unicodedata.bidirectional(character) in ("R", "AL") for character in marked_up)
    return f"\u2068{marked_up}\u2069" if leftward else marked_up


def plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, limit), "emoji": False}


def mrkdwn(marked_up: str) -> dict[str, Any]:
    """Text whose parts are escaped already. Verbatim: a bare address or `@channel` in it stays mere text."""
    return {"type": "mrkdwn", "text": marked_up, "verbatim": True}


def moment(at: datetime) -> str:
    """A time that every reader sees in their own time zone; in UTC where Slack cannot show it."""
    spoken = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{spoken}>"


def read_aloud(marked_up: str) -> str:
    """The same text where no Slack reads it, such as in a mail: times and links by their words, entities undone."""
    words = MARKED_UP.sub(r"\1", marked_up)
    for character, entity in reversed(ENTITIES.items()):
        words = words.replace(entity, character)
    return words


def span(length: timedelta) -> str:
    """A length of time in two units at most: '3 d 4 h', '2 h 5 min', '45 min'."""
    minutes = max(0, int(length.total_seconds() // 60))
    hours, days = minutes // 60, minutes // 1440
    if days:
        return _two(days, "d", hours % 24, "h")
    return _two(hours, "h", minutes % 60, "min") if hours else f"{minutes} min"


def time_left(length: timedelta) -> str:
    """A span that counts down, as a sentence begins: rounded up, so that a minute that has begun is still a minute, but
    no last one that nobody has."""
    minute = timedelta(minutes=1)
    if timedelta(0) < length < minute:
        return "Less than a minute"
    return span(-(-length // minute) * minute)


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"


def _printable(text: str) -> str:
    return "".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text if c not in BIDIRECTIONAL)


def _units(piece: str) -> int:
    return len(piece.encode("utf-16-le")) // 2


def _first(pieces: list[str], limit: int) -> Iterator[str]:
    used = 0
    for piece in pieces:
        used += _units(piece)
        if used > limit:
            return
        yield piece
