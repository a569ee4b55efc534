"""Recycle reasons and nurture tracks. The product's own stay; their words and dates are RevOps' to choose."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from leads.models import Reason, Track
from recycle.seeds import REASONS, TRACKS
from revops.admin_site import Checkboxes, ConfigAdmin
from revops.integrations.slack_text import OPTION

OWN_REASONS = frozenset(row["code"] for row in REASONS)
LONGEST_STAY = 3650
OWN_TRACKS = frozenset(row["code"] for row in TRACKS)
MUST_ASK = {Reason.Outcome.REBUFFER: Reason.Asks.FIELD, Reason.Outcome.MERGE: Reason.Asks.LEAD}
ONLY_NURTURE_ASKS = (Reason.Asks.UNTIL, Reason.Asks.FEATURE)


class TrackForm(forms.ModelForm):
    triggers = forms.MultipleChoiceField(
        choices=Track.Trigger.choices,
        required=False,
        widget=Checkboxes,
        label="What brings a lead back before its date",
    )

    class Meta:
        model = Track
        fields = ["name", "code", "step", "days", "triggers", "external_id"]

    def clean_days(self) -> int:
        days = int(self.cleaned_data["days"])
        if not 1 <= days <= LONGEST_STAY:
            raise forms.ValidationError(f"From 1 to {LONGEST_STAY:,} days: a lead in nurture always has a date.")
        return days


@admin.register(Track)
class TrackAdmin(ConfigAdmin):
    form = TrackForm
    list_display = ("name", "step", "days", "brings_back", "external_id")
    ordering = ("name",)
    fields = ("name", "code", "step", "days", "triggers", "external_id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not (obj and obj.code in OWN_TRACKS) and super().has_delete_permission(request, obj)

    @admin.display(description="brings it back earlier")
    def brings_back(self, obj: Track) -> str:
        labels = dict(Track.Trigger.choices)
        return ", ".join(str(labels.get(trigger, trigger)) for trigger in obj.triggers) or "nothing"


class ReasonForm(forms.ModelForm):
    class Meta:
        model = Reason
        fields = ["label", "hint", "code", "outcome", "asks", "track", "active", "position"]
        help_texts = {"hint": f"Said beside it. Slack's dialog shows the first {OPTION} characters."}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        outcome = values.get("outcome", self.instance.outcome)
        nurtures = outcome == Reason.Outcome.NURTURE
        if nurtures and not values.get("track") and "track" in self.fields:
            self.add_error("track", "A reason that ends in nurture needs a nurture track.")
        if not nurtures and values.get("track"):
            self.add_error("track", "Only a reason that ends in nurture has a track.")
        self._check_what_it_asks(values, outcome, nurtures=nurtures)
        return values

    def _check_what_it_asks(self, values: dict[str, Any], outcome: str, *, nurtures: bool) -> None:
        if "asks" not in values:
            return
        needed = MUST_ASK.get(outcome)  # type: ignore[call-overload]
        if needed and values["asks"] != needed:
            self.add_error("asks", f"This outcome has to ask for {needed.label}.")
        elif values["asks"] == Reason.Asks.LEAD and outcome != Reason.Outcome.MERGE:
            self.add_error("asks", "Only a reason that merges asks for the other lead.")
        elif values["asks"] in ONLY_NURTURE_ASKS and not nurtures:
            self.add_error("asks", "Only a reason that ends in nurture asks for this.")


@admin.register(Reason)
class ReasonAdmin(ConfigAdmin):
    form = ReasonForm
    list_display = ("label", "outcome", "track", "asks", "for_people", "active", "position")
    list_select_related = ("track",)
    list_filter = ("outcome", "for_people", "active")
    ordering = ("-for_people", "position", "pk")
    fieldsets = (
        (None, {"fields": ("label", "hint", "code", "active", "position")}),
        (
            "Where it leads",
            {
                "fields": ("outcome", "asks", "track"),
                "description": "Each reason has one outcome. Those that ship with the product keep theirs.",
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        if obj.code not in OWN_REASONS:
            return ("code",)
        fixed = ("code", "outcome", "asks", *(() if obj.for_people else ("active",)))
        return fixed if obj.outcome == Reason.Outcome.NURTURE else (*fixed, "track")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not (obj and obj.code in OWN_REASONS) and super().has_delete_permission(request, obj)
