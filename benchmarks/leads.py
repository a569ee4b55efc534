"""Leads to measure with: a few made by the lifecycle itself, then as many copies as are wanted, by plain SQL.

Copies are as lawful as what they are copied from, and the audit finds them so. Where the database lets us, its triggers
rest meanwhile, which spares minutes; elsewhere the same statements stand before the law.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import ProgrammingError, connection, models, transaction

from leads import states
from leads.actor import Actor
from leads.intake.lead_form import CleanLead, clean_lead
from leads.models import Arrival, Assignment, Delivery, IntentSignal, Lead, LeadEvent
from leads.models.lead import LeadQuerySet
from recycle.models import Dispute, Enrolment
from revops import lifecycle
from revops.demo import company, story
from routing.models import Decision
from sla.models import Breach

API = Actor("client", "api")
# Copy n of a row has the row's id and n times this.
STEP = 10_000_000
# What hangs on a lead, each after what it points at.
KIN: tuple[type[models.Model], ...] = (
    LeadEvent, Assignment, Arrival, IntentSignal, Delivery, Decision, Breach, Enrolment, Dispute,
)  # fmt: skip
MOVED = {"id", "event_id", "assignment_id", "previous_id", "merged_into_id"}
NAMED = {"email", "person_key", "dedupe_key"}
STAY = {"due_at", "retry_at"}
HANDS = tuple(sorted(set(states.OPEN) - {states.NURTURE}))
# How many leads the lifecycle itself takes through their lives or in.
TOLD, FEW = 40, 50


def form(number: int, *, at: datetime, name: str = "p") -> CleanLead:
    """A lead that clears the bars of the demo's company and goes to a team of it that is always open."""
    row = {
        "email": f"{name}{number}@bench-{number % 4_000}.example",
        "first_name": "Jo",
        "last_name": f"Doe {number}",
        "company": f"Bench {number % 4_000}",
        "country": ("US", "CA", "MX", "US", "GB")[number % 5],
        "source": ("webinar", "paid_search", "organic_search")[number % 3],
        "intent_score": 60 + number % 40,
    }
    return clean_lead(row, received_at=at)


def in_buffer(count: int, *, at: datetime, name: str = "p") -> None:
    """About `count` leads that came at `at`, by the API."""
    company.load(at=at)
    few = min(count, FEW)
    knocks = [lifecycle.Knock(form(number, at=at, name=name)) for number in range(few)]
    with transaction.atomic():
        made = [answer.lead_id for answer in lifecycle.capture(knocks, at=at, by=API)]
        _copy(Lead.objects.filter(pk__in=made), copies=count // few - 1)
    _analyze()


def lived(count: int, *, now: datetime) -> None:
    """The demo's company with about `count` leads over 90 days: three weeks lived through the lifecycle, and copies."""
    company.load(at=now)
    for _percent in story.tell(now=now, leads=TOLD):
        pass
    settled = Lead.objects.exclude(state__in=HANDS).count()
    with transaction.atomic():
        _copy(Lead.objects.all(), copies=max(1, count // settled), spread=timedelta(days=17))
    _analyze()


def columns(model: type[models.Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if not getattr(field, "generated", False)]


def run(statement: str, params: Iterable[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(params))


def _copy(leads: LeadQuerySet, *, copies: int, spread: timedelta = timedelta(0)) -> None:
    """Copies of these leads with all that hangs on them. With a spread, those in nobody's hands lie up to four such
    spans further back, and of those that somebody has in hand there are fewer.
    """
    ids = list(leads.values_list("pk", flat=True))
    _triggers("replica")
    run(
        "CREATE TEMP TABLE twin AS SELECT l.id AS old, n, "
        "  CASE WHEN l.state = ANY(%s) THEN interval '0' ELSE (n %% 5) * %s::interval END AS shift"
        " FROM leads_lead l, generate_series(1, %s) n"
        " WHERE l.id = ANY(%s) AND (%s::interval = interval '0' OR l.state <> ALL(%s) OR n %% 20 = 0)",
        [list(HANDS), spread, copies, ids, spread, list(HANDS)],
    )
    run("CREATE INDEX ON twin (old)")
    run("ANALYZE twin")
    # The law has a lead be born before it goes anywhere, and one person have one open lead.
    due = "coalesce(s.due_at, s.captured_at)"
    born = {"seq": "1", "state": "'buffer'", "due_at": due, "due_step": "'ready'"}
    born |= {"terms": f"jsonb_build_object('steps', jsonb_build_object('ready', jsonb_build_object('at', {due})))"}
    born |= {"owner_id": "NULL", "person_key": "twin.n || '-' || s.id"}
    _insert(Lead, "id", born)
    final = ", ".join(f"{name} = {_copied(Lead, name)}" for name in columns(Lead) if name != "id")
    copy = f"l.id = s.id + twin.n::bigint * {STEP}"
    run(f"UPDATE leads_lead l SET {final} FROM leads_lead s JOIN twin ON twin.old = s.id WHERE {copy}")
    for model in KIN:
        _insert(model, "lead_id", {"lead_id": f"s.lead_id + twin.n::bigint * {STEP}"})
    for model in (Lead, *KIN):
        table = model._meta.db_table
        run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) IS NOT NULL")
    run("UPDATE leads_rep r SET open_leads = (SELECT count(*) FROM leads_assignment a WHERE a.open_rep = r.id)")
    run("DROP TABLE twin")
    _triggers("origin")


def _triggers(role: str) -> None:
    with suppress(ProgrammingError), transaction.atomic():
        run(f"SET LOCAL session_replication_role = {role}")


def _insert(model: type[models.Model], key: str, other: Mapping[str, str]) -> None:
    names = columns(model)
    values = ", ".join(other.get(name) or _copied(model, name) for name in names)
    table = model._meta.db_table
    run(f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} s JOIN twin ON twin.old = s.{key}")


def _copied(model: type[models.Model], column: str) -> str:
    """SQL for a copy's value of a column of row `s`."""
    if column in MOVED:
        return f"s.{column} + twin.n::bigint * {STEP}"
    if column in NAMED:
        return f"CASE WHEN s.{column} = '' THEN '' ELSE twin.n || '-' || s.{column} END"
    [field] = [field for field in model._meta.concrete_fields if field.column == column]
    if isinstance(field, models.DateTimeField) and column not in STAY:
        return f"s.{column} - twin.shift"
    return f"s.{column}"


def vacuum() -> None:
    """What autovacuum does in the hours between two deadlines. In a test's transaction it is left out."""
    if not connection.in_atomic_block:
        run("VACUUM (ANALYZE)")


def _analyze() -> None:
    for model in (Lead, *KIN):
        run(f"ANALYZE {model._meta.db_table}")
