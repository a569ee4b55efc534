"""Gaps and overlaps of the territories, over the leads of the last 90 days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from leads import states
from leads.models import Draft, Lead, Team
from revops import clock, rules
from routing.contradictions import never_met
from routing.coverage import Coverage, Known, cover
from routing.criteria import FIELDS
from routing.ranges import RANGES
from routing.roster import domains_of
from routing.rules import TerritoryRule

LOOKED_BACK = timedelta(days=90)
MOST_READ, CHUNK = 10_000, 2_000
A_PAGE, MOST_COMMON = 50, 3
GAP = "gap"
COLUMNS = (*FIELDS, *RANGES.values())


@dataclass(frozen=True)
class Overlap:
    """Leads that two territories would take, the first of which has them."""

    first: str
    other: str
    count: int
    link: str


@dataclass(frozen=True)
class Standing:
    """How one territory fares: what it takes, what it would take if it were asked first, and what is odd about it."""

    rule: TerritoryRule
    taken: int
    matched: int
    odd: str


def coverage_page(request: HttpRequest, page: admin.ModelAdmin) -> HttpResponse:
    """The figures, and the leads behind the one that is asked for."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    at, draft = clock.now(), Draft.objects.exists()
    by_draft = draft and "in-force" not in request.GET
    said = (rules.written() if by_draft else rules.standing()).routing
    on = frozenset(Team.objects.filter(active=True).values_list("pk", flat=True))
    found = cover(said, known(at=at), teams_on=on)
    names = {rule.pk: rule.name for rule in said.territories}
    shown = request.GET.get("show", "")
    of_leads, leads = _page(_behind(shown, found), request.GET.get("p"))
    context = {
        **page.admin_site.each_context(request),
        "title": "Gaps and overlaps",
        "found": found,
        "most": MOST_READ,
        "draft": draft,
        "by_draft": by_draft,
        "fallback": said.fallback,
        "common": _common(found),
        "overlaps": _overlaps(found, names),
        "standings": [_standing(rule, found, on) for rule in said.territories if not rule.is_fallback],
        "shown": shown,
        "heading": _heading(shown, names),
        "leads": leads,
        "page": of_leads,
    }
    return TemplateResponse(request, "admin/airtight/coverage.html", context)


def known(*, at: datetime) -> Iterator[Known]:
    """The leads of the last 90 days, the latest first, as criteria see them."""
    rows = Lead.objects.filter(captured_at__gte=at - LOOKED_BACK).exclude(state=states.MERGED)
    rows = rows.order_by("-captured_at", "-pk")[:MOST_READ]
    of_account = domains_of(rows.values("account"))
    for row in rows.values("pk", "account_id", "custom", *COLUMNS).iterator(chunk_size=CHUNK):
        facts = {name: row[name] for name in COLUMNS}
        facts |= {f"custom.{name}": value for name, value in row["custom"].items()}
        own = [row["domain"]] if row["domain"] and not row["is_free_mail"] else []
        yield Known(row["pk"], facts, frozenset([*own, *of_account.get(row["account_id"], ())]))


def _common(found: Coverage) -> list[tuple[str, str]]:
    """What the leads of the gap say most often, by each field that a territory asks for."""
    return [
        (
            name.removeprefix("custom.").replace("_", " "),
            ", ".join(f"{value} ({count:,})" for value, count in counts.most_common(MOST_COMMON)),
        )
        for name, counts in found.common.items()
    ]


def _overlaps(found: Coverage, names: Mapping[int, str]) -> list[Overlap]:
    rows = [
        Overlap(names[first], names[other], len(ids), f"{first}-{other}")
        for (first, other), ids in found.overlaps.items()
    ]
    return sorted(rows, key=lambda row: -row.count)


def _standing(rule: TerritoryRule, found: Coverage, on: frozenset[int]) -> Standing:
    taken, matched = len(found.taken.get(rule.pk, ())), found.matched[rule.pk]
    return Standing(rule, taken, matched, "" if taken else _why_none(rule, matched, on))


def _why_none(rule: TerritoryRule, matched: int, on: frozenset[int]) -> str:
    if rule.team_id not in on:
        return "its team is switched off"
    if why := never_met(rule.criteria):
        return f"no lead can ever meet {why}"
    if matched:
        return f"territories before it take all of the {matched:,} that it would"
    return "no lead of these meets what it asks" if rule.criteria or rule.named_id else "it asks for nothing"


def _behind(shown: str, found: Coverage) -> Sequence[int]:
    """The ids of the leads behind a figure; none for what is no figure."""
    if shown == GAP:
        return found.gap
    first, _, other = shown.partition("-")
    if not first.isdecimal() or (other and not other.isdecimal()):
        return []
    return found.overlaps.get((int(first), int(other)), []) if other else found.taken.get(int(first), [])


def _heading(shown: str, names: Mapping[int, str]) -> str:
    if shown == GAP:
        return "Leads that match nothing"
    first, _, other = (names.get(int(part), "") if part.isdecimal() else "" for part in shown.partition("-"))
    return f"Leads of {first} that {other} would take too" if other else f"Leads of {first}" if first else ""


def _page(ids: Sequence[int], number: Any) -> tuple[Page, list[Lead]]:
    """The page that is asked for, and its leads in their order."""
    page = Paginator(ids, A_PAGE).get_page(number)
    rows = Lead.objects.in_bulk(list(page))
    return page, [rows[pk] for pk in page if pk in rows]
