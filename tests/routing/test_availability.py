"""Who may take a lead, and for everybody else why not and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from leads.models import Rep
from routing import availability
from routing.availability import Seat
from routing.rules import NO_CAPS, Caps

AT = datetime(2026, 11, 2, 10, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


class NineToSix:
    """Open from 9 to 18 UTC on every day."""

    def team_at_work(self, *, team_id: int, at: datetime) -> datetime | None:
        return at

    def at_work(self, *, rep_id: int, team_id: int, at: datetime) -> datetime:
        if at.hour < 9:
            return at.replace(hour=9, minute=0)
        return at if at.hour < 18 else (at + timedelta(days=1)).replace(hour=9, minute=0)

    def period(self, *, team_id: int, name: str, at: datetime) -> tuple[datetime, datetime]:
        began = at.replace(minute=0)
        length = HOUR
        if name != "per_hour":
            began, length = began.replace(hour=0), timedelta(days=1)
        if name == "per_week":
            began, length = began - timedelta(days=began.weekday()), timedelta(days=7)
        return began, began + length


def seat(*, active: bool = True, takes: bool = True, signs_in: bool = True, **fields: Any) -> Seat:
    rep = Rep(pk=7, team_id=1, active=active, takes_routing=takes, user=User(is_active=signs_in))
    return Seat(rep, **fields)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (seat(), None),
        (seat(active=False), "off"),
        (seat(signs_in=False), "off"),
        (seat(takes=False), "takes no leads from routing"),
        (seat(away_until=AT + HOUR), "away"),
        (seat(away_until=AT), None),
        (seat(caps=Caps(open_leads=3), open=2), None),
        (seat(caps=Caps(open_leads=3), open=3), "at the cap of 3 open leads"),
        (seat(caps=Caps(open_leads=0)), "at the cap of 0 open leads"),
    ],
)
def test_whatever_lead_it_is(one: Seat, why: str | None) -> None:
    out = availability.ever(one, AT)
    assert (out and out.why) == why


@pytest.mark.parametrize(
    ("caps", "given", "at", "why", "until"),
    [
        (NO_CAPS, {}, AT, None, None),
        (NO_CAPS, {}, AT.replace(hour=20), "outside working hours", datetime(2026, 11, 3, 9, tzinfo=UTC)),
        (Caps(per_hour=2), {"per_hour": 1}, AT, None, None),
        (Caps(per_hour=2), {"per_hour": 2}, AT, "at the cap of 2 an hour", AT.replace(hour=11, minute=0)),
        (Caps(per_day=5), {"per_day": 5}, AT, "at the cap of 5 a day", datetime(2026, 11, 3, 9, tzinfo=UTC)),
        (Caps(per_week=5), {"per_week": 9}, AT, "at the cap of 5 a week", datetime(2026, 11, 9, 9, tzinfo=UTC)),
        # Of 0 there is no end: there is nothing to wait for.
        (Caps(per_hour=0), {"per_hour": 0}, AT, "at the cap of 0 an hour", None),
        (Caps(per_hour=1, per_day=0), {"per_hour": 1, "per_day": 0}, AT, "at the cap of 0 a day", None),
        (Caps(per_week=0), {}, AT, "at the cap of 0 a week", None),
        # The cap that lasts longest is the one that is told.
        (
            Caps(per_hour=1, per_day=2), {"per_hour": 1, "per_day": 2}, AT,
            "at the cap of 2 a day", datetime(2026, 11, 3, 9, tzinfo=UTC),
        ),
    ],
)  # fmt: skip
def test_until_when(caps: Caps, given: dict[str, int], at: datetime, why: str | None, until: datetime | None) -> None:
    out = availability.now(seat(caps=caps, given=given), at, NineToSix())
    assert (out and out.why, out and out.until) == (why, until)


def test_a_lead_counts_in_every_period_and_among_those_held() -> None:
    one = seat(caps=Caps(per_hour=1), given={"per_hour": 0, "per_day": 4, "per_week": 9}, open=2)
    one.took()
    assert (one.open, one.given) == (3, {"per_hour": 1, "per_day": 5, "per_week": 10})
    assert availability.now(one, AT, NineToSix()) is not None


def test_a_reps_own_caps_go_before_the_teams_one_by_one() -> None:
    assert Caps(per_day=3).over(Caps(per_day=9, open_leads=20)) == Caps(per_day=3, open_leads=20)
    assert Caps(open_leads=0).over(Caps(open_leads=20)).open_leads == 0


@pytest.mark.parametrize(
    ("until", "why", "told"),
    [
        (None, "reroute", "excluded by a recycle"),
        ((AT + HOUR).isoformat(), "lapse", "in cool-down after a lapse"),
        ((AT - HOUR).isoformat(), "lapse", None),
        (AT.isoformat(), "lapse", None),
    ],
)
def test_what_a_lead_is_kept_from(until: str | None, why: str, told: str | None) -> None:
    excluded = availability.excluded_from([{"rep": 7, "until": until, "why": why}], AT)
    out = availability.for_this(seat(), excluded, frozenset())
    assert (out and out.why) == told


def test_skills() -> None:
    asked = frozenset({"german", "cloud"})
    assert availability.for_this(seat(skills=frozenset({"german", "cloud", "x"})), {}, asked) is None
    out = availability.for_this(seat(skills=frozenset({"german"})), {}, asked)
    assert out is not None
    assert (out.why, out.told) == ("lacks the skill cloud", {"skills": ["cloud"]})
