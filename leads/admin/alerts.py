"""The alerts that somebody was to see: who was asked in turn, and who has seen them."""

from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from django.http import HttpRequest

from leads.models import Alert
from revops import alerts
from revops.admin_links import to_the_lead
from revops.admin_site import RecordAdmin, labelled

TONES = {"seen": "success", "moved_on": "info", "unseen": "danger"}
ASKED = {"manager": {"deputy_at__isnull": True}, "deputy": {"deputy_at__isnull": False, "revops_at__isnull": True}}


class Waiting(admin.SimpleListFilter):
    title = "waits to be seen"
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(alerts.still_so(), done_at__isnull=True) if self.value() == "yes" else queryset


class Asked(admin.SimpleListFilter):
    title = "how far it went"
    parameter_name = "asked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("manager", "The manager"), ("deputy", "The deputy"), ("revops", "RevOps")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "revops":
            return queryset.filter(revops_at__isnull=False)
        return queryset.filter(**ASKED.get(self.value() or "", {}))


@admin.register(Alert)
class AlertAdmin(RecordAdmin):
    list_display = ("raised_at", "what", "to_the_lead", "team", "standing", "seen_by", "done_at", "asked", "due_at")
    list_select_related = ("lead", "team", "seen_by")
    list_filter = (Waiting, Asked, "how", "kind", "team", "raised_at")
    search_fields = ("=lead__id", "lead__company", "seen_by__first_name", "seen_by__username")
    search_help_text = "A lead's number or company, or who has seen it"
    readonly_fields = ("what", "asked")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(still_so=ExpressionWrapper(alerts.still_so(), BooleanField()))

    @admin.display(description="what", ordering="kind")
    def what(self, obj: Alert) -> str:
        return alerts.WHAT.get(obj.kind, obj.kind)

    @admin.display(description="lead", ordering="lead")
    def to_the_lead(self, obj: Alert) -> str:
        return to_the_lead(obj.lead)

    @labelled(description="seen", label=TONES)
    def standing(self, obj: Alert) -> tuple[str, str]:
        """An alert that nobody has seen says nothing any more once its lead has gone on."""
        if obj.seen_by is not None:
            return "seen", obj.get_how_display()
        waits = not obj.how and obj.still_so  # type: ignore[attr-defined]
        return ("unseen", "not yet") if waits else ("moved_on", Alert.How.MOVED_ON.label)

    @admin.display(description="last asked")
    def asked(self, obj: Alert) -> str:
        return alerts.asked(obj)
