"""Who may claim a lead out of the Shark Tank, and why not: one answer for the page, the API, Slack and the claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leads.models import Assignment, Lead, Rep
from routing.availability import (
    BY_A_MANAGER,
    BY_A_RECYCLE,
    IN_COOL_DOWN,
    TO_FREE_ONE,
    Periods,
    Seat,
    asked_skills,
    excluded_from,
    full,
)
from routing.models import Absence
from routing.qualification import facts
from routing.rules import RoutingRules, skills_of

CLAIM = "claim"
NOT_OF_THE_TEAM = "Reps of its team who take leads can claim it."
AWAY = "You are away. You can claim again when you are back."
KEPT = {
    IN_COOL_DOWN: "You had it and it lapsed, so it goes to somebody else for now.",
    BY_A_RECYCLE: "You gave it back, so it goes to somebody else.",
    BY_A_MANAGER: "A manager sent it back from you, so it goes to somebody else.",
}


@dataclass(frozen=True)
class Claimant:
    """A rep at the Shark Tank as they stand now; `claimed` are the leads of their team's running day."""

    seat: Seat
    claimed: int = 0

    @property
    def rep(self) -> Rep:
        return self.seat.rep

    @property
    def is_capped(self) -> bool:
        return self.seat.caps.open_leads is not None or self.seat.caps.claims_per_day is not None

    @property
    def left(self) -> int | None:
        """How many they may still claim today, None for as many as they like."""
        most = self.seat.caps.claims_per_day
        return None if most is None else max(most - self.claimed, 0)


def claimant(
    rep_id: int | None, rules: RoutingRules, *, hours: Periods, at: datetime, also: Mapping[int, int] | None = None
) -> Claimant | None:
    """A rep who may be at the pool, for who only looks. `also` are the leads of this transaction, by rep."""
    rep = Rep.objects.taking_leads().select_related("user", "team").filter(pk=rep_id).first() if rep_id else None
    if rep is None:
        return None
    caps = rules.caps(rep.pk, rep.team_id)
    away = Absence.objects.filter(rep=rep, starts_at__lte=at, ends_at__gt=at).order_by("-ends_at").first()
    seat = Seat(
        rep,
        away_until=away.ends_at if away else None,
        open=rep.open_leads + (also or {}).get(rep.pk, 0),
        caps=caps,
        skills=skills_of(rep.skills),
    )
    return Claimant(seat, _claimed_today(rep, hours, at) if caps.claims_per_day is not None else 0)


def held_claimant(
    rep_id: int | None, rules: RoutingRules, *, hours: Periods, at: datetime, also: Mapping[int, int]
) -> Claimant | None:
    """The same, with the row of a rep who has a cap locked until the commit: no two claims at once pass it together.

    Read anew after the lock, as the last to hold it left things.
    """
    one = claimant(rep_id, rules, hours=hours, at=at, also=also)
    if one is None or not one.is_capped:
        return one
    list(Rep.objects.filter(pk=one.rep.pk).select_for_update(no_key=True).values_list("pk"))
    return claimant(rep_id, rules, hours=hours, at=at, also=also)


def _claimed_today(rep: Rep, hours: Periods, at: datetime) -> int:
    began, _ends = hours.period(team_id=rep.team_id, name="per_day", at=at)
    return Assignment.objects.filter(rep=rep, how=CLAIM, started_at__gte=began).count()


def why_not(lead: Lead, one: Claimant | None, rules: RoutingRules, *, at: datetime) -> str:
    """Why they may not claim this lead, as they read it; '' for who may."""
    if one is None or lead.territory is None or lead.territory.team_id != one.rep.team_id:
        return NOT_OF_THE_TEAM
    if one.seat.away_until is not None and one.seat.away_until > at:
        return AWAY
    if kept := excluded_from(list(lead.excluded_reps), at).get(one.rep.pk):
        return KEPT[kept.why]
    if missing := needed(lead, rules) - one.seat.skills:
        return f"It asks for a rep with the skill {', '.join(sorted(missing))}."
    if held := full(one.seat):
        return f"You are {held.why}: {TO_FREE_ONE}."
    if one.left == 0:
        return f"You have claimed {one.claimed} today, as many as you may. You can claim again tomorrow."
    return ""


def needed(lead: Lead, rules: RoutingRules) -> frozenset[str]:
    """The skills that whoever takes this lead out of the pool must have: its territory's, and what it says itself."""
    rule = rules.by_territory.get(lead.territory_id or 0)
    return asked_skills(rule, facts(lead)) if rule else frozenset()
