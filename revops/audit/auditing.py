"""Runs every check over one snapshot of the database and reconciles the period's books."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from leads.models import RuleSet
from revops.audit import checks, law
from revops.audit.answering import ANSWERING
from revops.audit.findings import FIRST, Finding
from revops.dashboard.ledger import BEGINNING, Ledger, leaked_leads, ledger
from revops.dashboard.scope import tolerance
from revops.rules import version
from routing.models import Decision
from routing.replaying import differences

Progress = Callable[[list[Callable[[], Finding]]], Iterable[Callable[[], Finding]]]


@dataclass(frozen=True)
class Report:
    """What was found at `at`; `ok` when every check found nothing."""

    at: datetime
    since: datetime | None
    findings: tuple[Finding, ...]
    books: Ledger

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "at": self.at.isoformat(),
            "since": self.since.isoformat() if self.since else None,
            "checks": [finding.as_dict() for finding in self.findings],
            "ledger": self.books.as_dict(),
        }


def audit(*, at: datetime, since: datetime | None = None, progress: Progress = iter, of_the_law: bool = True) -> Report:
    """Run every check; without `of_the_law` those of the rows alone, which is what a story can have put off.

    `progress` passes the checks on one by one and may show how far it is.
    """
    constraints = law.constraints() if of_the_law else None
    with _one_snapshot():
        books = ledger(since, None, at=at)
        given = checks.params_of(since=since or BEGINNING, at=at, tolerance=tolerance())
        work: list[Callable[[], Finding]] = [lambda: constraints, *law.CHECKS] if constraints else []
        work += [lambda check=check: check.run(given) for check in (*checks.CHECKS, *ANSWERING)]  # type: ignore[misc]
        work.append(lambda: _replayed(since))
        work.append(lambda: _leaked(books, since, at=at))
        findings = tuple(check() for check in progress(work))
    return Report(at, since, findings, books)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """All checks must see the same moment, or a lead that moves between two of them looks broken."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _replayed(since: datetime | None) -> Finding:
    """Each decision again, from what it kept; one of before rules had versions keeps too little."""
    rows = Decision.objects.filter(rules__in=RuleSet.objects.values("pk"), at__gte=since or BEGINNING).order_by("pk")
    off = [row.pk for row in rows.iterator(chunk_size=1000) if differences(row, version(row.rules_id).routing)]
    return Finding("replays", "Every decision comes out the same again", "decision", len(off), tuple(off[:FIRST]))


def _leaked(books: Ledger, since: datetime | None, *, at: datetime) -> Finding:
    title = "The books balance: every knock has an outcome, every new lead is in one place, none leaked"
    if books.balanced and not books.leaked:
        return Finding("books", title, "lead", 0, ())
    leads = leaked_leads(since, None, at=at)
    return Finding("books", title, "lead", max(len(leads), 1), tuple(leads[:FIRST]))
