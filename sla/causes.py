"""Why a deadline was let pass: pure, over what was read. A lapse is the rep's alone where nothing else explains it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sla import business_time
from sla.business_time import WorkingHours
from sla.models import Breach

# What left a rep less than this share of the window explains that it passed.
ENOUGH = 1 / 2
# Before an acceptance a rep knows of a lead by its alert; after it they know.
BY_ALERT = ("accept", "release")


@dataclass(frozen=True)
class Alert:
    """The first that a rep was told of a lead: by which delivery, and when, None while it has not arrived."""

    delivery: int
    status: str
    told_at: datetime | None


@dataclass(frozen=True)
class Evidence:
    """What is known of a rep in a window. `own` are their own hours, where not the team's; `alert` None where nothing
    was connected to tell them; `held` are the leads they had when it came, `cap` the most they should have had."""

    hours: WorkingHours
    own: WorkingHours | None = None
    away: Sequence[tuple[datetime, datetime]] = ()
    alert: Alert | None = None
    held: int = 0
    cap: int | None = None

    @property
    def of_the_time(self) -> bool:
        """Whether anything is known that may have left the rep less of it."""
        return bool(self.alert or self.away or self.own)


def cause(step: str, opened_at: datetime, at: datetime, known: Evidence) -> tuple[Breach.Cause, dict[str, Any]]:
    """Why the window from `opened_at` to `at` passed, the first of these that explains it, and what that rests on."""
    if known.of_the_time and (found := _by_the_time(step, opened_at, at, known)):
        return found
    if known.cap is not None and known.held >= known.cap:
        return Breach.Cause.AT_CAP, {"held": known.held, "cap": known.cap}
    return Breach.Cause.IGNORED, {}


def _by_the_time(
    step: str, opened_at: datetime, at: datetime, known: Evidence
) -> tuple[Breach.Cause, dict[str, Any]] | None:
    """What left the rep too little of the window."""
    window = business_time.between(known.hours, opened_at, at)
    if step in BY_ALERT and (because := _not_told(known, opened_at, window)):
        return Breach.Cause.NOT_TOLD, because
    if because := _away(known, opened_at, at, window):
        return Breach.Cause.ABSENCE, because
    if because := _after_hours(known, opened_at, at, window):
        return Breach.Cause.AFTER_HOURS, because
    return None


def _not_told(known: Evidence, opened_at: datetime, window: timedelta) -> dict[str, Any] | None:
    alert = known.alert
    if alert is None:
        return None
    told = {"delivery": alert.delivery, "status": alert.status}
    if alert.told_at is None:
        return told
    if window - business_time.between(known.hours, opened_at, alert.told_at) >= window * ENOUGH:
        return None
    return told | {"told_at": alert.told_at.isoformat()}


def _away(known: Evidence, opened_at: datetime, at: datetime, window: timedelta) -> dict[str, Any] | None:
    away = sum(
        (business_time.between(known.hours, max(since, opened_at), min(until, at)) for since, until in known.away),
        timedelta(0),
    )
    if not away or window - away >= window * ENOUGH:
        return None
    return {"away_s": away.total_seconds(), "window_s": window.total_seconds()}


def _after_hours(known: Evidence, opened_at: datetime, at: datetime, window: timedelta) -> dict[str, Any] | None:
    if known.own is None:
        return None
    worked = business_time.between(known.own, opened_at, at)
    if worked >= window * ENOUGH:
        return None
    return {"worked_s": worked.total_seconds(), "window_s": window.total_seconds()}
