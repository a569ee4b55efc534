"""The rules of routing in one version, read from its document: the ICP, the territories in their order, the load caps.

A document has the rows of the tables as they stood, column by column; see `revops/rules.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from leads.models import Territory
from routing.criteria import fields_of
from routing.models import IcpProfile, NamedList, Pool
from routing.ranges import RANGES

PERIODS = ("per_hour", "per_day", "per_week")


@dataclass(frozen=True)
class Caps:
    """The most that a rep is given in a period, holds at a time and claims a day; None for as many as come."""

    per_hour: int | None = None
    per_day: int | None = None
    per_week: int | None = None
    open_leads: int | None = None
    claims_per_day: int | None = None

    def over(self, other: "Caps") -> "Caps":
        """These, and where one is not set the other's."""
        mine = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Caps(**{name: getattr(other, name) if value is None else value for name, value in mine.items()})


NO_CAPS = Caps()


@dataclass(frozen=True)
class TerritoryRule:
    """A territory's rule in one version."""

    territory: Territory
    position: int
    is_fallback: bool
    criteria: Mapping[str, Any]
    strategy: str
    owner_first: bool
    skills: frozenset[str]
    skill_field: str
    longest_wait: int
    then: str
    version: int
    pool_id: int
    named_id: int | None = None
    weights: Mapping[int, int] = field(default_factory=dict)

    @property
    def pk(self) -> int:
        return self.territory.pk

    @property
    def name(self) -> str:
        return self.territory.name

    @property
    def team_id(self) -> int:
        return self.territory.team_id

    @cached_property
    def asks(self) -> tuple[str, ...]:
        """Of a lead's facts, those that its criteria go by: their fields, and where these may be told as a range."""
        fields = set(fields_of(self.criteria))
        return (*sorted(fields), *(RANGES[name] for name in sorted(fields & RANGES.keys())))

    @property
    def named(self) -> frozenset[str]:
        """The registrable domains of the accounts that are this territory's by name."""
        return _named(self.named_id) if self.named_id else frozenset()


@lru_cache(maxsize=64)
def _named(list_id: int) -> frozenset[str]:
    """A list never changes, so it is read once a process."""
    return frozenset(NamedList.objects.values_list("domains", flat=True).get(pk=list_id))


@dataclass(frozen=True)
class RoutingRules:
    """The ICP in force, None for everybody fits; the territories that are on, as they are tried; the load caps."""

    profile: IcpProfile | None
    territories: tuple[TerritoryRule, ...]
    team_caps: Mapping[int, Caps]
    rep_caps: Mapping[int, Caps]

    @property
    def intent_bar(self) -> int:
        return self.profile.intent_bar if self.profile else 0

    @property
    def fallback(self) -> TerritoryRule | None:
        return next((rule for rule in self.territories if rule.is_fallback), None)

    @cached_property
    def by_territory(self) -> dict[int, TerritoryRule]:
        return {rule.pk: rule for rule in self.territories}

    def caps(self, rep_id: int, team_id: int) -> Caps:
        """A rep's own caps, and where they have none their team's."""
        return self.rep_caps.get(rep_id, NO_CAPS).over(self.team_caps.get(team_id, NO_CAPS))

    @cached_property
    def has_caps(self) -> bool:
        return bool(self.team_caps or self.rep_caps)

    def all_criteria(self) -> list[Mapping[str, Any]]:
        """The ICP's, then the territories'."""
        icp = [self.profile.criteria] if self.profile else []
        return [*icp, *(rule.criteria for rule in self.territories)]


def read(document: Mapping[str, Any]) -> RoutingRules:
    """The routing rules of a document that `revops.rules` wrote."""
    profile = document["profile"]
    rules = [_territory(row) for row in document["territories"] if row["active"]]
    caps = document["load_caps"]
    return RoutingRules(
        IcpProfile(**profile) if profile else None,
        tuple(sorted(rules, key=lambda rule: (rule.is_fallback, rule.position, rule.pool_id))),
        {row["team_id"]: _caps(row) for row in caps if row["team_id"]},
        {row["rep_id"]: _caps(row) for row in caps if row["rep_id"]},
    )


def _territory(row: Mapping[str, Any]) -> TerritoryRule:
    return TerritoryRule(
        territory=Territory(pk=row["territory_id"], name=row["name"], team_id=row["team_id"], active=True),
        position=row["position"],
        is_fallback=row["is_fallback"],
        criteria=row["criteria"],
        strategy=row["strategy"],
        owner_first=row["owner_first"],
        skills=frozenset(map(folded, row["skills"])),
        skill_field=row["skill_field"],
        longest_wait=row["longest_wait"],
        then=row["then"],
        version=row["version"],
        pool_id=row["id"],
        named_id=row["named_id"],
        weights={weight["rep_id"]: weight["weight"] for weight in row["weights"]}
        if row["strategy"] != Pool.Strategy.ROUND_ROBIN
        else {},
    )


def _caps(row: Mapping[str, Any]) -> Caps:
    """A version from before a cap came has none of it."""
    return Caps(**{name: row.get(name) for name in Caps.__dataclass_fields__})


def folded(skill: object) -> str:
    """A skill as it is compared."""
    return str(skill).strip().casefold()


def skills_of(values: Iterable[object]) -> frozenset[str]:
    return frozenset(map(folded, values))
