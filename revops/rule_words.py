"""What a version of the rules says, in words, part by part, with people and teams by their names."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leads.models import Rep, Team, Territory
from routing.availability import A_PERIOD
from routing.criteria_words import in_words
from routing.models import NamedList, Pool
from sla.models import Policy
from sla.reminders import of_before

Document = Mapping[str, Any]
Row = Mapping[str, Any]
Told = dict[str, str]

NONE, NO_LEAD = "none", "no lead by criteria"
CAPS = {**A_PERIOD, "open_leads": "held at a time", "claims_per_day": "claimed a day"}
NOT_OF_A_POLICY = ("id", "name", "territory", "source", "version", "remind_before")


@dataclass(frozen=True)
class Part:
    """One part of the rules: what it is, and a line for each thing that is said of it; `brief` where one is enough."""

    title: str
    lines: tuple[str, ...]
    brief: str = ""


@dataclass(frozen=True)
class Names:
    """Who and what the ids in a document mean."""

    reps: Mapping[int, str]
    teams: Mapping[int, str]
    territories: Mapping[int, str]
    lists: Mapping[int, frozenset[str]]

    def rep(self, pk: int) -> str:
        return self.reps.get(pk, f"rep {pk}")

    def team(self, pk: int) -> str:
        return self.teams.get(pk, f"team {pk}")

    def territory(self, pk: int) -> str:
        return self.territories.get(pk, f"territory {pk}")

    def domains(self, pk: int | None) -> frozenset[str]:
        return self.lists.get(pk, frozenset()) if pk else frozenset()


def names_for(documents: Iterable[Document], *, lists: Collection[int] | None = None) -> Names:
    """The names of now; a list of named accounts never changes. `lists` are those to read, all of the documents' unless
    told otherwise."""
    if lists is None:
        lists = {row["named_id"] for document in documents for row in document["territories"] if row["named_id"]}
    return Names(
        {rep.pk: rep.name for rep in Rep.objects.select_related("user")},
        dict(Team.objects.values_list("pk", "name")),
        dict(Territory.objects.values_list("pk", "name")),
        {pk: frozenset(domains) for pk, domains in NamedList.objects.filter(pk__in=lists).values_list("pk", "domains")},
    )


def says(document: Document, names: Names) -> list[Part]:
    """The whole of a document: the ICP, the territories in their order, what is off, the caps, the policies."""
    rows = sorted(document["territories"], key=lambda row: (row["is_fallback"], row["position"], row["id"]))
    icp = document["profile"]
    parts = [Part(f"ICP “{icp['name']}”" if icp else "ICP", lines_of(profile(icp)))]
    parts += [Part(row["name"], lines_of(territory(row, names))) for row in rows if row["active"]]
    if off := tuple(row["name"] for row in rows if not row["active"]):
        parts.append(Part("Switched off", off))
    if caps := tuple(f"{whose(row, names)}: {cap(row)}" for row in document["load_caps"]):
        parts.append(Part("Load caps", caps))
    return parts + [Part(f"Policy “{row['name']}”", lines_of(policy(row, names))) for row in document["policies"]]


def lines_of(told: Told) -> tuple[str, ...]:
    """All but the name, which is the part's title."""
    return tuple(f"{label}: {text}" for label, text in told.items() if text and label != "Name")


def profile(row: Row | None) -> Told:
    if row is None:
        return {"A fit is": "every company, for no ICP is in force"}
    return {"Name": row["name"], "A fit is": in_words(row["criteria"]), "Intent bar": str(row["intent_bar"])}


def territory(row: Row, names: Names) -> Told:
    named = names.domains(row["named_id"])
    return {
        "Name": row["name"],
        "Order": "the fallback" if row["is_fallback"] else str(row["position"]),
        "Takes leads": "" if row["active"] else "no, it is switched off",
        "Team": names.team(row["team_id"]),
        "Takes": "whatever no other takes" if row["is_fallback"] else criteria(row),
        "Named accounts": f"{len(named):,}" if named else "",
        "Strategy": str(_choice(Pool.Strategy, row["strategy"])),
        "Weights": weights(row, names),
        "Account's owner first": "yes" if row["owner_first"] else "no",
        "Skills its reps must have": ", ".join(row["skills"]),
        "Skill told by": row["skill_field"],
        "Longest wait": f"{row['longest_wait']} h",
        "After that": str(_choice(Pool.Then, row["then"])),
    }


def criteria(row: Row) -> str:
    return in_words(row["criteria"]) if row["criteria"] else NO_LEAD


def weights(row: Row, names: Names) -> str:
    own = [f"{names.rep(weight['rep_id'])} {weight['weight']}" for weight in row["weights"]]
    return f"{', '.join(own)}, everybody else 1" if own else ""


def _choice(choices: Any, value: str) -> str:
    return str(dict(choices.choices).get(value, value)).partition(":")[0]


def whose(row: Row, names: Names) -> str:
    """Whose caps they are."""
    return names.rep(row["rep_id"]) if row["rep_id"] else f"each of {names.team(row['team_id'])}"


def cap(row: Row) -> str:
    most = [f"{row[name]} {unit}" for name, unit in CAPS.items() if row.get(name) is not None]
    return f"at most {', '.join(most)}" if most else "as many as come"


def policy(row: Row, names: Names) -> Told:
    row = of_before(row)
    told = {
        "Name": row["name"],
        "For": names.territory(row["territory_id"]) if row["territory_id"] else "all territories",
        "Source": row["source"],
    }
    for field in Policy._meta.concrete_fields:
        if field.name not in NOT_OF_A_POLICY and field.attname in row:
            value = row[field.attname]
            told[str(field.verbose_name).capitalize()] = f"{value:,}" if isinstance(value, int) else value or NONE
    return told
