"""The suppression list, asked at every door."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from leads.intake.domains import registered_part
from leads.models import Suppression


@dataclass(frozen=True)
class Person:
    """Whom to look for: the comparable e-mail and the company's domain."""

    person_key: str
    domain: str = ""

    @property
    def domains(self) -> set[str]:
        mail = registered_part(self.person_key.rpartition("@")[2])
        return {name for name in (mail, self.domain) if name}


def hits(people: Iterable[Person]) -> dict[str, Suppression]:
    """The suppression from sales in force for each person that has one, by person key; a person's own comes first."""
    people = list(people)
    domains = {domain for person in people for domain in person.domains}
    rows = Suppression.objects.in_force().select_related("reason").exclude(scope=Suppression.Scope.MARKETING)
    found = rows.filter(Q(person_key__in=[person.person_key for person in people]) | Q(domain__in=domains))
    by_key: dict[str, Suppression] = {}
    by_domain: dict[str, Suppression] = {}
    for row in found.exclude(person_key="", domain=""):
        if row.person_key:
            by_key[row.person_key] = row
        else:
            by_domain[row.domain] = row
    return {
        person.person_key: hit
        for person in people
        if (hit := by_key.get(person.person_key) or _of_domain(person, by_domain)) is not None
    }


def _of_domain(person: Person, by_domain: dict[str, Suppression]) -> Suppression | None:
    return next((by_domain[name] for name in sorted(person.domains) if name in by_domain), None)


Key = tuple[str, str, str]


def key(row: Suppression) -> Key:
    """What two rows of one suppression have in common."""
    return row.person_key, row.domain, row.scope


def listed(rows: Iterable[Suppression], *, in_force: bool = True) -> set[Key]:
    """The keys of those of these rows that are on the list already, or that have been and were lifted."""
    rows = list(rows)
    persons, domains = {row.person_key for row in rows} - {""}, {row.domain for row in rows} - {""}
    there = Suppression.objects.filter(lifted_at__isnull=in_force)
    there = there.filter(Q(person_key__in=persons) | Q(domain__in=domains))
    return {key(row) for row in there} & {key(row) for row in rows}


def lift(row: Suppression, *, by_id: int, because: str, at: datetime) -> None:
    """Take a person or a domain off the list; who did it and why is kept. Lifting twice keeps the first."""
    Suppression.objects.in_force().filter(pk=row.pk).update(lifted_at=at, lifted_by=by_id, lifted_because=because)
