"""JSON from strangers: every way of writing it that means two things, or nothing we can store, is refused.

Python's reader takes NaN, doubled keys, halves of characters and numbers that overflow; here they are errors.
"""

import json
import math
from typing import Any


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
