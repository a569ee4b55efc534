"""A page of a pull from HubSpot: all rows in a list, the changed ones by search, the archived ones in a list again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from revops.integrations.crm import hubspot_rows as rows
from revops.integrations.crm.calling import Call
from revops.integrations.crm.cursors import Cursor, stale
from revops.integrations.crm.hubspot_link import IN_A_BATCH, Link, next_after, results
from revops.integrations.crm.hubspot_rows import Kind, identity
from revops.integrations.crm.port import Gone, Page
from revops.integrations.crm.rows import Row, moment
from revops.integrations.errors import VendorError
from revops.integrations.wire import Deadline

Item = TypeVar("Item")


@dataclass(frozen=True)
class Pulled:
    """`place` has no `after` when this way is through."""

    kind: Kind
    rows: Sequence[Row]
    archived: Sequence[str]
    place: Cursor
    cursor: str = ""

    def ids(self) -> list[str]:
        return [identity(row) for row in self.rows]

    def page(self, read: Callable[[Row], Item], *, prefix: str = "") -> Page[Item]:
        return Page(
            items=tuple(read(row) for row in self.rows),
            gone=tuple(Gone(prefix + one, prefix + into if into else "") for one, into in self._gone()),
            cursor=self.cursor,
            until=self.place.until_at,
        )

    def _gone(self) -> Iterator[tuple[str, str]]:
        yield from ((one, "") for one in self.archived)
        for row in self.rows:
            yield from ((one, identity(row)) for one in rows.merged(row) if one != identity(row))


def listed(link: Link, kind: Kind, since: datetime | None, at: Cursor, deadline: Deadline) -> Pulled:
    found, place = _list(link, kind, at, deadline, archived=False)
    return Pulled(kind, found, (), place)


def archived(link: Link, kind: Kind, since: datetime | None, at: Cursor, deadline: Deadline) -> Pulled:
    """The list has no order in time: all of it is read, and what was archived before is left out."""
    found, place = _list(link, kind, at, deadline, archived=True)
    ended = [identity(row) for row in found if _since(row, since)]
    return Pulled(kind, (), ended, place)


def changed(link: Link, kind: Kind, since: datetime | None, at: Cursor, deadline: Deadline) -> Pulled:
    since_ms = int(since.timestamp() * 1000) if since else 0
    said = rows.search(kind, since_ms=since_ms, after_id=at.after, limit=IN_A_BATCH)
    name = f"HubSpot {kind.object} search"
    answer, told = link.ask(Call(name, "POST", link.objects(f"{kind.object}/search"), said=said, reads=True), deadline)
    found = results(name, told)
    last = max((identity(row) for row in found), key=_number, default="")
    if last and at.after and _number(last) <= _number(at.after):
        raise VendorError(f"{name}: the answer goes round in circles", permanent=False)
    more = bool(next_after(told)) or len(found) >= IN_A_BATCH
    place = Cursor(at.part, last if more else "", at.until)
    return Pulled(kind, found, (), place.began(name, answer))


def _list(link: Link, kind: Kind, at: Cursor, deadline: Deadline, *, archived: bool) -> tuple[list[Row], Cursor]:
    query = {"limit": str(IN_A_BATCH), "archived": "true" if archived else "false"}
    if not archived:
        query["properties"] = ",".join(kind.asked)
    if at.after:
        query["after"] = at.after
    name = f"HubSpot {kind.object}"
    answer, told = link.ask(Call(name, "GET", link.objects(kind.object), query=query), deadline)
    return results(name, told), Cursor(at.part, next_after(told), at.until).began(name, answer)


def _since(row: Row, since: datetime | None) -> bool:
    at = moment(row, "archivedAt")
    return at is None or since is None or at >= since


def _number(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise stale() from None
