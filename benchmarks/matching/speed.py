"""How long one lead takes to meet its account among many."""

import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence

from django.db import connection

from benchmarks.matching.known import BATCH, Known, Pair, leads, load
from benchmarks.matching.verdict import verdict
from routing.matching.linking import match
from routing.matching.suggesting import suggest


def speed(known: Sequence[Known], pairs: Sequence[Pair], size: int) -> bool:

    started = time.perf_counter()
    load(_varied(known, size))
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
    for lead, pair in zip(leads(asked), asked, strict=True):
        linking.append(_ms(lambda lead=lead: match([lead])))
        suggesting.append(_ms(lambda pair=pair: suggest([pair.typed])))
    batch = leads((asked * 2)[:BATCH])
    together = _ms(lambda: match(batch))
    print(f"memory: {_peak_mb() - before:,.0f} MB more at the peak of {len(asked)} leads ({_peak_mb():,.0f} MB in all)")
    both = [a + b for a, b in zip(linking, suggesting, strict=True)]
    for what, times in (("link", linking), ("suggest", suggesting), ("both", both)):
        print(
            f"one lead, {what:<8} p50 {statistics.median(times):6.1f} ms   p95 {_p95(times):6.1f} ms"
            f"   max {max(times):6.1f} ms"
        )
    print(f"{len(batch)} leads linked at once in {together:.0f} ms")
    return verdict(("one lead, linked and suggested, p95 in ms", _p95(both), "<=", 150.0))


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


def _ms(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1_000


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95) - 1]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
