"""What recycled leads wait for, and where a rep and the criteria disagree."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from recycle.models import Dispute, Enrolment, Feature
from revops import clock, lifecycle, roles
from revops.admin_confirm import confirmed
from revops.admin_site import ConfigAdmin, Kept, RecordAdmin


@admin.register(Feature)
class FeatureAdmin(ConfigAdmin):
    list_display = ("name", "key", "waiting", "shipped")
    search_fields = ("name", "key")
    ordering = ("shipped_at", "name")
    fields = ("name", "key", "shipped")
    prepopulated_fields = {"key": ("name",)}
    readonly_fields = ("shipped",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        asked = Count("enrolments", filter=Q(enrolments__ended_at__isnull=True))
        return super().get_queryset(request).annotate(asked=asked)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key", "shipped") if obj else ("shipped",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    @admin.display(description="leads waiting for it", ordering="asked")
    def waiting(self, obj: Feature) -> int:
        return int(obj.asked)  # type: ignore[attr-defined]

    @admin.display(description="shipped", ordering="shipped_at")
    def shipped(self, obj: Feature) -> str:
        if obj.pk is None:
            return "not yet"
        if obj.shipped_at is not None:
            return f"{obj.shipped_at:%-d %B %Y}"
        return format_html(
            '<a href="{}">Say that it has shipped…</a>', reverse("admin:recycle_feature_ship", args=[obj.pk])
        )

    def get_urls(self) -> list[URLPattern]:
        ship = path("<int:pk>/ship/", self.admin_site.admin_view(self.ship), name="recycle_feature_ship")
        return [ship, *super().get_urls()]

    def ship(self, request: HttpRequest, pk: int) -> HttpResponse:
        feature = get_object_or_404(self.get_queryset(request), pk=pk)
        waiting = self.waiting(feature)

        def act(_answers: dict[str, Any]) -> str:
            by = roles.actor(request.user, door="admin")
            came = lifecycle.ship_feature(feature.key, at=clock.now(), by=by)
            self.log_change(request, feature, f"Shipped; {came} leads come back.")
            return f"{feature} has shipped. {_leads(came)} back."

        lines = [
            f"{_leads(waiting)} back, having asked for it; judged and routed anew, at a pace that floods nobody.",
            "This cannot be undone.",
        ]
        return confirmed(
            request, self, heading=f"Has {feature} shipped?", lines=lines, button="Yes, it has shipped", act=act
        )


def _leads(count: int) -> str:
    return "1 lead comes" if count == 1 else f"{count or 'No'} leads come"


class Reviewed(admin.SimpleListFilter):
    title = "reviewed"
    parameter_name = "reviewed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not yet"), ("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() in ("no", "yes"):
            return queryset.filter(reviewed_at__isnull=self.value() == "no")
        return queryset


@admin.register(Dispute)
class DisputeAdmin(Kept, ConfigAdmin):
    list_display = ("at", "lead", "rep", "criteria", "verdict", "reviewed_at")
    list_select_related = ("lead", "rep__user")
    list_filter = (Reviewed,)
    ordering = ("-at",)
    readonly_fields = ("lead", "rep", "at", "criteria", "reviewed_at")
    fieldsets = (
        (
            None,
            {
                "fields": ("lead", "rep", "at", "criteria", "verdict", "reviewed_at"),
                "description": "A rep said “Not ICP” of a lead that the criteria called ICP. It took effect at once; "
                "your verdict tells both sides whether the definition or the call was wrong.",
            },
        ),
    )
    instead = "Give your verdict instead."

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    @admin.display(description="criteria it met")
    def criteria(self, obj: Dispute) -> str:
        return "; ".join(map(str, obj.criteria_met)) or "none were asked for"

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        obj.reviewed_at = clock.now() if obj.verdict else None
        obj.save(update_fields=["verdict", "reviewed_at"])


@admin.register(Enrolment)
class EnrolmentAdmin(RecordAdmin):
    list_display = ("lead", "track", "reason", "started_at", "until", "ended_at", "ended_by")
    list_select_related = ("lead", "track", "reason")
    list_filter = ("track", "reason", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("=lead__id", "lead__person_key")
