"""A stored decision for who is not told whom to contact yet: a field of one's own may hold an address or a profile."""

import re
from typing import Any

from routing import criteria

WITHHELD = "hidden until it is claimed"
CUSTOM = "custom."
_WORDS = sorted({*criteria.WORDS.values(), *criteria.OTHERWISE.values()}, key=len, reverse=True)
_NAMES = [name.replace("_", " ") for name in criteria.FIELDS]
# What a stored criterion is of, only its words tell.
_OF_A_KNOWN_FIELD = re.compile(rf"({'|'.join(map(re.escape, _NAMES))}) ({'|'.join(map(re.escape, _WORDS))}) ")


def without_own_fields(told: Any) -> Any:
    """A decision's steps without the values of custom fields; what was asked of them, and the verdict, stays."""
    if isinstance(told, list):
        return [without_own_fields(item) for item in told]
    if not isinstance(told, dict):
        return told
    if "found" in told and not criteria.is_unknown(told["found"]) and not _OF_A_KNOWN_FIELD.match(told.get("text", "")):
        return {**told, "found": WITHHELD}
    return {name: without_own_fields(value) for name, value in told.items()}


def known_fields(inputs: dict[str, Any]) -> dict[str, Any]:
    """A decision's inputs without custom fields."""
    return {name: value for name, value in inputs.items() if not name.startswith(CUSTOM)}
