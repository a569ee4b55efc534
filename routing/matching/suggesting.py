"""Up to three accounts that a typed name may mean, for a person to pick from. Nothing here links.

They are worked out when somebody looks: then they know every account there is, and the sweep, where most leads link by
their domain, never pays for them. The rarest pieces of the typed name (`grams`) lead to some hundred names, and those
are compared in full.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import log

from django.db import connection

from leads import wording
from leads.models import Account
from leads.sizes import people
from routing.matching.grams import grams
from routing.matching.index import catch_up
from routing.matching.likeness import likeness
from routing.matching.names import Name, read

MOST = 3
LEAST_SCORE = 40
# Of a piece that more names than this have, the rest is not counted.
COMMON = 5_000
# Rows of pieces read for one name, and names compared in full.
MOST_ROWS = 10_000
CANDIDATES = 250

_COUNT = """
    SELECT asked.gram, (
        SELECT count(*) FROM (SELECT 1 FROM routing_namegram g WHERE g.gram = asked.gram LIMIT %s) AS counted
    ) FROM unnest(%s::text[]) AS asked(gram)
"""
# Lateral with a limit, or the planner reads every name there is to join a hundred.
_CANDIDATES = """
    SELECT best.asked, n.account_id, n.name, n.key FROM (
        SELECT asked.name AS asked, g.name_id,
               row_number() OVER (PARTITION BY asked.name ORDER BY sum(asked.weight) DESC, g.name_id) AS place
        FROM unnest(%s::int[], %s::text[], %s::float8[]) AS asked(name, gram, weight)
        JOIN routing_namegram g ON g.gram = asked.gram
        GROUP BY asked.name, g.name_id
    ) best CROSS JOIN LATERAL (
        SELECT account_id, name, key FROM routing_accountname WHERE id = best.name_id LIMIT 1
    ) n WHERE best.place <= %s
"""


@dataclass(frozen=True)
class Suggestion:
    """An account a name may mean, and how alike they are, of 100. `known_as` is the name of it that is so alike, `site`
    the domain by which it was found instead: `typed` as a website, or shared with other accounts.
    """

    account: Account
    score: int
    known_as: str
    site: str = ""
    typed: bool = True

    @property
    def alias(self) -> str:
        """The other name by which it was found; the name of a domain is told with the domain."""
        shown = {
            self.account.name,
            *(row.domain.partition(".")[0].replace("-", " ") for row in self.account.domains.all()),
        }
        return "" if self.known_as in shown else self.known_as

    @property
    def _by_site(self) -> str:
        if not self.site:
            return ""
        return f"its website {self.site} was typed" if self.typed else f"gives {self.site} as its domain, as others do"

    @property
    def facts(self) -> list[str]:
        """What tells two companies of like names apart: where it is on the web and in the world, and how large."""
        account = self.account
        shared = "" if self.typed else self.site
        domains = sorted(row.domain for row in account.domains.all() if row.domain != shared)
        known = (
            self._by_site,
            ", ".join(domains[:3]), account.industry, people(account), wording.country(account.country),
            f"owned by {account.owner.name}" if account.owner else "",
        )  # fmt: skip
        return [fact for fact in known if fact]


def suggest(names: Sequence[str], *, without: Mapping[str, Iterable[int]] | None = None) -> list[list[Suggestion]]:
    """For each typed name the accounts most like it, best first. `without`: by name, accounts already refused."""
    catch_up()
    asked = [read(name) for name in names]
    refused = {name: frozenset(ids) for name, ids in (without or {}).items()}
    best = [
        _best(name, rows, refused.get(typed, frozenset()))
        for typed, name, rows in zip(names, asked, _candidates(asked), strict=True)
    ]
    accounts = _accounts({account_id for found in best for account_id, *_rest in found})
    return [
        [Suggestion(accounts[pk], score, known_as) for pk, score, known_as in found if pk in accounts] for found in best
    ]


def _best(typed: Name, rows: Iterable[tuple[int, str, Name]], refused: frozenset[int]) -> list[tuple[int, int, str]]:
    scores: dict[int, tuple[int, str]] = {}
    for account_id, text, held in rows:
        score = likeness(typed, held)
        if score >= LEAST_SCORE and account_id not in refused and score > scores.get(account_id, (0, ""))[0]:
            scores[account_id] = (score, text)
    found = nlargest(MOST, scores.items(), key=lambda item: (item[1][0], -item[0]))
    return [(account_id, score, text) for account_id, (score, text) in found]


def _candidates(names: Sequence[Name]) -> list[list[tuple[int, str, Name]]]:
    """For each name the (account, name as given, as compared) that share most of its rarest pieces."""
    pieces = [grams(name) for name in names]
    held = _held(frozenset().union(*pieces))
    positions, asked, weights = [], [], []
    for position, own in enumerate(pieces):
        for gram in _rarest(own, held):
            positions.append(position)
            asked.append(gram)
            weights.append(log(1 + 10 * COMMON / held[gram]))
    found: list[list[tuple[int, str, Name]]] = [[] for _name in names]
    with connection.cursor() as cursor:
        cursor.execute(_CANDIDATES, [positions, asked, weights, CANDIDATES])
        for position, account_id, text, key in cursor.fetchall():
            found[position].append((account_id, text, Name(tuple(key.split(" ")))))
    return found


def _held(pieces: Iterable[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [COMMON, list(pieces)])
        return {gram: count for gram, count in cursor.fetchall() if count}


def _rarest(pieces: Iterable[str], held: Mapping[str, int]) -> Iterable[str]:
    rows = 0
    for gram in sorted((gram for gram in pieces if gram in held), key=lambda gram: (held[gram], gram)):
        if rows and rows + held[gram] > MOST_ROWS:
            return
        rows += held[gram]
        yield gram


def _accounts(ids: Iterable[int]) -> dict[int, Account]:
    rows = Account.objects.filter(pk__in=ids).select_related("owner__user").prefetch_related("domains")
    return {account.pk: account for account in rows}
