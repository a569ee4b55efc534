"""Leads and what happened to them: to be looked at. A lead moves by the lifecycle alone, whoever asks."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from leads import states
from leads.intake.emails import clean_email
from leads.intake.problems import Unusable
from leads.models import Arrival, Assignment, IntentSignal, Lead, LeadEvent, Rep, SentBack
from revops import clock, holding
from revops.admin_site import RecordAdmin
from revops.asked_anyway import asked_anyway, with_reasons


class Aside(admin.SimpleListFilter):
    title = "put aside"
    parameter_name = "aside"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Because of an error")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(retry_at__isnull=False) if self.value() == "yes" else queryset


class Holder(admin.SimpleListFilter):
    title = "holder"
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        reps = (
            Rep.objects.filter(open_leads__gt=0).select_related("user").order_by("user__first_name", "user__username")
        )
        return [(str(rep.pk), rep.name) for rep in reps]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {key for key, _name in self.lookup_choices}
        return queryset.filter(owner=self.value()) if self.value() in known else queryset


@admin.register(Lead)
class LeadAdmin(RecordAdmin):
    list_display = ("who", "company", "standing", "owner", "territory", "due_at", "captured_at", "aside")
    list_select_related = ("owner__user", "territory")
    list_filter = ("state", Aside, Holder, "territory", "hand_raise")
    search_fields = ("company", "last_name", "first_name")
    search_help_text = "An e-mail, a number, or part of a name or company"
    ordering = ("-captured_at", "-pk")
    actions = ("try_again",)
    fieldsets = (
        (
            "Where it stands",
            {
                "fields": (
                    "state", "owner", "due_at", "due_step", "reason", "territory", "account", "opportunity", "ladder",
                    "rung", "retry_at", "error", "error_count",
                ),
                "description": "Nothing here can be edited: a lead moves by its deadlines and by what its holder does. "
                "“View on site” opens the lead's own page, with its timeline.",
            },
        ),
        (
            "Who",
            {"fields": ("email", "person_key", "first_name", "last_name", "job_title", "phone", "consent", "opt_out")},
        ),
        (
            "Company",
            {
                "fields": (
                    "company", "website", "domain", "is_free_mail", "country", "region", "city", "employee_count",
                    "employee_range", "industry", "annual_revenue", "tech_stack",
                )
            },
        ),
        (
            "How it came",
            {"fields": ("source", "campaign", "intent_score", "hand_raise", "external_id", "captured_at", "custom")},
        ),
        (
            "Its lives",
            {
                "fields": (
                    "life", "life_began_at", "entered_at", "slips", "reviews", "excluded_reps", "excluded_territories",
                    "aql_at", "first_assigned_at", "first_touch_at", "converted_opportunity", "previous", "merged_into",
                    "terms",
                )
            },
        ),
    )  # fmt: skip

    @admin.display(description="who", ordering="last_name")
    def who(self, obj: Lead) -> str:
        return obj.name

    @admin.display(description="stands", ordering="state")
    def standing(self, obj: Lead) -> str:
        return states.LABELS.get(obj.state, obj.state)

    @admin.display(description="error")
    def aside(self, obj: Lead) -> str:
        return obj.error[:80] if obj.retry_at else ""

    def view_on_site(self, obj: Lead) -> str:
        return reverse("lead", args=[obj.pk])

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """An address or a number is looked up by its index; only words are searched for."""
        term = search_term.strip()
        if "@" in term:
            try:
                return queryset.filter(person_key=clean_email(term).person_key), False
            except Unusable:
                return queryset.none(), False
        if term.isascii() and term.isdigit():
            return queryset.filter(pk=term), False
        return super().get_search_results(request, queryset, search_term)

    @admin.action(description="Try again now what was put aside", permissions=["configure"])
    def try_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        chosen = list(queryset)
        again = set(holding.try_again([lead.pk for lead in chosen], at=clock.now()))
        for lead in chosen:
            if lead.pk in again:
                self.log_change(request, lead, f"Try again now (put aside until {lead.retry_at:%Y-%m-%d %H:%M} UTC).")
        if again:
            text = f"{len(again)} lead{' is' if len(again) == 1 else 's are'} tried again with the next sweep."
            self.message_user(request, text, messages.SUCCESS)
        else:
            self.message_user(request, "None of these is put aside.", messages.WARNING)


@admin.register(LeadEvent)
class LeadEventAdmin(RecordAdmin):
    list_display = ("at", "lead", "kind", "from_state", "to_state", "actor", "door", "user", "noticed_at")
    list_select_related = ("lead", "user")
    list_filter = ("kind", "actor", "door")
    search_fields = ("=lead__id",)
    search_help_text = "The number of a lead"


@admin.register(Assignment)
class AssignmentAdmin(RecordAdmin):
    list_display = ("lead", "rep", "how", "started_at", "accept_by", "accepted_at", "ended_at", "outcome")
    list_select_related = ("lead", "rep__user")
    list_filter = ("how", "outcome", ("ended_at", admin.EmptyFieldListFilter))
    search_fields = ("=lead__id", "rep__user__username")
    exclude = ("open_rep",)


class AskedAnyway(admin.SimpleListFilter):
    title = "asked for a call while suppressed"
    parameter_name = "asked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("week", "In the last seven days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in ("yes", "week"):
            return queryset
        asked = queryset.filter(pk__in=asked_anyway().values("pk"))
        return asked.filter(at__gte=clock.now() - timedelta(days=7)) if self.value() == "week" else asked


@admin.register(Arrival)
class ArrivalAdmin(RecordAdmin):
    list_display = ("at", "door", "source", "outcome", "why", "hand_raise", "lead", "reference")
    list_select_related = ("lead",)
    list_filter = ("outcome", AskedAnyway, "door", "hand_raise", "at")
    search_fields = ("reference", "=lead__id")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_reasons(super().get_queryset(request))

    @admin.display(description="reason")
    def why(self, obj: Arrival) -> str:
        """Why it was refused, or what the person is suppressed for."""
        return obj.because or obj.code  # type: ignore[attr-defined]


@admin.register(IntentSignal)
class IntentSignalAdmin(RecordAdmin):
    list_display = ("occurred_at", "kind", "points", "person_key", "domain", "anonymous_id", "is_provisional", "lead")
    list_select_related = ("lead",)
    list_filter = ("kind", "is_provisional")
    search_fields = ("=person_key", "=domain", "=anonymous_id", "=lead__id")


@admin.register(SentBack)
class SentBackAdmin(RecordAdmin):
    list_display = ("at", "lead", "rep", "by", "reason")
    list_select_related = ("lead", "rep__user", "by")
    list_filter = ("at",)
    search_fields = ("rep__user__first_name", "rep__user__username", "lead__company")
