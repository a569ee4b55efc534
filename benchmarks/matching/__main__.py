"""How well and how fast leads meet their accounts: `./run bench matching FOLDER [--accounts N] [--quick]`.

FOLDER holds accounts.csv (set, account_key, account_name, domains_or_website), pairs_dev.csv (set, kind, query_name,
account_key) and junk_company_answers.txt. Everything runs in a scratch database that is dropped at the end.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")
django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from benchmarks.matching.known import Known, Pair, rows  # noqa: E402
from benchmarks.matching.quality import junk_linked, quality  # noqa: E402
from benchmarks.matching.speed import speed  # noqa: E402

SCORERS = ("ratio", "QRatio", "token_sort_ratio", "token_set_ratio", "token_ratio", "partial_ratio", "WRatio")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./run bench matching", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accounts", type=int, default=100_000, help="how many accounts one lead is timed against")
    parser.add_argument("--quick", action="store_true", help="every tenth pair, and two of RapidFuzz's scorers")
    parser.add_argument("--pairs", default="pairs_dev.csv", metavar="FILE", help="the pairs, in FOLDER (pairs_dev.csv)")
    parser.add_argument("--part", choices=("all", "quality", "speed"), default="all")
    options = parser.parse_args(arguments)
    known = [
        Known(r["set"], r["account_key"], r["account_name"], r["domains_or_website"])
        for r in rows(options.folder / "accounts.csv")
    ]
    pairs = [Pair(r["set"], r["kind"], r["query_name"], r["account_key"]) for r in rows(options.folder / options.pairs)]
    junk = (options.folder / "junk_company_answers.txt").read_text(encoding="utf-8").splitlines()
    pairs = pairs[::10] if options.quick else pairs
    scorers = ("ratio", "token_set_ratio") if options.quick else SCORERS
    met = True
    with _scratch_database(options.part):
        if options.part != "speed":
            met = quality(known, pairs, scorers) & junk_linked(junk)
        if options.part != "quality":
            met &= speed(known, pairs, options.accounts)
    return 0 if met else 1


@contextmanager
def _scratch_database(part: str) -> Iterator[None]:
    # Not the test suite's, which may run at the same time.
    connection.settings_dict["TEST"]["NAME"] = f"airtight_benchmark_matching_{part}"
    databases = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    try:
        yield
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
