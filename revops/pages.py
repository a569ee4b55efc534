"""What every page shares: who is signed in, and the part of it that keeps itself up to date."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from leads import states, wording
from leads.models import Lead, Rep
from revops.roles import Anybody, is_revops, leads_seen, rep_of, sees_everything, teams_managed

LONGEST_ANSWER = 5000


@dataclass(frozen=True)
class SignedIn:
    """Who looks at the page, and the figures of the navigation."""

    rep: Rep | None
    name: str
    is_revops: bool
    manages: bool
    holds: int = 0
    late: int = 0
    pooled: int = 0

    @property
    def has_queue(self) -> bool:
        return self.rep is not None and (self.rep.takes_routing or self.holds > 0)

    @property
    def queue_tone(self) -> str:
        return "danger" if self.late else ""

    @property
    def initials(self) -> str:
        return wording.initials(self.name)


def signed_in(user: Anybody) -> SignedIn:
    if not user.is_authenticated:
        return SignedIn(None, "", is_revops=False, manages=False)
    rep, revops, teams = rep_of(user), is_revops(user), teams_managed(user)
    late = Q(state=states.OVERDUE) | Q(due_step="untouched")
    held = Lead.objects.filter(owner=rep.pk).aggregate(all=Count("pk"), late=Count("pk", filter=late)) if rep else {}
    seen = Lead.objects.all() if sees_everything(user) else leads_seen(rep, teams)
    return SignedIn(
        rep=rep,
        name=rep.name if rep else (getattr(user, "get_full_name", str)() or user.get_username()),
        is_revops=revops,
        manages=revops or bool(teams),
        holds=held.get("all", 0),
        late=held.get("late", 0),
        pooled=seen.filter(state=states.SHARK_TANK).count(),
    )


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context processor. `me` costs nothing on a page that does not ask for it."""
    return {
        "me": SimpleLazyObject(lambda: signed_in(request.user) if hasattr(request, "user") else None),
        "demo": settings.AIRTIGHT_DEMO,
    }


def live(request: HttpRequest, name: str, page: Any, *, me: SignedIn, at: datetime, zone: tzinfo) -> HttpResponse:
    """A page whose part `NAME_live.html` keeps itself up to date: the whole page, or for htmx that part alone.

    `page` is compared by its repr: while nothing in it has changed the answer to a poll is 304, without a body.
    """
    etag = f'"{sha256(repr((page, me.holds, me.late, me.pooled)).encode()).hexdigest()[:32]}"'
    polled = bool(getattr(request, "htmx", False))
    unchanged = polled and request.headers.get("If-None-Match") == etag and not len(get_messages(request))
    values = {"page": page, "etag": etag, "now": at, "zone": zone, "fragment": f"{name}_live.html", "me": me}
    if unchanged:
        response = HttpResponse(status=304)
    else:
        with timezone.override(zone):
            response = render(request, "live.html" if polled else f"{name}.html", values)
    response["ETag"] = etag
    response["Airtight-Time"] = at.isoformat()
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def back(request: HttpRequest, default: str) -> str:
    """Where the form came from, if that is a page of ours."""
    wanted = posted(request, "next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else default


def posted(request: HttpRequest, name: str) -> str:
    """A posted answer as text that the database can hold."""
    return request.POST.get(name, "").replace("\x00", "").strip()[:LONGEST_ANSWER]
