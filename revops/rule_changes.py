"""How two versions of the rules differ, in words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from revops import rule_words
from revops.rule_words import NONE, Document, Names, Part, Row, Told
from routing.criteria_words import changed, in_words

NAMED_SHOWN = 5
# Leads point to a territory for ever, so that it is switched off rather than taken away.
NOT_THERE = "not there yet: switched off"


def differences(before: Document, after: Document, names: Names) -> list[Part]:
    """Part by part, only what is not the same; empty when both say the same."""
    parts = [
        *_icp(before["profile"], after["profile"]),
        *_territories(before, after, names),
        *_caps(before, after, names),
        *_policies(before, after, names),
    ]
    return [part for part in parts if part.lines]


def in_brief(parts: Iterable[Part], *, most: int) -> tuple[list[str], int]:
    """The first lines with their part's name, and how many more there are."""
    lines = [f"{part.title}: {line}" for part in parts for line in ((part.brief,) if part.brief else part.lines)]
    return lines[:most], max(0, len(lines) - most)


def _icp(before: Row | None, after: Row | None) -> Iterator[Part]:
    old, new = (before or {}).get("criteria"), (after or {}).get("criteria")
    lines: list[str] = []
    if (before is None) != (after is None):
        lines = ["no ICP is in force: every company fits" if after is None else "put in force"]
    if after is not None:
        lines += _told_apart(rule_words.profile(before) if before else {}, rule_words.profile(after), "A fit is")
        lines += _criteria(old or {}, new or {}) if before else [f"a fit is {rule_words.profile(after)['A fit is']}"]
    yield Part("ICP", tuple(lines))


def _territories(before: Document, after: Document, names: Names) -> Iterator[Part]:
    for old, new in _pairs(before["territories"], after["territories"], lambda row: row["id"]):
        if new is None:
            yield Part(f"Territory “{old['name']}”" if old else "", (NOT_THERE,))
        elif old is None:
            told = rule_words.territory(new, names)
            yield Part(f"Territory “{new['name']}”, new", rule_words.lines_of(told), brief=f"takes {told['Takes']}")
        else:
            yield Part(f"Territory “{new['name']}”", tuple(_territory(old, new, names)))


def _territory(old: Row, new: Row, names: Names) -> Iterator[str]:
    if old["active"] != new["active"]:
        yield "switched on" if new["active"] else "switched off"
    own_words = ("Takes leads", "Takes", "Named accounts", "Weights")
    yield from _told_apart(rule_words.territory(old, names), rule_words.territory(new, names), *own_words)
    if not old["criteria"] or not new["criteria"]:
        if old["criteria"] != new["criteria"]:
            yield f"takes: {rule_words.criteria(old)} → {rule_words.criteria(new)}"
    else:
        yield from (f"takes: {line}" for line in _criteria(old["criteria"], new["criteria"]))
    yield from _named(names.domains(old["named_id"]), names.domains(new["named_id"]))
    yield from _weights(old, new, names)


def _criteria(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What changed of criteria; where the same conditions stand otherwise, how they read now."""
    if old == new:
        return []
    return changed(old, new) or [f"the same in another way: {in_words(new)}"]


def _named(old: frozenset[str], new: frozenset[str]) -> Iterator[str]:
    if old == new:
        return
    parts = [_some("+", new - old), _some("−", old - new)]
    yield f"named accounts: {' and '.join(filter(None, parts))}, now {len(new):,}"


def _some(sign: str, domains: frozenset[str]) -> str:
    if not domains:
        return ""
    shown = ", ".join(sorted(domains)[:NAMED_SHOWN])
    return f"{sign}{len(domains):,} ({shown}{', …' if len(domains) > NAMED_SHOWN else ''})"


def _weights(old: Row, new: Row, names: Names) -> Iterator[str]:
    was, now = ({row["rep_id"]: row["weight"] for row in side["weights"]} for side in (old, new))
    for rep_id in sorted(was.keys() | now.keys(), key=names.rep):
        if was.get(rep_id, 1) != now.get(rep_id, 1):
            yield f"weight of {names.rep(rep_id)}: {was.get(rep_id, 1)} → {now.get(rep_id, 1)}"


def _caps(before: Document, after: Document, names: Names) -> Iterator[Part]:
    lines = []
    for old, new in _pairs(before["load_caps"], after["load_caps"], itemgetter("team_id", "rep_id")):
        was, now = (rule_words.cap(row) if row else NONE for row in (old, new))
        if was != now:
            lines.append(f"{rule_words.whose(new or old or {}, names)}: {was} → {now}")
    yield Part("Load caps", tuple(lines))


def _policies(before: Document, after: Document, names: Names) -> Iterator[Part]:
    for old, new in _pairs(before["policies"], after["policies"], lambda row: row["id"]):
        was, now = (rule_words.policy(row, names) if row else {} for row in (old, new))
        title = f"Policy “{(new or old or {})['name']}”"
        if new is None:
            yield Part(title, ("taken away",))
        elif old is None:
            brief = f"for {now['For']}{', ' if now['Source'] else ''}{now['Source']}"
            yield Part(f"{title}, new", rule_words.lines_of(now), brief=brief)
        else:
            yield Part(title, tuple(_told_apart(was, now)))


def _told_apart(before: Told, after: Told, *own_words: str) -> list[str]:
    labels = [label for label in after if label not in own_words]
    return [
        f"{label.lower()}: {before.get(label) or NONE} → {after[label] or NONE}"
        for label in labels
        if before and before.get(label) != after[label]
    ]


def _pairs(
    before: Iterable[Row], after: Iterable[Row], key: Callable[[Row], Any]
) -> Iterator[tuple[Row | None, Row | None]]:
    """The rows of both by their key, in the order of the later document; what is in one only is beside None."""
    old: Mapping[Any, Row] = {key(row): row for row in before}
    new: Mapping[Any, Row] = {key(row): row for row in after}
    for one in [*new, *(gone for gone in old if gone not in new)]:
        yield old.get(one), new.get(one)
