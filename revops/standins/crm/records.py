"""A CRM's records, in no vendor's words. In memory, gone when the stand-in ends."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

KINDS = ("user", "account", "opportunity", "lead", "activity")
OPEN_STAGE, WON_STAGE, LOST_STAGE = "Prospecting", "Closed Won", "Closed Lost"
STAGES = (OPEN_STAGE, "Qualification", "Proposal", WON_STAGE, LOST_STAGE)


class NoSuchRecord(Exception):
    """Asked for a record that is not there."""


@dataclass
class Record:
    """`values` name other records by their number."""

    kind: str
    number: int
    values: dict[str, Any]
    created: datetime
    changed: datetime
    deleted: datetime | None = None
    merged_into: int | None = None
    merged: list[int] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)


class Clock:
    """The vendor's time, which a test may move on. No two changes happen at the same millisecond."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._last = datetime.min.replace(tzinfo=UTC)

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self._ahead

    def tick(self) -> datetime:
        now = self.now().replace(microsecond=self.now().microsecond // 1000 * 1000)
        self._last = max(now, self._last + timedelta(milliseconds=1))
        return self._last


class Book:
    def __init__(self) -> None:
        self.clock = Clock()
        self.revision = 0
        self._records: dict[str, dict[int, Record]] = {kind: {} for kind in KINDS}
        self._number = 0

    def go_on_from(self, number: int) -> None:
        """Records added from now on have higher numbers: no one of before is taken for one of them."""
        self._number = max(self._number, number)

    def clear(self) -> None:
        for records in self._records.values():
            records.clear()
        self.revision += 1

    def add(self, kind: str, *, at: datetime | None = None, **values: Any) -> Record:
        self._number += 1
        at = at or self.clock.tick()
        record = Record(kind, self._number, values, created=at, changed=at)
        self._records[kind][record.number] = record
        self.revision += 1
        return record

    def change(self, record: Record, **values: Any) -> Record:
        record.values.update(values)
        record.changed = self.clock.tick()
        self.revision += 1
        return record

    def all(self, kind: str) -> Iterator[Record]:
        return iter(self._records[kind].values())

    def living(self, kind: str) -> Iterator[Record]:
        return (record for record in self.all(kind) if record.deleted is None)

    def find(self, kind: str, number: int | None) -> Record | None:
        return self._records[kind].get(number) if number is not None else None

    def get(self, kind: str, number: object) -> Record:
        """One that lives."""
        found = self._records.get(kind, {}).get(number) if isinstance(number, int) else None
        if found is None or found.deleted is not None:
            raise NoSuchRecord(f"no {kind} {number}")
        return found

    def delete(self, record: Record) -> None:
        record.deleted = record.changed = self.clock.tick()
        self.revision += 1

    def merge(self, winner: Record, loser: Record) -> None:
        self.delete(loser)
        loser.merged_into = winner.number
        winner.merged.append(loser.number)
        kept = {"more_emails": [*(winner["more_emails"] or ()), loser["email"]]} if winner.kind == "lead" else {}
        self.change(winner, **kept)

    def convert(self, lead: Record, *, account: Record | None = None) -> Record:
        """The lead becomes a deal: the opportunity it became."""
        account = (
            account
            or self._account_named(lead["company"])
            or self.add("account", name=lead["company"] or lead["email"], owner=lead["owner"])
        )
        opportunity = self.add(
            "opportunity",
            name=f"{account['name']} – new business",
            account=account.number,
            owner=lead["owner"],
            type="New Business",
            stage=OPEN_STAGE,
            people=[lead.number],
            close_date=(self.clock.now() + timedelta(days=60)).date(),
        )
        self.change(
            lead,
            converted=True,
            converted_on=self.clock.now().date(),
            converted_at=self.clock.now(),
            account=account.number,
            opportunity=opportunity.number,
        )
        return opportunity

    def log(self, lead: Record, what: str, **values: Any) -> Record:
        """Something a person did with this lead."""
        now = self.clock.tick()
        values = {"what": what, "when": now, "done": True, "owner": lead["owner"], "person": lead.number, **values}
        return self.add("activity", at=now, **values)

    def by(self, kind: str, name: str, value: object) -> Iterator[Record]:
        """The living ones that have this value; text is compared as CRMs do, whatever its case."""
        wanted = folded(value)
        return (record for record in self.living(kind) if wanted and folded(record[name]) == wanted)

    def _account_named(self, name: object) -> Record | None:
        return next(self.by("account", "name", name), None)


def folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value
