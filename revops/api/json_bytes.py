"""JSON from strangers: every way of writing it that means two things, or nothing we can store, is refused.

Python's reader takes NaN, doubled keys, halves of characters and numbers that overflow; here they are errors.
"""

import json
import math
import re
from typing import Any

# Any escape, so that an escaped backslash is none of the next; of a character's, with the half that may follow.
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|.)", re.DOTALL)
_UNKNOWN = rb"\ufffd"
_HALVES, _FIRST_HALVES = range(0xD800, 0xE000), range(0xD800, 0xDC00)


class NotJson(ValueError):
    """The bytes are not JSON as we take it; its text says why, for the sender."""


def decode(body: bytes) -> Any:
    """The value in UTF-8 JSON bytes. Raises NotJson."""
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite
        )
    except UnicodeDecodeError:
        raise NotJson("It is not UTF-8.") from None
    except RecursionError:
        raise NotJson("It is nested too deeply.") from None
    except NotJson:
        raise
    except json.JSONDecodeError as error:
        raise NotJson(f"It is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except ValueError:
        raise NotJson("It holds a number with too many digits.") from None
    if b"\\u" in body:
        _check_texts(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotJson("It names a member of an object twice.")
    return found


def _no_constant(name: str) -> None:
    raise NotJson(f"{name} is no number in JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotJson("It holds a number that is too large.")
    return number


def _check_texts(value: Any) -> None:
    """Escapes can smuggle in what UTF-8 itself has no way to say: NUL and lone surrogates."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str) and ("\0" in item or any("\ud800" <= letter <= "\udfff" for letter in item)):
            raise NotJson("It holds a NUL or half of a character (a lone surrogate), which is no text.")


def mended(body: bytes) -> bytes:
    """The same with the replacement character in the place of each escaped NUL and half of a character: for a sender
    of many events at once, whose good ones must not go down with one."""
    return _ESCAPE.sub(_mend, body) if b"\\u" in body else body


def _mend(found: re.Match[bytes]) -> bytes:
    if found[1] is None:
        return found[0]
    code = int(found[1], 16)
    if found[2] and code in _FIRST_HALVES:
        return found[0]
    first = _UNKNOWN if code == 0 or code in _HALVES else rb"\u" + found[1]
    return first + (_UNKNOWN if found[2] else b"")
