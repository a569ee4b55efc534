"""Criteria told to people: in words, and with what is wrong located."""

import re
from collections.abc import Mapping
from typing import Any

from routing.criteria import WORDS, describe

EVERY_LEAD = "every lead"
UNKNOWN_WORDS = {"pass": " (or unknown)", "fail": " (and known)"}
PARTS = {"field": "field", "op": "operator", "value": "value", "unknown": "if unknown"}
_PATH = re.compile(
    r"^criteria(?P<steps>(?:\.(?:all|any|none)(?:\[\d+\])?)*)(?:\.(?P<part>\w+))?: (?P<what>.*)$", re.DOTALL
)
_STEP = re.compile(r"\[(\d+)\]")
_OPERATOR = re.compile(rf"^({'|'.join(WORDS)}) takes ")


def in_words(node: Mapping[str, Any]) -> str:
    """Checked criteria as half a sentence: 'country is one of US, CA and employee count is at least 50'."""
    return _words(node, inside=False) if node else EVERY_LEAD


def _words(node: Mapping[str, Any], *, inside: bool) -> str:
    for group, joint in (("all", " and "), ("any", " or "), ("none", " or ")):
        if group not in node:
            continue
        told = joint.join(_words(child, inside=len(node[group]) > 1) for child in node[group])
        if group == "none":
            return f"not ({told})"
        return f"({told})" if inside and len(node[group]) > 1 else told
    return describe(node) + UNKNOWN_WORDS.get(node.get("unknown", ""), "")


def located(message: str) -> tuple[str, str]:
    """What `Malformed` says, for the person who typed it, and the path of the part: '' for the whole.

    'criteria.all[1].value: at_least takes a number.' is 'Condition 2, value: “is at least” takes a number.'
    """
    found = _PATH.match(message)
    if found is None:
        return message, ""
    numbers = [str(int(step) + 1) for step in _STEP.findall(found["steps"])]
    part = PARTS.get(found["part"] or "", "")
    what = _OPERATOR.sub(lambda hit: f"“{WORDS[hit[1]]}” takes ", found["what"])
    where = ", ".join(filter(None, [f"Condition {'.'.join(numbers)}" if numbers else "", part]))
    return (f"{where}: {what}" if where else what[:1].upper() + what[1:]), message.partition(":")[0]
