"""The rep's queue: what they hold, the next deadline first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db.models import Case, Count, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from leads import states
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
# However many they hold, the page stays light enough to be asked for again every few seconds.
PAGE = 30
LAST_PAGE = 10_000


LATE = Q(state=states.OVERDUE) | Q(due_step="untouched")
ANSWER = Q(state=states.ASSIGNED)
TOUCH = Q(due_step="touch")
# As `presenting.group_of` tells it of one lead.
IN_GROUP = {
    "late": LATE,
    "answer": ANSWER & ~LATE,
    "touch": TOUCH & ~LATE & ~ANSWER,
    "decide": ~LATE & ~ANSWER & ~TOUCH,
}


@dataclass(frozen=True)
class Group:
    """A part of the queue: the cards of this page, and how many leads there are in all."""

    key: str
    title: str
    tone: str
    cards: tuple[Card, ...]
    total: int


@dataclass(frozen=True)
class QueuePage:
    """`groups` are those with a card on page `number` of `pages`, `totals` every group's leads by its key."""

    groups: tuple[Group, ...]
    totals: tuple[tuple[str, int], ...]
    team: str
    zone: str
    number: int
    pages: int

    @property
    def count(self) -> int:
        return sum(total for _key, total in self.totals)

    @property
    def summary(self) -> str:
        """The queue in a line, for the heading and for a screen reader when it changes."""
        return ", ".join(f"{total} {SUMMARY[key]}" for key, total in self.totals if total)


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
    page = queue_page(me.rep, desk, page=_page_number(request), at=at)
    return live(request, "leads/queue", page, me=me, at=at, zone=zone)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, min(int(text[:9]), LAST_PAGE)) if text.isascii() and text.isdigit() else 1


def queue_page(rep: Rep | None, desk: Desk, *, page: int, at: datetime) -> QueuePage:
    """Page `page` (from 1; the last one when there are fewer) of what a rep holds, group by group."""
    held = Lead.objects.filter(owner=rep.pk) if rep else Lead.objects.none()
    totals = held.aggregate(**{key: Count("pk", filter=IN_GROUP[key]) for key, _title, _tone in GROUPS})
    pages = max(1, -(-sum(totals.values()) // PAGE))
    number = min(page, pages)
    place = Case(*[When(IN_GROUP[key], then=rank) for rank, (key, _title, _tone) in enumerate(GROUPS)])
    leads = with_holders(held).order_by(place, "due_at", "pk")[(number - 1) * PAGE : number * PAGE]
    cards = _cards(list(leads), desk, at=at)
    groups = [
        Group(key, title, tone, tuple(card for card in cards if card.group == key), totals[key])
        for key, title, tone in GROUPS
    ]
    return QueuePage(
        groups=tuple(group for group in groups if group.cards),
        totals=tuple(totals.items()),
        team=rep.team.name if rep else "",
        zone=str(desk.zone(rep.team_id if rep else None)),
        number=number,
        pages=pages,
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
