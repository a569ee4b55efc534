"""The alerts that somebody was to see: who was asked in turn, and who has seen them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from leads.models import Alert
from revops import alerts
from revops.admin_site import RecordAdmin, labelled

TONES = {"seen": "success", "moved_on": "info", "unseen": "danger"}
ASKED = {"manager": {"deputy_at__isnull": True}, "deputy": {"deputy_at__isnull": False, "revops_at__isnull": True}}


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
    list_filter = (("done_at", admin.EmptyFieldListFilter), "how", Asked, "kind", "team", "raised_at")
    search_fields = ("=lead__id", "lead__company", "seen_by__first_name", "seen_by__username")
    search_help_text = "A lead's number or company, or who has seen it"
    readonly_fields = ("what", "asked")

    @admin.display(description="what", ordering="kind")
    def what(self, obj: Alert) -> str:
        return alerts.WHAT.get(obj.kind, obj.kind)

    @admin.display(description="lead", ordering="lead")
    def to_the_lead(self, obj: Alert) -> str:
        return format_html('<a href="{}">{}</a>', reverse("lead", args=[obj.lead_id]), obj.lead)

    @labelled(description="seen", label=TONES)
    def standing(self, obj: Alert) -> tuple[str, str]:
        tone = "unseen" if not obj.how else "moved_on" if obj.how == Alert.How.MOVED_ON else "seen"
        return tone, obj.get_how_display() if obj.how else "not yet"

    @admin.display(description="last asked")
    def asked(self, obj: Alert) -> str:
        return alerts.asked(obj)
