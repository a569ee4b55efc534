"""The Shark Tank: leads that anybody eligible in the team may claim, the next deadline first."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from leads import states
from leads.models import Lead
from leads.presenting import Card, card
from leads.views.reading import with_holders
from revops import clock
from revops.desk import Desk, team_of
from revops.pages import SignedIn, live, signed_in
from revops.roles import visible_leads
from revops.rules import standing
from routing.availability import BY_A_MANAGER, BY_A_RECYCLE, IN_COOL_DOWN, LeftOut
from routing.roster import away_at, holds_too_many, left_out_of

MOST = 200
NOT_A_REP = "Reps of its team can claim it."
COOL_DOWN = "You had it and it lapsed, so it goes to somebody else for now."
EXCLUDED = "You gave it back, so it goes to somebody else."
AWAY = "You are away. You can claim again when you are back."
SENT_BACK = "A manager sent it back from you, so it goes to somebody else."
SENTENCES = {IN_COOL_DOWN: COOL_DOWN, BY_A_RECYCLE: EXCLUDED, BY_A_MANAGER: SENT_BACK}


@dataclass(frozen=True)
class PoolPage:
    cards: tuple[Card, ...]
    zone: str
    more: bool

    @property
    def summary(self) -> str:
        return f"{len(self.cards)} in the Shark Tank"


@login_required
@require_safe
def shark_tank(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    me, desk = signed_in(request.user), Desk.load(at=at)
    zone = desk.zone(me.rep.team_id if me.rep else None)
    pooled = with_holders(visible_leads(request.user).filter(state=states.SHARK_TANK))
    leads = list(pooled.order_by("due_at", "pk")[: MOST + 1])
    away, full = away_at(at), too_full(me)
    cards = tuple(_card(lead, me, away, full, desk, at=at) for lead in leads[:MOST])
    page = PoolPage(cards, str(zone), more=len(leads) > MOST)
    return live(request, "leads/shark_tank", page, me=me, at=at, zone=zone)


def _card(lead: Lead, me: SignedIn, away: set[int], full: LeftOut | None, desk: Desk, *, at: datetime) -> Card:
    team_id = team_of(lead)
    return card(
        lead,
        desk.clock(lead, team_id),
        due=desk.due(lead, team_id),
        why="",
        at=at,
        contact=me.manages,
        blocked=why_not_claim(lead, me, away, full, at=at),
    )


def too_full(me: SignedIn) -> LeftOut | None:
    """Whether this person holds as many leads as their cap allows."""
    return holds_too_many(standing().routing, me.rep) if me.rep is not None and me.rep.takes_routing else None


def why_not_claim(lead: Lead, me: SignedIn, away: set[int], full: LeftOut | None, *, at: datetime) -> str:
    """Why this person may not claim the lead, '' when they may."""
    rep = me.rep
    if rep is None or not rep.takes_routing or lead.territory is None or lead.territory.team_id != rep.team_id:
        return NOT_A_REP
    if rep.pk in away:
        return AWAY
    if why := left_out_of(lead, rep.pk, at=at):
        return SENTENCES.get(why, f"Not for you: {why}.")
    return f"You are {full.why}: accept or recycle what you hold first." if full else ""
