"""Who works what, who is away, and what was decided by it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django_q.tasks import async_task

from leads.models.event import FIRST_DAY, LAST_DAY
from revops import clock, lifecycle, roles
from revops.admin_confirm import confirmed
from revops.admin_site import ConfigAdmin, RecordAdmin
from revops.forms import TOO_FAR, TOO_LONG_AGO
from routing.models import Absence, Decision, EnrichmentAnswer, NameAnswer, Share, Source, TurnCredit


@admin.register(Source)
class SourceAdmin(ConfigAdmin):
    list_display = ("name", "base_points", "hand_raise")
    search_fields = ("name",)
    ordering = ("name",)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        async_task("revops.jobs.intent")


@admin.register(Share)
class ShareAdmin(RecordAdmin):
    list_display = ("rep", "pool", "given", "balance", "credit")
    list_select_related = ("rep__user", "pool__territory")
    list_filter = ("pool__territory",)
    ordering = ("pool", "-owed")

    @admin.display(description="leads owed", ordering="owed")
    def balance(self, obj: Share) -> str:
        return f"{obj.owed:+.2f}"


@admin.register(TurnCredit)
class TurnCreditAdmin(RecordAdmin):
    list_display = ("at", "rep", "pool", "lead", "why")
    list_select_related = ("rep__user", "pool__territory", "lead")
    list_filter = ("why", "pool__territory", "at")


class AbsenceForm(forms.ModelForm):
    class Meta:
        model = Absence
        fields = ["rep", "starts_at", "ends_at", "cover"]

    def clean_starts_at(self) -> datetime:
        starts_at: datetime = self.cleaned_data["starts_at"]
        if starts_at < FIRST_DAY:
            raise forms.ValidationError(TOO_LONG_AGO)
        return _in_sight(starts_at)

    def clean_ends_at(self) -> datetime:
        ends_at: datetime = self.cleaned_data["ends_at"]
        if ends_at <= clock.now():
            raise forms.ValidationError("That is over already. To end an absence now, use “End it now” in the list.")
        return _in_sight(ends_at)


def _in_sight(time: datetime) -> datetime:
    if time >= LAST_DAY:
        raise forms.ValidationError(TOO_FAR)
    return time


@admin.register(Absence)
class AbsenceAdmin(ConfigAdmin):
    form = AbsenceForm
    list_display = ("rep", "starts_at", "ends_at", "cover", "declared_at", "declared_by", "applied_at", "back")
    list_select_related = ("rep__user", "cover__user", "declared_by")
    list_filter = ("starts_at",)
    search_fields = ("rep__user__first_name", "rep__user__last_name", "rep__user__username")
    ordering = ("-starts_at",)
    fieldsets = (
        (
            None,
            {
                "fields": ("rep", "starts_at", "ends_at", "cover"),
                "description": "Times are in UTC. Leave of more than a day hands on what the rep holds when it begins: "
                "accepted leads go to the cover, those of a deal or up the ladder to the next person on it, the rest "
                "is routed again. No clock stops.",
            },
        ),
    )

    @admin.display(description="back earlier")
    def back(self, obj: Absence) -> str:
        at = clock.now()
        if obj.ends_at <= at:
            return "over"
        if obj.starts_at > at:
            return "not begun"
        return format_html('<a href="{}">End it now…</a>', reverse("admin:routing_absence_end", args=[obj.pk]))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("rep",) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not (obj and obj.ends_at <= clock.now()) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One that has begun is history from there on: it is ended, not deleted."""
        return not (obj and obj.starts_at <= clock.now()) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        moved = lifecycle.declare_absence(obj, at=clock.now(), by=roles.actor(request.user, door="admin"))
        if moved:
            text = f"{obj.rep} is away now: {moved} lead{'' if moved == 1 else 's'} went on to others."
            self.message_user(request, text, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        lifecycle.end_absence(obj.pk, at=clock.now(), by=roles.actor(request.user, door="admin"))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for absence in queryset:
            self.delete_model(request, absence)

    def get_urls(self) -> list[URLPattern]:
        end = path("<int:pk>/end/", self.admin_site.admin_view(self.end), name="routing_absence_end")
        return [end, *super().get_urls()]

    def end(self, request: HttpRequest, pk: int) -> HttpResponse:
        absence = get_object_or_404(self.get_queryset(request), pk=pk)

        def act(_answers: dict[str, Any]) -> str:
            if not lifecycle.end_absence(pk, at=clock.now(), by=roles.actor(request.user, door="admin")):
                return f"{absence.rep} was back already."
            self.log_change(request, absence, "Ended early.")
            return f"{absence.rep} is back and gets new leads again."

        lines = [
            f"Away until {absence.ends_at:%H:%M on %-d %B %Y} UTC otherwise.",
            "New leads come in turn, from where the others are now. Leads that were handed on stay where they are.",
        ]
        return confirmed(
            request, self, heading=f"Is {absence.rep} back?", lines=lines, button="Yes, end it now", act=act
        )


@admin.register(Decision)
class DecisionAdmin(RecordAdmin):
    list_display = ("at", "lead", "kind", "outcome", "sentence", "rep")
    list_select_related = ("lead", "rep__user")
    list_filter = ("kind", "outcome")
    search_fields = ("=lead__id", "lead__person_key")


@admin.register(EnrichmentAnswer)
class EnrichmentAnswerAdmin(RecordAdmin):
    list_display = ("asked_at", "lead", "provider", "outcome", "answered_at")
    list_select_related = ("lead",)
    list_filter = ("provider", "outcome")
    search_fields = ("=lead__id", "lead__person_key")


@admin.register(NameAnswer)
class NameAnswerAdmin(RecordAdmin):
    """To read; answering and taking back is done at /names/, by the lifecycle."""

    list_display = ("name", "account", "by", "at", "withdrawn_by", "withdrawn_at")
    list_select_related = ("account", "by", "withdrawn_by")
    list_filter = (("withdrawn_at", admin.EmptyFieldListFilter), ("account", admin.EmptyFieldListFilter))
    search_fields = ("name", "account__name")
