"""The dashboard's doors: how things stand, and the leads behind each figure."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leads import wording
from leads.models import Rep
from revops import alert_views, clock
from revops.dashboard import asking, overrides, sections, tables
from revops.dashboard.asking import Asked, Manages
from revops.dashboard.cards import Deck
from revops.dashboard.counting import one_look
from revops.dashboard.figures import FIGURES
from revops.dashboard.ledger import ledger
from revops.dashboard.listing import PAGE, SORTS, listing, refusals
from revops.dashboard.metrics import measure
from revops.dashboard.now import has_looked_before, look, look_now
from revops.dashboard.sql import Figure
from revops.dashboard.subjects import CRITERION
from revops.roles import Anybody

LARGEST_ID = 2**63 - 1
LAST_PAGE = 1_000_000
A_DAY = timedelta(days=1)
# Of the alerts that nobody has seen, so many are listed; a page of their own has all.
ALERTS = 5


@login_required
@never_cache
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    at, manages = clock.now(), Manages.of(request.user)
    if not manages:
        return redirect("queue")
    asked = asking.asked_by(request, manages, at=at)
    seen = look(request.user, at=at)
    whole_line = request.GET.get("line") == "all"
    with one_look():
        values = _page(asked, seen, request.user, at=at, whole_line=whole_line)
    with timezone.override(asked.zone):
        return render(request, "dashboard/dashboard.html", values | {"now": at})


def _page(asked: Asked, seen: datetime | None, user: Anybody, *, at: datetime, whole_line: bool) -> dict[str, Any]:
    since = seen or at - A_DAY
    scope = asked.scope(at=at, seen_since=since)
    now, metrics = look_now(scope, failures=asked.revops, whole_line=whole_line), measure(scope)
    deck = Deck(metrics, asked)
    reps, reasons = tables.names(metrics)
    books = ledger(asked.period.since, asked.period.until, scope.teams, at=at)
    return {
        "asked": asked,
        "seen": wording.moment(seen, asked.zone, at=at) if seen else "",
        "periods": [(days, asked.address(days=str(days))) for days in asking.DAYS],
        "teams": [(team, asked.address(team=str(team.pk))) for team in asked.manages.teams],
        "all_teams": asked.address(team=""),
        "tiles": sections.tiles(now, asked, since.isoformat(), first_look=seen is None),
        "troubles": sections.troubles(now, asked),
        "first": sections.in_line(now.first, asked, at=at),
        "further": now.further,
        "alerts": alert_views.rows(user, team=asked.team, most=ALERTS),
        "whole_line": "" if whole_line else asked.address(line="all"),
        "away": [(row, wording.moment(row.ends_at, asked.zone, at=at)) for row in now.away],
        "hero": sections.hero(deck),
        "cards": sections.cards(deck),
        "overrides": overrides.within(scope).count(),
        "overrides_page": asked.overrides,
        "sent_back": metrics.counts["sent_back"],
        "sent_back_page": asked.leads("sent_back"),
        "hollow": sections.hollow_sentences(metrics, reps),
        "spans": tables.span_rows(deck),
        "reps": tables.rep_rows(deck, reps),
        "reasons": tables.reason_rows(deck, reasons),
        "untouched": tables.untouched_rows(deck, reps, reasons),
        "criteria": tables.criterion_rows(deck),
        "books": books,
        "entries": sections.entries(books, asked),
    }


@login_required
@never_cache
@require_safe
def figure_leads(request: HttpRequest) -> HttpResponse:
    """The leads that a figure counts. Reps have no figures."""
    at, manages = clock.now(), Manages.of(request.user)
    if not manages:
        return redirect("queue")
    figure = _figure(request, manages)
    asked = asking.asked_by(request, manages, at=at)
    title, how = figure.title, figure.how
    if figure.key == "fresh" and not has_looked_before(request.user):
        title, how = sections.FIRST_LOOK, sections.FIRST_LOOK_HOW
    values = {"figure": figure, "title": title, "asked": asked, "back": asked.address(), "how": how}
    values["here"] = _here(request)
    if figure.key == "refused":
        return render(request, "dashboard/knocks.html", values | _knocks(request, asked))
    narrowed, told = _narrowed(request, figure, manages)
    scope = asked.scope(at=at, seen_since=asking.seen_since(request.GET))
    sort = request.GET.get("sort", "") if request.GET.get("sort") in SORTS else "due"
    with one_look():
        page = listing(figure, narrowed, scope, user=request.user, asked=asked, sort=sort, page=_page_number(request))
    values |= {
        "page": page,
        "told": told,
        "sort": sort,
        "sorts": [(key, words) for key, (words, _sql) in SORTS.items()],
    }
    with timezone.override(asked.zone):
        return render(request, "dashboard/leads.html", values | {"now": at})


@login_required
@never_cache
@require_safe
def owner_overrides(request: HttpRequest) -> HttpResponse:
    """Who was given a lead in the CRM, past the rules. Reps have no such page."""
    at, manages = clock.now(), Manages.of(request.user)
    if not manages:
        return redirect("queue")
    asked = asking.asked_by(request, manages, at=at)
    rows = overrides.within(asked.scope(at=at))
    total = rows.count()
    pages = max(1, -(-total // overrides.PAGE))
    number = min(_page_number(request), pages)
    values = {
        "asked": asked,
        "back": asked.address(),
        "here": _here(request),
        "overrides": overrides.listed(rows, request.user, page=number),
        "total": total,
        "number": number,
        "pages": pages,
    }
    with timezone.override(asked.zone):
        return render(request, "dashboard/overrides.html", values | {"now": at})


def _figure(request: HttpRequest, manages: Manages) -> Figure:
    figure = FIGURES.get(request.GET.get("figure", ""))
    if figure is None or (figure.revops_only and not manages.everything):
        raise Http404("There is no such figure.")
    return figure


def _narrowed(request: HttpRequest, figure: Figure, manages: Manages) -> tuple[dict[str, Any], list[str]]:
    """What the list is narrowed by, as parameters and in words. A rep who is not there narrows it to nothing."""
    narrowed: dict[str, Any] = {}
    told = []
    for name in figure.subject.by:
        value = request.GET.get(name, "").replace("\x00", "")[:CRITERION]
        if not value:
            continue
        if name == "rep":
            rep = _rep(value, manages)
            narrowed[name], words = (rep.pk, rep.name) if rep else (0, "nobody")
        else:
            narrowed[name], words = value, tables.narrowed_words(name, value)
        told.append(words)
    return narrowed, told


def _rep(text: str, manages: Manages) -> Rep | None:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= LARGEST_ID):
        return None
    return Rep.objects.select_related("user").filter(pk=int(text[:20]), team__in=manages.teams).first()


def _knocks(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """Knocks that were refused: there is no lead to open, so they are listed themselves. They are no team's."""
    if not asked.revops or asked.team is not None:
        return {"knocks": [], "total": 0, "number": 1, "pages": 1}
    code = request.GET.get("code", "").replace("\x00", "")[:40]
    rows, total, number = refusals(code, asked, page=_page_number(request))
    return {"knocks": rows, "total": total, "number": number, "pages": max(1, -(-total // PAGE))}


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, min(int(text[:9]), LAST_PAGE)) if text.isascii() and text.isdigit() else 1


def _here(request: HttpRequest) -> str:
    """The list's own address without its page and order, for the links that change them."""
    query = request.GET.copy()
    query.pop("page", None)
    query.pop("sort", None)
    return f"{request.path}?{query.urlencode()}"
