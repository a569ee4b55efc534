"""Our own outages, and of which windows they took so much that nobody else is to answer for them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sla.business_time import WorkingHours
from sla.models import Outage
from sla.windows import Window

# An outage excuses a lapse when it took at least this share of the window: minutes of two hours, hours of two weeks.
EXCUSES = 1 / 100


class Outages:
    """Those that a transaction knows of. A window is judged once, however many leads were given in the same moment, and
    `hours` (a team's; of None, the clock's) are asked for only where an outage met one."""

    def __init__(self, rows: Sequence[Outage], *, hours: Callable[[int | None], WorkingHours]) -> None:
        self._rows, self._hours = rows, hours
        self._judged: dict[tuple[datetime, datetime, int | None], bool] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def explain(self, opened_at: datetime, at: datetime, *, team_id: int | None) -> bool:
        """Whether one of them took enough of the window that ends at `at`; `team_id` None where it ran by the clock."""
        key = opened_at, at, team_id
        if key not in self._judged:
            self._judged[key] = self._took_enough(*key)
        return self._judged[key]

    def _took_enough(self, opened_at: datetime, at: datetime, team_id: int | None) -> bool:
        met = [outage for outage in self._rows if outage.started_at < at and outage.ended_at > opened_at]
        if not met:
            return False
        window = Window(self._hours(team_id), opened_at, at)
        took = max(window.taken(outage.started_at, outage.ended_at) for outage in met)
        return bool(took) and took >= window.length * EXCUSES
