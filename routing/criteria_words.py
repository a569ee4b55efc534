"""Criteria told to people: in words, and with what is wrong located."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from routing.criteria import GROUPS, SCORE, WORDS, describe

EVERY_LEAD = "every lead"
UNKNOWN_WORDS = {"pass": " (or unknown)", "fail": " (and known)"}
PARTS = {
    "field": "field",
    "op": "operator",
    "value": "value",
    "unknown": "if unknown",
    "weight": "points",
    "at_least": "points needed",
}
_PATH = re.compile(
    r"^criteria(?P<steps>(?:\.(?:all|any|none|score)(?:\[\d+\])?)*)(?:\.(?P<part>\w+))?: (?P<what>.*)$", re.DOTALL
)
_STEP = re.compile(r"\[(\d+)\]")
_OPERATOR = re.compile(rf"^({'|'.join(WORDS)}) takes ")


def in_words(node: Mapping[str, Any]) -> str:
    """Checked criteria as half a sentence: 'country is one of US, CA and employee count is at least 50'."""
    return _words(node, inside=False) if node else EVERY_LEAD


def _words(node: Mapping[str, Any], *, inside: bool) -> str:
    if SCORE in node:
        return f"at least {node['at_least']} points ({', '.join(map(_points, node[SCORE]))})"
    for group, joint in (("all", " and "), ("any", " or "), ("none", " or ")):
        if group not in node:
            continue
        told = joint.join(_words(child, inside=len(node[group]) > 1) for child in node[group])
        if group == "none":
            return f"not ({told})"
        return f"({told})" if inside and len(node[group]) > 1 else told
    return describe(node) + UNKNOWN_WORDS.get(node.get("unknown", ""), "")


def _points(node: Mapping[str, Any]) -> str:
    return f"{node['weight']} if {_words(node, inside=True)}"


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is different between two checked criteria, in words; nothing where they say the same."""
    if in_words(before) == in_words(after):
        return []
    gone, new = _parts(before), _parts(after)
    told = [f"no longer: {part}" for part in (gone - new).elements()]
    told += [f"new: {part}" for part in (new - gone).elements()]
    if _bar(before) and _bar(after) and _bar(before) != _bar(after):
        told.append(f"points needed: {_bar(before)} → {_bar(after)}")
    return told or [f"asked in another way: {in_words(after)}"]


def _parts(node: Mapping[str, Any]) -> Counter[str]:
    """The conditions that all must hold, those of a score by their points; anything else is one part."""
    if "all" in node:
        return sum((_parts(child) for child in node["all"]), Counter())
    if SCORE in node:
        return Counter(map(_points, node[SCORE]))
    return Counter([in_words(node)])


def _bar(node: Mapping[str, Any]) -> str:
    """The points that the scores in it need: ` and ` between those of several."""
    return " and ".join(map(str, _bars(node)))


def _bars(node: Mapping[str, Any]) -> Iterable[int]:
    if SCORE in node:
        yield node["at_least"]
    for group in GROUPS:
        for child in node.get(group, ()):
            yield from _bars(child)


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
