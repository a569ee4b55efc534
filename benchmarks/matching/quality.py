"""How often the links are right, and the right account is among those suggested."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from django.db import transaction
from rapidfuzz import fuzz, process, utils

from benchmarks.matching.known import Known, Pair, linked, load
from benchmarks.matching.verdict import verdict
from leads.models import AccountDomain
from routing.matching.index import catch_up
from routing.matching.suggesting import suggest
from routing.models import AccountName


def quality(known: Sequence[Known], pairs: Sequence[Pair], scorers: Sequence[str]) -> bool:
    """Each set against its own accounts, whose keys its pairs name, and all against all, where twins abound."""
    sets = sorted({pair.set for pair in pairs})
    by_set: Counter[str] = Counter()
    print(f"{len(known):,} accounts, {len(pairs):,} pairs")
    for name in sets:
        counts = _measured([k for k in known if k.set == name], [p for p in pairs if p.set == name], scorers)
        _tell(name, counts, scorers)
        by_set += counts
    _tell("every set against its own accounts", by_set, scorers)
    pooled = _measured(known, pairs, scorers)
    _tell("all sets against all accounts", pooled, scorers)
    own = verdict(*_bars(by_set, scorers))
    return own & verdict(*((f"pooled: {name}", *bar) for name, *bar in _bars(pooled, scorers)))


def _bars(counts: Counter[str], scorers: Sequence[str]) -> list[tuple[str, float, str, float]]:
    best = max(counts[scorer] for scorer in scorers)
    return [
        ("automatic links right, %", 100 * counts["right"] / max(counts["linked"], 1), ">=", 99.0),
        ("linked though the account is absent, %", 100 * counts["absent"] / counts["pairs"], "<=", 0.5),
        ("right one among three, %", 100 * counts["three"] / counts["pairs"], ">=", 100 * best / counts["pairs"]),
    ]


def _measured(known: Sequence[Known], pairs: Sequence[Pair], scorers: Sequence[str]) -> Counter[str]:
    ids = load(known)
    counts: Counter[str] = Counter(pairs=len(pairs))
    for pair in pairs:
        counts[f"pairs half {pair.half}"] += 1
    for pair, account_id in zip(pairs, linked(pairs), strict=True):
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


def _linked_without(pairs: Sequence[Pair], ids: dict[tuple[str, str], set[int]]) -> Iterator[Pair]:
    """The pairs that link to some account while the one they mean is not there."""
    together = defaultdict(list)
    for pair in pairs:
        together[pair.set, pair.key].append(pair)
    for key, own in together.items():
        with transaction.atomic():
            AccountDomain.objects.filter(account__in=ids[key]).delete()
            catch_up()
            AccountName.objects.filter(account__in=ids[key]).delete()
            found = linked(own)
            transaction.set_rollback(True)
        yield from (pair for pair, account_id in zip(own, found, strict=True) if account_id is not None)


def _suggested(pairs: Sequence[Pair]) -> Iterator[list[int]]:
    for start in range(0, len(pairs), 25):
        for offered in suggest([pair.typed for pair in pairs[start : start + 25]]):
            yield [suggestion.account.pk for suggestion in offered]


def _full_scan(known: Sequence[Known], pairs: Sequence[Pair], scorer: str) -> int:
    """How often RapidFuzz alone, comparing every name, has the right one among its three best."""

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


def junk_linked(answers: Sequence[str]) -> bool:
    """Nobody's name, though every one of them is the name of an account."""
    load([Known("junk", answer, answer, "") for answer in answers if answer.strip()])
    told = [a for a, found in zip(answers, linked([Pair("", "", a, "") for a in answers]), strict=True) if found]
    print(f"\n{len(answers)} junk answers, each of them an account's name too: {len(told)} linked {told or ''}")
    return verdict(("junk answers linked", float(len(told)), "<=", 0.0))
