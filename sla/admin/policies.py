"""How long everybody has, on which hours, and who let a deadline pass."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest

from revops.admin_links import to_the_lead
from revops.admin_rules import RulesPage
from revops.admin_seen import SeenForm
from revops.admin_site import ConfigAdmin, RecordAdmin
from revops.coaching.record import STEPS
from sla import fitting, reminders
from sla.admin.versioned import KEPT, Versioned
from sla.models import Breach, Outage, Policy, Remark
from sla.terms import TeamHours

MINUTES = "minutes of the team's working hours; 120 is two hours"
MOST_MINUTES = 60 * 24 * 90
# Field -> its label, its unit and rule, the least and the most it may be.
DURATIONS = {
    "buffer_min": ("Buffer, at least", "seconds", 0, 86_400),
    "buffer_max": ("Buffer, at most", "seconds; then the lead is judged on what is known", 1, 86_400),
    "route_within": ("To the fallback after", MINUTES, 1, MOST_MINUTES),
    "accept_within": ("Accept within", MINUTES, 1, MOST_MINUTES),
    "release_after": ("Into the Shark Tank after", f"{MINUTES}, counted from the assignment", 2, MOST_MINUTES),
    "touch_within": ("First touch within", f"{MINUTES}, counted from the acceptance", 1, MOST_MINUTES),
    "claim_touch_within": (
        "First touch after a claim within",
        f"{MINUTES}; never longer than after an acceptance",
        1,
        MOST_MINUTES,
    ),
    "untouched_after": ("Untouched, released after", f"{MINUTES}, counted from the acceptance", 2, MOST_MINUTES),
    "disposition_days": ("Disposition within", "days, weekends and nights included", 1, 365),
    "pool_alert_after": ("Shark Tank, manager told after", MINUTES, 1, MOST_MINUTES),
    "pool_assign_after": ("Shark Tank, assigned after", MINUTES, 2, MOST_MINUTES),
    "acknowledge_within": (
        "Alert passed on after",
        f"{MINUTES}: from a manager who has not seen it to the deputy, and from there to RevOps",
        1,
        MOST_MINUTES,
    ),
    "cool_down": (
        "Cool-down after a lapse",
        "minutes in which that rep cannot claim the lead; 1440 is a day",
        0,
        MOST_MINUTES,
    ),
}
# Later field -> the field it must not come before, and what to say.
IN_ORDER = {
    "buffer_max": ("buffer_min", "At least as long as the shortest buffer.", True),
    "release_after": ("accept_within", "Later than “Accept within”, from which the lead is overdue.", False),
    "untouched_after": ("touch_within", "Later than “First touch within”.", False),
    "pool_assign_after": ("pool_alert_after", "Later than the manager is told.", False),
}


class PolicyForm(SeenForm):
    class Meta:
        model = Policy
        fields = ["name", "territory", "source", "reminders", "touch_reminders", *DURATIONS]
        help_texts = {
            "reminders": "Shares of the time to accept, or minutes left of it, with commas between: 50%, 15 min. Empty "
            "for none. One that would come within a minute of the assignment is left out.",
            "touch_reminders": "The same of the time to first touch, to whoever accepted or claimed and has not "
            "been in touch.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, unit, least, most) in DURATIONS.items():
            if name in self.fields:
                field = self.fields[name]
                field.label, field.help_text = label, f"In {unit}."
                # In place of the column's own, which would say less of the same number once more.
                field.validators = [MinValueValidator(least), MaxValueValidator(most)]
                field.widget.attrs |= {"min": least, "max": most}

    def clean_reminders(self) -> str:
        return reminders.kept(self.cleaned_data["reminders"])

    def clean_touch_reminders(self) -> str:
        return reminders.kept(self.cleaned_data["touch_reminders"])

    def clean_source(self) -> str:
        return str(self.cleaned_data["source"]).strip()

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        for later, (earlier, text, equal) in IN_ORDER.items():
            first, then = values.get(earlier), values.get(later)
            if first is not None and then is not None and not (then > first or (equal and then == first)):
                self.add_error(later, text)
        if "territory" in values and values.get("source") and self._twin(values):
            self.add_error("source", "There is a policy for that territory and source already.")
        return values

    def _twin(self, values: dict[str, Any]) -> bool:
        same = Policy.objects.filter(territory=values["territory"], source__iexact=values["source"])
        return same.exclude(pk=self.instance.pk).exists()


@admin.register(Policy)
class PolicyAdmin(RulesPage, Versioned, ConfigAdmin):
    form = PolicyForm
    list_display = ("name", "territory", "source", "accept_within", "release_after", "touch_within", "version")
    list_select_related = ("territory",)
    search_fields = ("name", "source")
    readonly_fields = ("version",)
    ordering = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "territory", "source", "version"),
                "description": f"{KEPT}policy as it was when it began. Of several policies the most particular wins: "
                "territory and source, then territory, then source, then the one for all.",
            },
        ),
        (
            "Before a rep has it",
            {
                "fields": ("buffer_min", "buffer_max", "route_within"),
                "description": "In the buffer a lead has no territory yet: its buffer is that of the policy for its "
                "source, or of the one for all.",
            },
        ),
        ("Accepting", {"fields": ("accept_within", "reminders", "release_after", "cool_down")}),
        ("Once accepted", {"fields": ("touch_within", "touch_reminders", "untouched_after", "disposition_days")}),
        ("In the Shark Tank", {"fields": ("claim_touch_within", "pool_alert_after", "pool_assign_after")}),
        ("Alerts to managers", {"fields": ("acknowledge_within",)}),
    )

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        """Warns of windows that no week of a team is long enough for, and of what is said in vain."""
        super().save_related(request, form, formsets, change)
        for told in fitting.too_long([form.instance], TeamHours.load()):
            self.message_user(request, f"{told} Is that meant? A lead may wait for weeks.", messages.WARNING)
        for told in fitting.of_no_effect(form.instance, Policy.objects.all()):
            self.message_user(request, told, messages.WARNING)

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        """The policy for all stays: without it nobody could see or change what holds where no other does."""
        for_all = obj is not None and obj.territory_id is None and not obj.source
        return not for_all and super().has_delete_permission(request, obj)


@admin.register(Breach)
class BreachAdmin(RecordAdmin):
    list_display = ("at", "rep", "step", "lead", "cause", "noticed_at")
    list_select_related = ("rep__user", "lead")
    list_filter = ("step", "cause", "at")
    search_fields = ("rep__user__first_name", "rep__user__username", "lead__company", "=lead__id")


@admin.register(Remark)
class RemarkAdmin(RecordAdmin):
    list_display = ("at", "kind", "who", "rep", "to_the_lead", "step", "text")
    list_select_related = ("by", "breach__rep__user", "breach__lead")
    list_filter = ("kind", "breach__cause", "breach__step", "at")
    search_fields = (
        "text",
        "by__first_name",
        "by__username",
        "breach__rep__user__first_name",
        "breach__rep__user__username",
        "=breach__lead__id",
        "breach__lead__company",
    )
    search_help_text = "Words of it, a person, or a lead's number or company"

    @admin.display(description="by", ordering="by")
    def who(self, obj: Remark) -> str:
        return obj.by.get_full_name() or obj.by.get_username()

    @admin.display(description="rep", ordering="breach__rep")
    def rep(self, obj: Remark) -> str:
        return obj.breach.rep.name

    @admin.display(description="lead", ordering="breach__lead")
    def to_the_lead(self, obj: Remark) -> str:
        return to_the_lead(obj.breach.lead)

    @admin.display(description="step", ordering="breach__step")
    def step(self, obj: Remark) -> str:
        return STEPS.get(obj.breach.step, obj.breach.step)


@admin.register(Outage)
class OutageAdmin(RecordAdmin):
    list_display = ("started_at", "ended_at")
    list_filter = ("ended_at",)
