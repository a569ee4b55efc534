"""A stored decision for who is not told whom to contact yet: a field of one's own may hold an address or a profile, and
the domain is that of the e-mail."""

import re
from collections.abc import Mapping
from typing import Any

from routing import criteria

WITHHELD = "hidden until it is claimed"
CUSTOM = "custom."
DOMAIN = "domain"
_WORDS = sorted({*criteria.WORDS.values(), *criteria.OTHERWISE.values()}, key=len, reverse=True)
_NAMES = [name.replace("_", " ") for name in criteria.FIELDS if name != DOMAIN]
# What a stored criterion is of, only its words tell.
_OF_A_KNOWN_FIELD = re.compile(rf"({'|'.join(map(re.escape, _NAMES))}) ({'|'.join(map(re.escape, _WORDS))}) ")


def without_contact(told: Any, inputs: Mapping[str, Any]) -> Any:
    """A decision's steps without the values of custom fields and the domain; what was asked, and the verdict, stays.

    Of a custom field that is called as a known one is, its words do not tell which was asked: then neither is told.
    """
    if isinstance(told, list):
        return [without_contact(item, inputs) for item in told]
    if not isinstance(told, dict):
        return told
    if "found" in told and not criteria.is_unknown(told["found"]) and not _is_known(told.get("text", ""), inputs):
        return {**told, "found": WITHHELD}
    return {name: without_contact(value, inputs) for name, value in told.items()}


def _is_known(text: str, inputs: Mapping[str, Any]) -> bool:
    asked = _OF_A_KNOWN_FIELD.match(text)
    return asked is not None and f"{CUSTOM}{asked[1].replace(' ', '_')}" not in inputs


def known_fields(inputs: dict[str, Any]) -> dict[str, Any]:
    """A decision's inputs without custom fields and the domain."""
    return {name: value for name, value in inputs.items() if name != DOMAIN and not name.startswith(CUSTOM)}
