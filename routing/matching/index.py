"""The names of the accounts as they are compared, kept in step with the accounts.

A trigger notes every account whose name, aliases or domains change, whoever writes them; `catch_up` reads those again.
It runs before names are matched and after an import. A name that is not read yet links nothing: that is safe.
"""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models import Prefetch

from leads.models import Account, AccountDomain
from leads.writing import insert
from routing.matching.grams import grams
from routing.matching.names import read
from routing.models import AccountName

Kind = AccountName.Kind
BATCH = 200

# An array and not IN: a plan may run the inner statement once for every row, and each time it locks others.
_TAKE = """
    DELETE FROM routing_changedaccount WHERE account_id = ANY(ARRAY(
        SELECT account_id FROM routing_changedaccount ORDER BY account_id LIMIT %s FOR UPDATE SKIP LOCKED
    )) RETURNING account_id
"""
_FORGET = """
    DELETE FROM routing_namegram g USING unnest(%s::text[], %s::bigint[]) AS u(gram, name_id)
    WHERE g.gram = u.gram COLLATE "C" AND g.name_id = u.name_id
"""
_REMEMBER = """
    INSERT INTO routing_namegram (gram, name_id) SELECT * FROM unnest(%s::text[], %s::bigint[]) ON CONFLICT DO NOTHING
"""


def catch_up(*, limit: int = BATCH) -> int:
    """Read the names of up to `limit` changed accounts that nobody else is reading. Returns how many were taken."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [limit])
            taken = [pk for (pk,) in cursor.fetchall()]
        if taken:
            _read_again(taken)
    return len(taken)


def catch_up_all() -> None:
    while catch_up(limit=1_000):
        pass


def _read_again(account_ids: Sequence[int]) -> None:
    accounts = Account.objects.filter(pk__in=account_ids).only("name", "aliases")
    domains = AccountDomain.objects.order_by("domain")
    wanted = {
        (row.account_id, row.kind, row.name): row
        for account in accounts.prefetch_related(Prefetch("domains", domains))
        for row in _names(account)
    }
    gone = []
    for row in AccountName.objects.filter(account__in=account_ids):
        known = wanted.pop((row.account_id, row.kind, row.name), None)
        if known is None or known.key != row.key:
            gone.append(row)
            if known is not None:
                wanted[row.account_id, row.kind, row.name] = known
    _write_grams(_FORGET, gone)
    AccountName.objects.filter(pk__in=[row.pk for row in gone]).delete()
    rows = list(wanted.values())
    insert(AccountName, rows)
    _write_grams(_REMEMBER, rows)


def _names(account: Account) -> Iterable[AccountName]:
    """Unsaved, without those that compare equal to one before."""
    given = [(Kind.NAME, account.name), *((Kind.ALIAS, str(alias)[:255]) for alias in account.aliases)]
    given += [(Kind.DOMAIN, domain.domain.partition(".")[0].replace("-", " ")) for domain in account.domains.all()]
    seen = set()
    for kind, text in given:
        name = read(text)
        if name.joined and name.joined not in seen:
            seen.add(name.joined)
            yield AccountName(account_id=account.pk, kind=kind, name=text, key=name.key, joined=name.joined)


def _write_grams(statement: str, rows: Iterable[AccountName]) -> None:
    # In the order of the key, so that two writers never wait for each other.
    pairs = sorted((gram, row.pk) for row in rows for gram in grams(read(row.name)))
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(statement, [[gram for gram, _pk in pairs], [pk for _gram, pk in pairs]])
