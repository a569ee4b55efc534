"""The books: whatever knocked at the door in a period, and where each new lead of it is now. Leaked must be 0."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from revops.dashboard.counting import Split, count, ids
from revops.dashboard.figures import FIGURES
from revops.dashboard.scope import Period, Scope
from revops.dashboard.standing import PLACES
from revops.dashboard.subjects import KNOCKS

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Ledger:
    """`refused` is by reason, `places` by figure key; `counts` holds every figure of the books by its key."""

    since: datetime
    until: datetime
    counts: Mapping[str, int]
    refused: Mapping[str, int]

    @property
    def places(self) -> dict[str, int]:
        return {key: self.counts[key] for key in PLACES}

    @property
    def leaked(self) -> int:
        return self.counts["leaked"]

    @property
    def unbooked(self) -> int:
        """Knocks with no outcome that the books know."""
        return self.counts["knocked"] - sum(self.counts[key] for key in ("refused", "joined", "turned_back", "new"))

    @property
    def balanced(self) -> bool:
        """Each knock has an outcome, and each new lead is in one place or counted as leaked."""
        return self.unbooked == 0 and self.counts["new"] == sum(self.places.values()) + self.leaked

    def as_dict(self) -> dict[str, Any]:
        """The books as plain values."""
        return {
            **{key: self.counts[key] for key in ("knocked", "joined", "new", "leaked")},
            "suppressed_at_the_door": self.counts["turned_back"],
            "refused": dict(self.refused),
            "places": self.places,
            "balanced": self.balanced,
        }


def ledger(
    since: datetime | None, until: datetime | None, teams: Iterable[int] | None = None, *, at: datetime
) -> Ledger:
    """The books of `since` to `until` as they stand at `at`; None for all there ever was."""
    scope = _scope(since, until, teams, at=at)
    found = count(KNOCKS, [Split("all"), Split("code", by="code", figures=("refused",))], scope)
    refused = {row["code"]: row["refused"] for row in found["code"] if row["refused"]}
    return Ledger(scope.period.since, scope.period.until, found["all"][0], dict(sorted(refused.items())))


def leaked_leads(since: datetime | None, until: datetime | None, *, at: datetime) -> list[int]:
    """The ids of the new leads of a period that have leaked."""
    scope = _scope(since, until, None, at=at)
    return ids(FIGURES["leaked"], scope)


def _scope(since: datetime | None, until: datetime | None, teams: Iterable[int] | None, *, at: datetime) -> Scope:
    begin, end = since or BEGINNING, until or at + timedelta(days=1)
    return Scope(at, Period(begin, end, (begin, end)), None if teams is None else tuple(sorted(teams)))
