"""Named accounts as somebody lists them: typed line by line or in a CSV file, read as registrable domains.

All of a list is read before anything is said of it: one bad row and none is taken.
"""

import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from leads.intake.companies import normal_name
from leads.intake.csv_file import Row, Table, open_table
from leads.intake.domains import company_domain, is_free_mail, registrable_domain
from leads.intake.problems import BadFile, shown
from leads.models import Account

COLUMNS = {
    "domain": ("domain", "domains", "company domain", "email domain"),
    "website": ("website", "url", "web site", "homepage"),
    "company": ("company", "company name", "account", "account name", "name"),
}
MOST_ACCOUNTS = 100_000
MOST_TOLD = 20


@dataclass(frozen=True)
class Entry:
    """One account as it was listed: the line it stands on, and its domain, website or name."""

    line: int
    text: str
    is_name: bool = False


class BadRows(ValueError):
    """Rows that name no account; each sentence names the line and the reason."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(sentences[0])
        more = len(sentences) - MOST_TOLD
        self.sentences = sentences[:MOST_TOLD] + ([f"And {more:,} more lines like these."] if more > 0 else [])


def typed(text: str) -> list[Entry]:
    """A line each; a name is what has no domain in it."""
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [Entry(number, line, is_name=not _looks_like_a_site(line)) for number, line in lines if line]


def uploaded(file: IO[bytes], name: str) -> list[Entry]:
    """The rows of a CSV file with a column domain, website or company. Raises BadFile, BadRows."""
    with tempfile.TemporaryDirectory() as folder:
        # Under its own name, which is what is told of it.
        path = Path(folder) / (Path(name).name or "accounts.csv")
        path.write_bytes(file.read())
        table = open_table(path, without_heading=lambda cell: "domain" if _looks_like_a_site(cell) else None)
        columns = _columns(table)
        rows = list(table.rows())
    if bad := [f"Line {row.line}: {row.doubt.sentence}" for row in rows if row.doubt and row.shifted is not None]:
        raise BadRows(bad)
    entries = [_entry(row, columns) for row in rows]
    return [entry for entry in entries if entry is not None]


def _columns(table: Table) -> dict[str, str]:
    """Which column has what."""
    headings = {heading.casefold(): heading for heading in table.columns}
    found = {}
    for kind, spellings in COLUMNS.items():
        heading = next((headings[one] for one in spellings if one in headings), None)
        if heading is not None:
            found[kind] = heading
    if not found:
        told = ", ".join(map(shown, table.columns[:10]))
        raise BadFile(f"The file has no column “domain”, “website” or “company”; it has {told}. Name one of them so.")
    return found


def _entry(row: Row, columns: Mapping[str, str]) -> Entry | None:
    for kind, heading in columns.items():
        if text := row.cells.get(heading, "").strip():
            return Entry(row.line, text, is_name=kind == "company")
    return None


def _looks_like_a_site(text: str) -> bool:
    return "." in text and " " not in text.strip() and registrable_domain(text) is not None


def domains_of(entries: Collection[Entry]) -> list[str]:
    """The registrable domains of what is listed, each once, sorted. Raises BadRows, with every bad row."""
    if len(entries) > MOST_ACCOUNTS:
        raise BadRows([f"These are {len(entries):,} accounts; a list holds at most {MOST_ACCOUNTS:,}."])
    known = _known(entry.text for entry in entries if entry.is_name)
    found: set[str] = set()
    bad = []
    for entry in entries:
        domains, why = _by_name(entry.text, known) if entry.is_name else _by_site(entry.text)
        found.update(domains)
        if why:
            bad.append(f"Line {entry.line}, “{shown(entry.text)}”: {why}")
    if bad:
        raise BadRows(bad)
    return sorted(found)


def _by_site(text: str) -> tuple[list[str], str]:
    domain = company_domain(text)
    if domain is not None:
        return [domain], ""
    registered = registrable_domain(text)
    if registered is None:
        return [], "that is no domain or website."
    if is_free_mail(registered):
        return [], f"anybody may have an address at {registered}, so it stands for no company."
    return [], f"a page at {registered} is no company's own site; give the company's domain."


def _by_name(text: str, known: Mapping[str, list[Account]]) -> tuple[list[str], str]:
    accounts = known.get(normal_name(text), [])
    if not accounts:
        return [], "no account of that name is known; give its domain."
    if len(accounts) > 1:
        return [], f"{len(accounts)} accounts are called that; give the domain of the one you mean."
    domains = [row.domain for row in accounts[0].domains.all()]
    return domains, "" if domains else "no domain of that account is known; give it here."


def _known(names: Iterable[str]) -> dict[str, list[Account]]:
    """The accounts by their compared names."""
    found: dict[str, list[Account]] = defaultdict(list)
    wanted = sorted({name for name in map(normal_name, names) if name})
    for part in _in_parts(wanted, 5_000):
        for account in Account.objects.filter(normal_name__in=part).prefetch_related("domains"):
            found[account.normal_name].append(account)
    return found


def _in_parts(names: list[str], size: int) -> Iterator[list[str]]:
    yield from (names[start : start + size] for start in range(0, len(names), size))
