"""The suppression list: added to and lifted with a reason, never deleted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from leads import suppressions
from leads.intake.emails import clean_email
from leads.intake.problems import Unusable
from leads.intake.suppression_form import suppressible_domain
from leads.models import Reason, Suppression
from revops import clock, lifecycle, roles
from revops.admin_confirm import confirmed
from revops.admin_site import CappedPaginator, ConfigAdmin, Kept, Textarea


class SuppressionForm(forms.ModelForm):
    class Meta:
        model = Suppression
        fields = ["person_key", "domain", "scope", "reason", "note"]
        help_texts = {
            "person_key": "One person, by their e-mail; the +tag does not matter.",
            "domain": "Or everybody at a company, by its domain.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields.get("reason")
        if isinstance(reason, forms.ModelChoiceField):
            reason.queryset = Reason.objects.filter(outcome=Reason.Outcome.SUPPRESS)

    def clean_person_key(self) -> str:
        typed = self.cleaned_data["person_key"]
        try:
            return clean_email(typed).person_key if typed else ""
        except Unusable as error:
            raise forms.ValidationError(error.sentence) from error

    def clean_domain(self) -> str:
        try:
            return suppressible_domain(self.cleaned_data["domain"])
        except Unusable as error:
            raise forms.ValidationError(error.sentence) from error

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if {"person_key", "domain"} <= set(values) and bool(values["person_key"]) == bool(values["domain"]):
            self.add_error("person_key", "Name either an e-mail or a domain, not both.")
        elif not self.errors and self._is_listed(values):
            self.add_error("person_key" if values["person_key"] else "domain", "That is on the list already.")
        return values

    def _is_listed(self, values: dict[str, Any]) -> bool:
        same = {name: values[name] for name in ("person_key", "domain", "scope")}
        return Suppression.objects.in_force().filter(**same).exists()


class LiftForm(forms.Form):
    because = forms.CharField(
        label="Why may they be contacted again?", max_length=500, widget=Textarea(attrs={"rows": 3})
    )


class InForce(admin.SimpleListFilter):
    title = "in force"
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "Lifted")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in ("yes", "no"):
            return queryset.filter(lifted_at__isnull=self.value() == "yes")
        return queryset


class ByReason(admin.RelatedFieldListFilter):
    """Those that suppress; the others are for recycling."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = Reason.objects.filter(outcome=Reason.Outcome.SUPPRESS).order_by("label")
        return [(reason.pk, str(reason)) for reason in rows]


@admin.register(Suppression)
class SuppressionAdmin(Kept, ConfigAdmin):
    form = SuppressionForm
    list_display = ("whom", "scope", "reason", "since", "by", "state")
    list_select_related = ("reason", "by")
    list_filter = ("scope", InForce, ("reason", ByReason))
    search_fields = ("person_key", "domain")
    show_full_result_count = False
    paginator = CappedPaginator
    ordering = ("-since", "-pk")
    instead = "Lift it instead, with a reason."

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        asked = ("person_key", "domain", "scope", "reason", "note")
        return (*asked, "since", "by", "state", "lifted_by", "lifted_because") if obj else asked

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    @admin.display(description="whom", ordering="person_key")
    def whom(self, obj: Suppression) -> str:
        return obj.person_key or f"everybody at {obj.domain}"

    @admin.display(description="state", ordering="lifted_at")
    def state(self, obj: Suppression) -> str:
        if obj.lifted_at is not None:
            return f"lifted on {obj.lifted_at:%-d %B %Y}"
        return format_html('In force. <a href="{}">Lift…</a>', reverse("admin:leads_suppression_lift", args=[obj.pk]))

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        ended = lifecycle.suppress(obj, at=clock.now(), by=roles.actor(request.user, door="admin"))
        if ended:
            leads = "1 open lead" if ended == 1 else f"{ended} open leads"
            self.message_user(request, f"{leads} of theirs ended with it.", messages.WARNING)

    def get_urls(self) -> list[URLPattern]:
        lift = path("<int:pk>/lift/", self.admin_site.admin_view(self.lift), name="leads_suppression_lift")
        return [lift, *super().get_urls()]

    def lift(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Suppression.objects.in_force(), pk=pk)

        def act(answers: dict[str, Any]) -> str:
            suppressions.lift(row, by_id=int(str(request.user.pk)), because=answers["because"], at=clock.now())
            self.log_change(request, row, f"Lifted: {answers['because']}")
            return f"{self.whom(row)} may be contacted again."

        lines = [f"{self.whom(row)} is on the list for {row.get_scope_display()}. Lifting it is kept with your name."]
        return confirmed(
            request, self, heading="Lift this suppression?", lines=lines, button="Lift it", act=act, form_class=LiftForm
        )
