"""The rules as one version: written in tables, in force as a document, drafted, published and rolled back.

Unless a draft is open, what is written is in force at once, and each state of the tables that a lead meets is kept as
a version of its own. While one is open its base stays in force and the tables say what is to come. Whoever decides
over leads holds the roster's lock and reads the version once, so that no lead meets half of two; whoever changes what
is in force holds it alone.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from django.db import connection
from psycopg import Cursor

from leads.locks import Lock
from leads.models import RuleSet
from routing import rules as routing_rules
from routing.rules import RoutingRules
from sla.models import Policy
from sla.reminders import of_before

# One statement sees one moment: what another saves meanwhile is in all of it or in none.
WRITTEN = """
jsonb_build_object(
    'profile', (SELECT to_jsonb(p) FROM routing_icpprofile p WHERE p.active),
    'territories', (
        SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('name', t.name, 'weights', (
            SELECT coalesce(
                jsonb_agg(jsonb_build_object('rep_id', w.rep_id, 'weight', w.weight) ORDER BY w.rep_id), '[]'
            )
            FROM routing_weight w WHERE w.pool_id = p.id
        )) ORDER BY p.id), '[]')
        FROM routing_pool p JOIN leads_territory t ON t.id = p.territory_id
    ),
    'load_caps', (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.id), '[]') FROM routing_loadcap c),
    'policies', (SELECT coalesce(jsonb_agg(to_jsonb(p) ORDER BY p.id), '[]') FROM sla_policy p)
)
"""
STANDING = f"""
SELECT coalesce((SELECT base_id FROM leads_draft), (
    SELECT id FROM leads_ruleset
    WHERE number = (SELECT max(number) FROM leads_ruleset) AND digest = md5({WRITTEN}::text)
))
"""  # noqa: S608  our own text
KEEP = f"""
WITH written AS MATERIALIZED (SELECT {WRITTEN} AS document)
INSERT INTO leads_ruleset (number, document, digest, note, at, by_id, restores_id)
SELECT coalesce((SELECT max(number) FROM leads_ruleset), 0) + 1, document, md5(document::text), %s, %s, %s, %s
FROM written WHERE md5(document::text) IS DISTINCT FROM (
    SELECT digest FROM leads_ruleset ORDER BY number DESC LIMIT 1
)
RETURNING id
"""  # noqa: S608
# A territory's team and whether it is on are what is in force; its rule has what is written.
FOLLOW = """
UPDATE leads_territory t SET team_id = p.team_id, active = p.active
FROM routing_pool p WHERE p.territory_id = t.id AND (t.team_id, t.active) IS DISTINCT FROM (p.team_id, p.active)
"""


@dataclass(frozen=True)
class Rules:
    """One version, read. `pk` is its RuleSet's, None for what no lead has met yet."""

    pk: int | None
    document: Mapping[str, Any]

    @cached_property
    def digest(self) -> str:
        """What tells one state of the rules from another."""
        return hashlib.sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()

    @cached_property
    def routing(self) -> RoutingRules:
        return routing_rules.read(self.document)

    @cached_property
    def policies(self) -> list[Policy]:
        return [Policy(**of_before(row)) for row in self.document["policies"]]


def in_force(*, at: datetime) -> Rules:
    """The version that leads meet now. Called under the roster's lock; keeps what is written as one where it is new."""
    return version(_standing() or _kept(at=at))


def standing() -> Rules:
    """What is in force, for who only reads: what is written and not kept yet has no id."""
    return written() if (pk := _standing()) is None else version(pk)


def written() -> Rules:
    """What the tables say, whether it is in force or for later; without an id."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {WRITTEN}")
        [document] = cursor.fetchone()
    return Rules(None, json.loads(document))


def _standing() -> int | None:
    """The version in force: a draft's base, else the latest if the tables still say the same, else None."""
    connection.ensure_connection()
    # Every transaction asks, and planning it takes ten times as long as the answer: it is planned once a connection.
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        row = cursor.execute(STANDING, prepare=True).fetchone()
    return row[0] if row else None


def _kept(*, at: datetime) -> int:
    """The tables say what no version does: keep it as one, unless somebody just did."""
    keep(at=at)
    if (pk := _standing()) is None:
        raise RuntimeError("The rules are not as they were kept: somebody changes them without the roster's lock.")
    return pk


def keep(*, at: datetime, by_id: int | None = None, note: str = "", restores: int | None = None) -> RuleSet | None:
    """Keep what is written as the next version, and let the territories follow it; None if the latest says the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [Lock.RULES])
        cursor.execute(KEEP, [note, at, by_id, restores])
        row = cursor.fetchone()
        cursor.execute(FOLLOW)
    return RuleSet.objects.defer("document").get(pk=row[0]) if row else None


def latest() -> int:
    """The id of the last version that was kept. Raises RuleSet.DoesNotExist."""
    return RuleSet.objects.values_list("pk", flat=True).latest("number")


@lru_cache(maxsize=16)
def version(pk: int) -> Rules:
    """A version never changes, so a process reads it once."""
    return Rules(pk, RuleSet.objects.values_list("document", flat=True).get(pk=pk))
