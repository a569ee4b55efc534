"""What a column of JSON holds: lists of texts, of domains, and criteria."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from leads.intake.domains import company_domain
from revops.config.flow import Flow, FlowList
from revops.config.kinds import NOTHING, Kind, Spot, nearest, shown
from revops.config.reading import Node
from routing import criteria_field
from routing.criteria import GROUPS
from routing.criteria_words import changed, in_words

LONGEST_TOLD = 8
ORDER = ("weight", "field", "op", "value", "unknown", *GROUPS, "at_least")


@dataclass(frozen=True)
class Texts(Kind):
    """A list of texts, each one of `among` where there are any."""

    among: tuple[str, ...] = ()
    empty: Any = field(default_factory=list)

    def read(self, node: Node, spot: Spot) -> Any:
        if node.value is None:
            return []
        if not isinstance(node.value, list):
            spot.refuse(node, f"expected a list, such as [a, b]; found {shown(node.plain)}.")
            return []
        return [item for child in node.value if (item := self._item(child, spot)) is not None]

    def _item(self, node: Node, spot: Spot) -> str | None:
        if not isinstance(node.value, str):
            spot.refuse(node, f"expected texts in the list; found {shown(node.plain)}. Put it into quotes.")
        elif not node.value.strip():
            spot.refuse(node, "an empty text in the list. Take it out, or write what was meant.")
        elif self.among and node.value not in self.among:
            known = f"{', '.join(self.among)}{nearest(node.value, self.among)}"
            spot.refuse(node, f"{shown(node.value)} is none of {known}")
        else:
            return node.value.strip()
        return None

    def plain(self, value: Any) -> Any:
        return FlowList(value or ())

    def told(self, plain: Any) -> str:
        return ", ".join(plain) or NOTHING


class Domains(Texts):
    """Registrable domains, each once, in their order."""

    def _item(self, node: Node, spot: Spot) -> str | None:
        text = super()._item(node, spot)
        domain = company_domain(text) if text else None
        if text and domain is None:
            spot.refuse(node, f"{shown(text)} is no domain of one company. Write it like example.com.")
        return domain

    def read(self, node: Node, spot: Spot) -> Any:
        return sorted(set(super().read(node, spot)))

    def plain(self, value: Any) -> Any:
        return sorted(value or ())

    def change(self, before: Any, after: Any) -> list[str]:
        new, gone = sorted(set(after) - set(before)), sorted(set(before) - set(after))
        return [f"{word}: {in_brief(some)}" for word, some in (("new", new), ("no longer", gone)) if some]


class Criteria(Kind):
    """Criteria as `routing.criteria` describes them."""

    empty: Any = {}

    def read(self, node: Node, spot: Spot) -> Any:
        try:
            return in_order(criteria_field.read({} if node.value is None else node.plain))
        except ValidationError as error:
            part = error.code or "criteria"
            spot.at(part.removeprefix("criteria")).refuse(_part(node, part), error.messages[0])
            return {}

    def plain(self, value: Any) -> Any:
        return in_order(value or {})

    def told(self, plain: Any) -> str:
        return in_words(plain) if plain else NOTHING

    def change(self, before: Any, after: Any) -> list[str]:
        if not before or not after:
            return super().change(before, after)
        return changed(before, after) or [f"written in another way: {in_words(after)}"]


def in_order(node: Any) -> Any:
    """Criteria with their parts in the order in which they are read, one condition a line."""
    children = {group: [in_order(child) for child in node[group]] for group in GROUPS if group in node}
    ordered = {key: children.get(key, node[key]) for key in ORDER if key in node}
    if children:
        return ordered
    return Flow({key: FlowList(value) if isinstance(value, list) else value for key, value in ordered.items()})


def _part(node: Node, path: str) -> Node:
    """The part of criteria that a path such as `criteria.all[1].value` names, or the nearest above it."""
    for step in path.replace("[", ".").replace("]", "").split(".")[1:]:
        inside = node.value
        if isinstance(inside, dict) and step in inside:
            node = inside[step]
        elif isinstance(inside, list) and step.isdigit() and int(step) < len(inside):
            node = inside[int(step)]
    return node


def in_brief(names: list[str]) -> str:
    more = len(names) - LONGEST_TOLD
    return f"{', '.join(names[:LONGEST_TOLD])}{f' and {more:,} more' if more > 0 else ''}"
