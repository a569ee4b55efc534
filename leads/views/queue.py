"""The rep's queue: what they hold, the next deadline first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from leads.models import Lead, Rep
from leads.presenting import Card, card
from leads.views.reading import why_theirs, with_holders
from revops import clock
from revops.desk import Desk
from revops.pages import live, signed_in

GROUPS = (
    ("late", "Overdue", "danger"),
    ("answer", "Accept or recycle", "info"),
    ("touch", "First touch", "warn"),
    ("decide", "In conversation", "ok"),
)
MOST = 200


@dataclass(frozen=True)
class Group:
    """A part of the queue."""

    key: str
    title: str
    tone: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class QueuePage:
    groups: tuple[Group, ...]
    team: str
    zone: str
    more: bool

    @property
    def count(self) -> int:
        return sum(len(group.cards) for group in self.groups)

    @property
    def summary(self) -> str:
        """The queue in a line, for the heading and for a screen reader when it changes."""
        parts = [f"{len(group.cards)} {SUMMARY[group.key]}" for group in self.groups]
        return ", ".join(parts)


SUMMARY = {"late": "overdue", "answer": "to accept", "touch": "to call", "decide": "in conversation"}


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    me = signed_in(request.user)
    if me.manages and not me.has_queue:
        return redirect("dashboard")
    desk = Desk.load(at=at)
    zone = desk.zone(me.rep.team_id if me.rep else None)
    return live(request, "leads/queue", queue_page(me.rep, desk, at=at), at=at, zone=zone)


def queue_page(rep: Rep | None, desk: Desk, *, at: datetime) -> QueuePage:
    held = with_holders(Lead.objects.filter(owner=rep.pk)) if rep else Lead.objects.none()
    leads = list(held.order_by("due_at", "pk")[: MOST + 1])
    cards = _cards(leads[:MOST], desk, at=at)
    groups = [
        Group(key, title, tone, tuple(card for card in cards if card.group == key)) for key, title, tone in GROUPS
    ]
    team_id = rep.team_id if rep else None
    return QueuePage(
        groups=tuple(group for group in groups if group.cards),
        team=rep.team.name if rep else "",
        zone=str(desk.zone(team_id)),
        more=len(leads) > MOST,
    )


def _cards(leads: Sequence[Lead], desk: Desk, *, at: datetime) -> list[Card]:
    why = why_theirs(leads)
    return [
        card(
            lead,
            desk.clock(lead, lead.owner.team_id if lead.owner else None),
            due=desk.due(lead, lead.owner.team_id if lead.owner else None),
            why=why.get(lead.pk, ""),
            at=at,
        )
        for lead in leads
    ]
