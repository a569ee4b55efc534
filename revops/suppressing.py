"""Putting people on the suppression list: from that moment nobody holds a lead of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Func, Q, Value

from leads.actor import Actor
from leads.ids import new_ids
from leads.models import Lead, Suppression
from leads.models.lead import LeadQuerySet
from revops import holding
from revops.deadlines import settle
from revops.handoff import entered
from revops.moment import Moment

# Mail hosts lie at most so many names below the domain that somebody registered.
DEEPEST = 4


@dataclass(frozen=True)
class Suppressed:
    """Which of the rows landed, by position, the others being on the list already; and how many leads ended."""

    landed: tuple[bool, ...]
    ended: int


def suppress(row: Suppression, *, at: datetime, by: Actor) -> int:
    """Save the suppression and end every open lead it covers. Returns how many; marketing's own list ends none."""
    return suppress_all([row], at=at, by=by).ended


def suppress_all(rows: Sequence[Suppression], *, at: datetime, by: Actor) -> Suppressed:
    """The same for many, in one transaction. A row that is on the list already changes nothing."""

    def act(m: Moment) -> Suppressed:
        landed = _listed(rows, m)
        new = [row for row, is_new in zip(rows, landed, strict=True) if is_new]
        return Suppressed(landed, _end_leads([row for row in new if row.scope != Suppression.Scope.MARKETING], m))

    return holding.within(at=at, by=by, act=act)


def _listed(rows: Sequence[Suppression], m: Moment) -> tuple[bool, ...]:
    """Insert what is not in force yet, by the unique index, so that two lists may come in at once."""
    for row, pk in zip(rows, new_ids(Suppression, len(rows)), strict=True):
        row.pk, row.since, row.by_id = pk, m.at, m.by.user_id
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)
    there = set(Suppression.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return tuple(row.pk in there for row in rows)


def _end_leads(rows: Sequence[Suppression], m: Moment) -> int:
    """End the open leads that these cover. A person's own row says why before their company's does."""
    by_person = {row.person_key: row for row in rows if row.person_key}
    by_domain = {row.domain: row for row in rows if row.domain}
    ids = covered(by_person, by_domain).values_list("pk", flat=True) if rows else []
    leads = holding.locked(list(ids))
    settle(leads, m)
    m.load_turns(leads)
    open_still = [lead for lead in leads if lead.is_open]
    for lead in open_still:
        row = by_person.get(lead.person_key) or _of_domain(lead, by_domain)
        m.end_turn(lead, outcome="suppressed")
        lead.suppress(reason=row.reason or m.reasons["suppression_list"], **m.now())
        entered(lead, m)
    return len(open_still)


def _of_domain(lead: Lead, by_domain: dict[str, Suppression]) -> Suppression:
    """Raises LookupError when none covers the lead."""
    host = lead.person_key.rpartition("@")[2].split(".")
    names = [lead.domain, *(".".join(host[start:]) for start in range(len(host)))]
    for name in names:
        if name in by_domain:
            return by_domain[name]
    raise LookupError(f"Lead {lead.pk} is of none of these domains.")


def covered(person_keys: "dict[str, Suppression]", domains: "dict[str, Suppression]") -> LeadQuerySet:
    """The open leads of these persons and of everybody at these domains, by mail or by website."""
    wanted = Q(person_key__in=list(person_keys))
    if domains:
        wanted |= Q(domain__in=list(domains))
    hosts = {f"host_{depth}": _host(depth) for depth in range(DEEPEST + 1)} if domains else {}
    for name in hosts:
        wanted |= Q(**{f"{name}__in": list(domains)})
    return Lead.objects.open().alias(**hosts).filter(wanted)


def _host(depth: int) -> Func:
    """The mail host without so many of its first names."""
    return Func(F("person_key"), Value(rf"^.*@([^.]+\.){{{depth}}}"), Value(""), function="regexp_replace")
