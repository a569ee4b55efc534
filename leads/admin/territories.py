"""Parts of the market, each with its one routing rule on the same page."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from leads.models import Territory
from revops.admin_index import has_fallback
from revops.admin_site import ConfigAdmin
from routing.admin.rules import NO_FALLBACK, PoolInline
from routing.criteria_field import told


@admin.register(Territory)
class TerritoryAdmin(ConfigAdmin):
    list_display = ("name", "position", "team", "active", "takes")
    list_select_related = ("team", "pool")
    list_filter = ("active", "team")
    search_fields = ("name",)
    inlines = (PoolInline,)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "team", "active"),
                "description": "Territories are tried in the order of their positions; the first that takes a lead has "
                "it. One of them is the fallback, so that no lead is left over.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).order_by("pool__is_fallback", "pool__position", "name")

    def get_ordering(self, request: HttpRequest) -> Any:
        return ("pool__is_fallback", "pool__position", "name")

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rules = [rule for formset in formsets for rule in formset.forms]
        concerned = any("is_fallback" in rule.changed_data or rule.instance.is_fallback for rule in rules)
        if change and concerned and not has_fallback():
            self.message_user(request, NO_FALLBACK, messages.WARNING)

    @admin.display(description="order", ordering="pool__position")
    def position(self, obj: Territory) -> str:
        if not hasattr(obj, "pool"):
            return "no rule"
        return "fallback" if obj.pool.is_fallback else str(obj.pool.position)

    @admin.display(description="takes")
    def takes(self, obj: Territory) -> str:
        if not hasattr(obj, "pool"):
            return "nothing yet"
        if obj.pool.is_fallback:
            return "whatever no other takes"
        return told(obj.pool.criteria)[0] if obj.pool.criteria else "nothing: it has no criteria"
