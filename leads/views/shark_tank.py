"""The Shark Tank: leads that anybody eligible in the team may claim, the next deadline first."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from leads import states
from leads.discretion import Reader
from leads.models import Lead
from leads.presenting import Card, card
from leads.views.reading import with_holders
from revops import clock
from revops.claims import Claims
from revops.desk import Desk, team_of
from revops.pages import live, signed_in
from revops.roles import reader_of, visible_leads

MOST = 200


@dataclass(frozen=True)
class PoolPage:
    cards: tuple[Card, ...]
    zone: str
    more: bool
    claims: str = ""

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
    claims, reader = Claims.of(me.rep, hours=desk.hours, at=at), reader_of(request.user)
    cards = tuple(_card(lead, reader, claims, desk, at=at) for lead in leads[:MOST])
    page = PoolPage(cards, str(zone), more=len(leads) > MOST, claims=claims.told)
    return live(request, "leads/shark_tank", page, me=me, at=at, zone=zone)


def _card(lead: Lead, reader: Reader, claims: Claims, desk: Desk, *, at: datetime) -> Card:
    team_id = team_of(lead)
    return card(
        lead,
        desk.clock(lead, team_id),
        due=desk.due(lead, team_id),
        why="",
        at=at,
        contact=reader.may_contact(lead),
        blocked=claims.why_not(lead),
    )
