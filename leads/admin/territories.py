"""Parts of the market, each with its one routing rule on the same page."""

import csv
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Func, IntegerField, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from leads.admin.coverage import coverage_page
from leads.intake.csv_safe import safe_row
from leads.models import Rep, Territory
from revops import clock, rules
from revops.admin_attention import NO_FALLBACK, has_fallback
from revops.admin_rules import RulesPage
from revops.admin_seen import SeenForm
from revops.admin_site import ConfigAdmin, Kept
from routing.admin.pools import PoolInline
from routing.contradictions import never_met
from routing.criteria_field import told
from routing.models import Pool, Weight
from routing.rules import skills_of

# A list may have 100,000 accounts, which the database counts without handing them over.
NAMED_COUNT = Func("pool__named__domains", function="jsonb_array_length", output_field=IntegerField())


class TerritoryForm(SeenForm):
    """Its team and whether it is on are what is in force, which follows; what is written is its rule."""

    class Meta:
        model = Territory
        fields = ["name"]

    def rows(self) -> list[QuerySet]:
        pk = self.instance.pk
        weights = Weight.objects.filter(pool__territory=pk).order_by("rep")
        return [
            Territory.objects.filter(pk=pk).values("name"),
            Pool.objects.filter(territory=pk).values(),
            weights.values("rep", "weight"),
        ]


@admin.register(Territory)
class TerritoryAdmin(RulesPage, Kept, ConfigAdmin):
    form = TerritoryForm
    list_display = ("name", "position", "works", "switched_on", "takes", "strategy")
    list_select_related = ("team", "pool__team", "pool__named")
    list_filter = ("pool__active", "pool__team")
    search_fields = ("name",)
    inlines = (PoolInline,)
    change_list_template = "admin/airtight/territories.html"
    fieldsets = (
        (
            None,
            {
                "fields": ("name",),
                "description": "A lead of a named account goes to the territory that names it. Then territories are "
                "tried in the order of their positions; the first that takes a lead has it. One of them is the "
                "fallback, so that no lead is left over.",
            },
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.coverage))
        named = self.admin_site.admin_view(require_safe(self.named_accounts))
        return [
            path("coverage/", view, name="leads_territory_coverage"),
            path("<int:pk>/named-accounts.csv", named, name="leads_territory_named_accounts"),
            *super().get_urls(),
        ]

    def named_accounts(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The named accounts as they are written, in the form that the page takes back."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        pool = get_object_or_404(Pool.objects.select_related("named", "territory"), territory=pk, named__isnull=False)
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="named-accounts-{pk}.csv"'
        writer = csv.writer(answer)
        writer.writerow(["domain"])
        writer.writerows(safe_row([domain]) for domain in (pool.named.domains if pool.named else ()))
        return answer

    def coverage(self, request: HttpRequest) -> HttpResponse:
        return coverage_page(request, self)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).defer("pool__named__domains").annotate(named_count=NAMED_COUNT)
        return rows.order_by("pool__is_fallback", "pool__position", "name")

    def get_ordering(self, request: HttpRequest) -> Any:
        return ("pool__is_fallback", "pool__position", "name")

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        for rule in formset.forms:
            rule.at, rule.by_id = clock.now(), request.user.pk
        super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        forms = [rule for formset in formsets for rule in formset.forms]
        concerned = any("is_fallback" in rule.changed_data or rule.instance.is_fallback for rule in forms)
        if change and concerned and not has_fallback(rules.written()):
            self.message_user(request, NO_FALLBACK, messages.WARNING)
        for rule in forms:
            for text in _doubts(rule.instance):
                self.message_user(request, text, messages.WARNING)

    @admin.display(description="order", ordering="pool__position")
    def position(self, obj: Territory) -> str:
        if not hasattr(obj, "pool"):
            return "no rule"
        return "fallback" if obj.pool.is_fallback else str(obj.pool.position)

    @admin.display(description="team", ordering="pool__team__name")
    def works(self, obj: Territory) -> str:
        return str(obj.pool.team if hasattr(obj, "pool") else obj.team)

    @admin.display(description="switched on", boolean=True, ordering="pool__active")
    def switched_on(self, obj: Territory) -> bool:
        return bool(hasattr(obj, "pool") and obj.pool.active)

    @admin.display(description="takes")
    def takes(self, obj: Territory) -> str:
        if not hasattr(obj, "pool"):
            return "nothing yet"
        count = obj.named_count  # type: ignore[attr-defined]
        named = f"{count:,} named accounts" if count else ""
        if obj.pool.is_fallback:
            rest = "whatever no other takes"
        elif obj.pool.criteria:
            rest = told(obj.pool.criteria)[0]
        else:
            rest = "" if named else "nothing: it has no criteria"
        return "; ".join(filter(None, (named, rest)))

    @admin.display(description="strategy", ordering="pool__strategy")
    def strategy(self, obj: Territory) -> str:
        return obj.pool.get_strategy_display().partition(":")[0] if hasattr(obj, "pool") else "–"


def _doubts(pool: Pool) -> list[str]:
    """What is allowed and hardly meant: skills that nobody has, accounts that another names too."""
    found = []
    known = [skills_of(skills) for skills in Rep.objects.filter(team=pool.team_id).values_list("skills", flat=True)]
    asked = skills_of(pool.skills)
    if asked and not any(asked <= skills for skills in known):
        found.append(f"Nobody in {pool.team} has the skill {', '.join(sorted(asked))}: its leads will wait.")
    if why := never_met(pool.criteria):
        found.append(f"No lead can ever meet {why}: {pool} takes none by its criteria.")
    if pool.named and pool.active:
        mine = frozenset(pool.named.domains)
        others = Pool.objects.filter(named__isnull=False, active=True).exclude(pk=pool.pk)
        for other in others.select_related("named", "territory"):
            if other.named and (both := mine.intersection(other.named.domains)):
                some = ", ".join(sorted(both)[:3]) + (", …" if len(both) > 3 else "")
                found.append(f"{other} names {len(both):,} of these accounts too ({some}): who comes first has them.")
    return found
