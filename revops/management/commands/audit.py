import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime
from tqdm import tqdm

from revops import clock
from revops.audit.auditing import Report, audit
from revops.audit.findings import FIRST, Finding
from revops.dashboard.figures import FIGURES
from revops.dashboard.ledger import Ledger


class Command(BaseCommand):
    help = "Prove that no lead leaked and nothing impossible is stored. Exits 1, with the lead ids, if anything is off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--since",
            metavar="DATE",
            help="reconcile the books, and look for missing consequences of changes, from this day on only",
        )

    def handle(self, *args: Any, since: str | None, **options: Any) -> None:
        at, moment = clock.now(), _moment(since)
        if moment is not None and moment > at:
            raise CommandError(
                f"--since: {since} lies ahead, and there is nothing to audit yet. Name a day that has begun."
            )
        report = audit(at=at, since=moment, progress=_shown)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        else:
            self.stdout.write("\n".join(lines(report)))
        if not report.ok:
            raise SystemExit(1)


def _shown(work: list[Callable[[], Finding]]) -> Iterable[Callable[[], Finding]]:
    """A bar on a terminal, nothing elsewhere."""
    return tqdm(work, desc="Auditing", unit=" checks", leave=False, disable=None)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
        day = parse_date(text) if moment is None else None
    except ValueError:
        moment = day = None
    if moment is None and day is not None:
        moment = datetime.combine(day, time(0), UTC)
    if moment is None:
        raise CommandError(f"--since: {text} is not a date; use one such as 2026-11-30.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def lines(report: Report) -> list[str]:
    """The report for people: the checks, then the books."""
    off = sum(not finding.ok for finding in report.findings)
    verdict = f"{off} of {len(report.findings)} checks found something off." if off else "Airtight: nothing is off."
    return [*(_line(finding) for finding in report.findings), "", *_books(report.books), "", verdict]


def _line(finding: Finding) -> str:
    line = f"{'ok ' if finding.ok else 'OFF'}  {finding.key:<16} {finding.title}"
    if finding.ok:
        return line
    more = f" and {finding.count - FIRST:,} more" if finding.count > FIRST else ""
    plural = f"{finding.of}s" if finding.count > 1 else finding.of
    return f"{line}\n     {'':<16} {finding.count:,} {plural}: {', '.join(map(str, finding.first))}{more}"


def _books(books: Ledger) -> list[str]:
    counts = books.counts
    refused = "".join(f"\n      {count:>10,}  {code}" for code, count in books.refused.items())
    places = "".join(f"\n      {count:>10,}  {FIGURES[key].title.lower()}" for key, count in books.places.items())
    return [
        f"{counts['knocked']:>10,}  knocked at the door",
        f"  {counts['refused']:>10,}  refused{refused}",
        f"  {counts['joined']:>10,}  joined an open lead",
        f"  {counts['turned_back']:>10,}  suppressed",
        f"  {counts['new']:>10,}  new leads{places}",
        f"      {books.leaked:>10,}  leaked",
    ]
