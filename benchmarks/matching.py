"""How well and how fast leads meet their accounts: `python -m benchmarks.matching FOLDER [--accounts N] [--quick]`.

FOLDER holds accounts.csv (set, account_key, account_name, domains_or_website), pairs_dev.csv (set, kind, query_name,
account_key) and junk_company_answers.txt. Everything runs in a scratch database that is dropped at the end.
"""

import argparse
import csv
import os
import random
import resource
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import django

BATCH = 500
AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
SCORERS = ("ratio", "QRatio", "token_sort_ratio", "token_set_ratio", "token_ratio", "partial_ratio", "WRatio")


@dataclass(frozen=True)
class Known:
    set: str
    key: str
    name: str
    sites: str


@dataclass(frozen=True)
class Pair:
    set: str
    kind: str
    typed: str
    key: str

    @property
    def half(self) -> int:
        return crc32(f"{self.set}:{self.key}".encode()) % 2


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.matching", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=100_000, help="how many accounts one lead is timed against")
    parser.add_argument("--quick", action="store_true", help="every tenth pair, and two of RapidFuzz's scorers")
    parser.add_argument("--pairs", default="pairs_dev.csv", metavar="FILE", help="the pairs, in FOLDER (pairs_dev.csv)")
    parser.add_argument("--part", choices=("all", "quality", "speed"), default="all")
    options = parser.parse_args(arguments)
    known = [
        Known(r["set"], r["account_key"], r["account_name"], r["domains_or_website"])
        for r in _rows(options.folder / "accounts.csv")
    ]
    pairs = [
        Pair(r["set"], r["kind"], r["query_name"], r["account_key"]) for r in _rows(options.folder / options.pairs)
    ]
    junk = (options.folder / "junk_company_answers.txt").read_text(encoding="utf-8").splitlines()
    pairs = pairs[::10] if options.quick else pairs
    scorers = ("ratio", "token_set_ratio") if options.quick else SCORERS
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    met = True
    with _scratch_database(options.part):
        if options.part != "speed":
            met = _quality(known, pairs, scorers) & _junk(junk)
        if options.part != "quality":
            met &= _speed(known, pairs, options.accounts)
    return 0 if met else 1


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@contextmanager
def _scratch_database(part: str) -> Iterator[None]:
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    # Not the test suite's, which may run at the same time.
    connection.settings_dict["TEST"]["NAME"] = f"airtight_benchmark_matching_{part}"
    databases = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    try:
        yield
    finally:
        teardown_databases(databases, verbosity=0)


# Quality


def _quality(known: Sequence[Known], pairs: Sequence[Pair], scorers: Sequence[str]) -> bool:
    """Each set against its own accounts, whose keys its pairs name, and all against all, where twins abound."""
    sets = sorted({pair.set for pair in pairs})
    by_set: Counter[str] = Counter()
    print(f"{len(known):,} accounts, {len(pairs):,} pairs")
    for name in sets:
        counts = _measured([k for k in known if k.set == name], [p for p in pairs if p.set == name], scorers)
        _tell(name, counts, scorers)
        by_set += counts
    _tell("every set against its own accounts", by_set, scorers)
    _tell("all sets against all accounts", _measured(known, pairs, scorers), scorers)
    best = max(by_set[scorer] for scorer in scorers)
    return _verdict(
        ("automatic links right, %", 100 * by_set["right"] / max(by_set["linked"], 1), ">=", 99.0),
        ("linked though the account is absent, %", 100 * by_set["absent"] / by_set["pairs"], "<=", 0.5),
        ("right one among three, %", 100 * by_set["three"] / by_set["pairs"], ">=", 100 * best / by_set["pairs"]),
    )


def _measured(known: Sequence[Known], pairs: Sequence[Pair], scorers: Sequence[str]) -> Counter[str]:
    ids = _load(known)
    counts: Counter[str] = Counter(pairs=len(pairs))
    for pair in pairs:
        counts[f"pairs half {pair.half}"] += 1
    for pair, account_id in zip(pairs, _linked(pairs), strict=True):
        if account_id is not None:
            right = account_id in ids[pair.set, pair.key]
            counts.update(["linked", f"linked half {pair.half}"] + ["right", f"right half {pair.half}"] * right)
    for pair, offered in zip(pairs, _suggested(pairs), strict=True):
        if ids[pair.set, pair.key] & set(offered):
            counts.update(["three", f"three half {pair.half}"])
    for pair in _linked_without(pairs, ids):
        counts.update(["absent", f"absent half {pair.half}"])
    for scorer in scorers:
        counts[scorer] = _full_scan(known, pairs, scorer)
    return counts


def _load(known: Sequence[Known]) -> dict[tuple[str, str], set[int]]:
    """The accounts in the database, in place of those before. The ids of each key."""
    from django.db import connection

    from leads.intake.companies import normal_name
    from leads.intake.domains import company_domain
    from leads.models import Account, AccountDomain
    from routing.matching.index import catch_up_all

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE routing_namegram, routing_accountname, routing_changedaccount")
    AccountDomain.objects.all().delete()
    Account.objects.all().delete()
    rows = [Account(name=k.name, normal_name=normal_name(k.name), imported_at=AT) for k in known]
    Account.objects.bulk_create(rows, batch_size=5_000)
    domains: dict[str, int] = {}
    ids = defaultdict(set)
    for account, k in zip(rows, known, strict=True):
        ids[k.set, k.key].add(account.pk)
        for site in k.sites.replace(";", " ").split():
            if (domain := company_domain(site)) is not None:
                domains.setdefault(domain, account.pk)
    AccountDomain.objects.bulk_create(
        [AccountDomain(account_id=pk, domain=domain) for domain, pk in domains.items()], batch_size=5_000
    )
    catch_up_all()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE routing_namegram, routing_accountname, leads_account, leads_accountdomain")
    return ids


def _leads(pairs: Iterable[Pair]) -> list:
    """Unsaved leads that say nothing but the name, from a business address that no account has."""
    from leads.models import Lead

    return [
        Lead(pk=number, email=f"jo@d{number}.test", domain=f"d{number}.test", company=pair.typed)
        for number, pair in enumerate(pairs, 1)
    ]


def _linked(pairs: Sequence[Pair]) -> list[int | None]:
    from routing.matching.linking import match

    found: list[int | None] = []
    for start in range(0, len(pairs), BATCH):
        leads = _leads(pairs[start : start + BATCH])
        matches = match(leads)
        found += [matches[lead.pk].account.pk if lead.pk in matches else None for lead in leads]
    return found


def _linked_without(pairs: Sequence[Pair], ids: dict[tuple[str, str], set[int]]) -> Iterator[Pair]:
    """The pairs that link to some account while the one they mean is not there."""
    from django.db import transaction

    from leads.models import AccountDomain
    from routing.matching.index import catch_up
    from routing.models import AccountName

    together = defaultdict(list)
    for pair in pairs:
        together[pair.set, pair.key].append(pair)
    for key, own in together.items():
        with transaction.atomic():
            AccountDomain.objects.filter(account__in=ids[key]).delete()
            catch_up()
            AccountName.objects.filter(account__in=ids[key]).delete()
            linked = _linked(own)
            transaction.set_rollback(True)
        yield from (pair for pair, account_id in zip(own, linked, strict=True) if account_id is not None)


def _suggested(pairs: Sequence[Pair]) -> Iterator[list[int]]:
    from routing.matching.suggesting import suggest

    for start in range(0, len(pairs), 25):
        for offered in suggest([pair.typed for pair in pairs[start : start + 25]]):
            yield [suggestion.account.pk for suggestion in offered]


def _full_scan(known: Sequence[Known], pairs: Sequence[Pair], scorer: str) -> int:
    """How often RapidFuzz alone, comparing every name, has the right one among its three best."""
    from rapidfuzz import fuzz, process, utils

    names = [utils.default_process(k.name) for k in known]
    hits = 0
    for pair in pairs:
        best = process.extract(utils.default_process(pair.typed), names, scorer=getattr(fuzz, scorer), limit=3)
        hits += any((known[at].set, known[at].key) == (pair.set, pair.key) for _name, _score, at in best)
    return hits


def _tell(title: str, counts: Counter[str], scorers: Sequence[str]) -> None:
    print(f"\n{title}: {counts['pairs']:,} pairs")
    for part in ("", " half 0", " half 1"):
        pairs, linked = max(counts[f"pairs{part}"], 1), counts[f"linked{part}"]
        print(
            f"  {part.strip() or 'all':<7} linked {linked:>4,}, right {counts[f'right{part}']:>4,}"
            f" ({_percent(counts[f'right{part}'], linked)})   absent, yet linked {counts[f'absent{part}']:>3}"
            f" ({_percent(counts[f'absent{part}'], pairs)})   among three {counts[f'three{part}']:>5,}"
            f" ({_percent(counts[f'three{part}'], pairs)})"
        )
    told = ", ".join(f"{name} {counts[name]:,} ({_percent(counts[name], counts['pairs'])})" for name in scorers)
    print(f"  RapidFuzz over every name, among three: {told}")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def _junk(answers: Sequence[str]) -> bool:
    """Nobody's name, though every one of them is the name of an account."""
    _load([Known("junk", answer, answer, "") for answer in answers if answer.strip()])
    linked = [a for a, found in zip(answers, _linked([Pair("", "", a, "") for a in answers]), strict=True) if found]
    print(f"\n{len(answers)} junk answers, each of them an account's name too: {len(linked)} linked {linked or ''}")
    return _verdict(("junk answers linked", float(len(linked)), "<=", 0.0))


# Speed


def _speed(known: Sequence[Known], pairs: Sequence[Pair], size: int) -> bool:
    from django.db import connection

    from routing.matching.linking import match
    from routing.matching.suggesting import suggest

    started = time.perf_counter()
    _load(_varied(known, size))
    print(f"\n{size:,} accounts loaded and indexed in {time.perf_counter() - started:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('routing_namegram') + pg_total_relation_size('routing_accountname')"
        )
        print(f"the names and their pieces take {cursor.fetchone()[0] / 2**20:,.0f} MB of the database")
    asked = random.Random(7).sample(list(pairs), min(400, len(pairs)))
    suggest([asked[0].typed])
    before = _peak_mb()
    linking, suggesting = [], []
    for lead, pair in zip(_leads(asked), asked, strict=True):
        linking.append(_ms(lambda lead=lead: match([lead])))
        suggesting.append(_ms(lambda pair=pair: suggest([pair.typed])))
    batch = _leads((asked * 2)[:BATCH])
    together = _ms(lambda: match(batch))
    print(f"memory: {_peak_mb() - before:,.0f} MB more at the peak of {len(asked)} leads ({_peak_mb():,.0f} MB in all)")
    both = [a + b for a, b in zip(linking, suggesting, strict=True)]
    for what, times in (("link", linking), ("suggest", suggesting), ("both", both)):
        print(
            f"one lead, {what:<8} p50 {statistics.median(times):6.1f} ms   p95 {_p95(times):6.1f} ms"
            f"   max {max(times):6.1f} ms"
        )
    print(f"{len(batch)} leads linked at once in {together:.0f} ms")
    return _verdict(("one lead, linked and suggested, p95 in ms", _p95(both), "<=", 150.0))


def _varied(known: Sequence[Known], size: int) -> list[Known]:
    """Accounts as many as asked: the real ones, then their words mixed anew."""
    dice = random.Random(5)
    words = [word for k in known for word in k.name.split()]
    made = list(known)[:size]
    while len(made) < size:
        base = dice.choice(known).name.split()
        name = " ".join([dice.choice(words), *base[1:]] if len(base) > 1 else [base[0], dice.choice(words)])
        site = f"{''.join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())}.com"
        made.append(Known("made", f"{len(made)}", name, site))
    return made


def _ms(act) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1_000


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95) - 1]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def _verdict(*bars: tuple[str, float, str, float]) -> bool:
    print()
    met = True
    for what, value, sign, bar in bars:
        good = value >= bar if sign == ">=" else value <= bar
        met &= good
        print(f"{'met   ' if good else 'MISSED'}  {what}: {value:.2f} (bar: {sign} {bar:.2f})")
    return met


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
