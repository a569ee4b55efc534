"""What vendors said, where they disagree, and which leads wait for their word."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from leads import wording
from leads.models import Lead
from revops.admin_site import RecordAdmin
from revops.rules import standing
from routing.disagreements import Disagreement, among_latest, by_field, criteria_by_field
from routing.models import FIRMOGRAPHICS, Enquiry, VendorAnswer

MOST_COMPANIES = 2_000
ON_A_PAGE = 50
MOST_NAMED = 5  # of a list


@dataclass(frozen=True)
class Row:
    """A disagreement as it is shown, with the open leads of the company."""

    one: Disagreement
    leads: int

    @property
    def field(self) -> str:
        return wording.field(self.one.field)

    @property
    def said(self) -> list[dict[str, Any]]:
        return [
            {"vendor": wording.vendor(word.vendor), "value": _shown(self.one.field, word.value), "at": word.at}
            for word in self.one.said
        ]


def _shown(field: str, value: Any) -> str:
    if isinstance(value, list):
        more = [f"{len(value) - MOST_NAMED} more"] if len(value) > MOST_NAMED else []
        return wording.listed([*map(str, value[:MOST_NAMED]), *more])
    if field == "annual_revenue" and isinstance(value, int):
        return wording.money(value)
    return wording.country(str(value)) if field == "country" else wording.plain(value)


@admin.register(VendorAnswer)
class VendorAnswerAdmin(RecordAdmin):
    list_display = ("domain", "who", "when", "outcome", "told", "otherwise", "credits", "until")
    list_filter = ("vendor", "outcome", "asked_at")
    search_fields = ("domain",)

    @admin.display(description="vendor", ordering="vendor")
    def who(self, obj: VendorAnswer) -> str:
        return wording.vendor(obj.vendor)

    @admin.display(description="asked", ordering="asked_at")
    def when(self, obj: VendorAnswer) -> str:
        return wording.day(obj.asked_at, UTC)

    @admin.display(description="good until", ordering="good_until")
    def until(self, obj: VendorAnswer) -> str | None:
        return wording.day(obj.good_until, UTC) if obj.good_until else None

    @admin.display(description="said")
    def told(self, obj: VendorAnswer) -> str:
        """What it said of the company, or why it said nothing."""
        said = [f"{wording.field(name)} {_shown(name, value)}" for name, value in obj.values.items()]
        return ", ".join(said) or obj.error or "–"

    @admin.display(description="others say")
    def otherwise(self, obj: VendorAnswer) -> str | None:
        others = VendorAnswer.objects.filter(domain=obj.domain, outcome=VendorAnswer.Outcome.MATCH).order_by("asked_at")
        # Without the rules: they would be read for each row, and the list of disagreements holds them against all.
        differ = by_field(others, {}) if obj.outcome == VendorAnswer.Outcome.MATCH and obj.values else {}
        by_vendor: dict[str, list[str]] = {}
        for name, said in differ.items():
            for vendor, value in said.items():
                if vendor != obj.vendor:
                    by_vendor.setdefault(vendor, []).append(f"{wording.field(name)} {_shown(name, value)}")
        told = [f"{wording.vendor(vendor)}: {', '.join(words)}" for vendor, words in by_vendor.items()]
        return "; ".join(told) or None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.disagreements)
        return [path("disagreements/", view, name="routing_vendoranswer_disagreements"), *super().get_urls()]

    def disagreements(self, request: HttpRequest) -> HttpResponse:
        """By company and field; those that a rule in force asks about, or all."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        every, search = "all" in request.GET, request.GET.get("q", "").strip()[:253]
        criteria = criteria_by_field(standing().routing)
        ruled = set(criteria) & set(FIRMOGRAPHICS)
        found = among_latest(MOST_COMPANIES, criteria, search=search)
        shown = found if every else [one for one in found if one.field in ruled]
        page = Paginator(shown, ON_A_PAGE).get_page(request.GET.get("p"))
        open_leads = Lead.objects.open().filter(domain__in={one.domain for one in page})
        leads = dict(open_leads.values_list("domain").annotate(Count("pk")).order_by())
        context = {
            **self.admin_site.each_context(request),
            "title": "Disagreements between vendors",
            "rows": [Row(one, leads.get(one.domain, 0)) for one in page],
            "page": page,
            "every": every,
            "q": search,
            "left_out": len(found) - len(shown),
            "ruled": wording.listed(sorted(map(wording.field, ruled))) if ruled else "",
            "most": MOST_COMPANIES,
        }
        return TemplateResponse(request, "admin/airtight/disagreements.html", context)


@admin.register(Enquiry)
class EnquiryAdmin(RecordAdmin):
    list_display = ("asked_at", "lead", "domain", "attempts", "next_try_at", "done_at")
    list_select_related = ("lead",)
    list_filter = (("done_at", admin.EmptyFieldListFilter),)
    search_fields = ("domain", "=lead__id")
