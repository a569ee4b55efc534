import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from revops import backtesting, clock, compared
from revops.backtesting import Named, NoSuchVersion, Progress
from routing.models.backtest import LONGEST_DAYS

WIDTHS = (46, 18, 18, 12)


class Command(BaseCommand):
    help = (
        "Compare the draft of the rules, or another version, with what is in force, over the leads of the last days: "
        "who would have got what, waits, predicted breaches. Nothing is written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="how far back to go (default: 90)")
        parser.add_argument(
            "--against", type=int, metavar="VERSION", help="compare this version instead of the draft (its number)"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object, with every lead that changes hands")

    def handle(self, *args: Any, days: int, against: int | None, **options: Any) -> None:
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"--days: {days} is not from 1 to {LONGEST_DAYS:,}.")
        try:
            base, candidate = backtesting.in_force(), backtesting.other(against)
        except NoSuchVersion as error:
            raise CommandError(f"--against: {error}") from None
        with _bar() as progress:
            result = backtesting.compare(base.rules, candidate.rules, days=days, at=clock.now(), progress=progress)
        if options["json"]:
            told = {"base_name": base.name, "candidate_name": candidate.name, **result}
            self.stdout.write(json.dumps(told, indent=1))
        else:
            self.stdout.write("\n".join(lines(result, base, candidate)))


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar on a terminal, nothing elsewhere."""
    with tqdm(desc="Comparing", unit=" leads", leave=False, disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def lines(result: Mapping[str, Any], base: Named, candidate: Named) -> list[str]:
    """The comparison for people."""
    told = [f"{candidate.name.capitalize()} against {base.name}", compared.sentence(result), *compared.about(result)]
    for table in compared.tables(result, compared.Names(result)):
        told += ["", _row(table.title, base.name, candidate.name, "change")]
        told += [
            _row(f"{'  ' if line.under else ''}{line.label}", line.base, line.candidate, line.change)
            for line in table.lines
        ]
        told += [f"({table.note})"] if table.note else []
    return told


def _row(label: str, *cells: str) -> str:
    first, *others = WIDTHS
    aligned = [f"{cell[: width - 1]:>{width}}" for cell, width in zip(cells, others, strict=True)]
    return f"{label[: first - 1]:<{first}}{''.join(aligned)}"
