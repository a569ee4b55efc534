"""Load caps: the most that each rep of a team, or one rep, is given."""

from typing import Any

from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest

from revops.admin_rules import RulesPage
from revops.admin_seen import SeenForm
from revops.admin_site import ConfigAdmin
from revops.rule_words import CAPS
from routing.availability import A_PERIOD
from routing.models import LoadCap

# With 0 of one of these a rep is given nothing; a cap of claims alone keeps no lead of routing's from them.
NONE_AT_ALL = (*A_PERIOD, "open_leads")


class LoadCapForm(SeenForm):
    class Meta:
        model = LoadCap
        fields = ["team", "rep", *CAPS]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if {"team", "rep"} <= set(values) and bool(values["team"]) == bool(values["rep"]):
            self.add_error("team", "Name either a team, whose reps each have these caps, or one rep; not both.")
        if all(name in values and values[name] is None for name in CAPS):
            self.add_error("per_day", "Give at least one number, or delete the cap.")
        return values


@admin.register(LoadCap)
class LoadCapAdmin(RulesPage, ConfigAdmin):
    form = LoadCapForm
    list_display = ("whose", "hour", "day", "week", "held", "claimed")
    list_select_related = ("team", "rep__user")
    ordering = ("rep__user__first_name", "team__name")
    search_fields = ("team__name", "rep__user__first_name", "rep__user__last_name")
    fieldsets = (
        (
            None,
            {
                "fields": ("team", "rep"),
                "description": "A team's caps hold for each of its reps; a rep's own go before them, number by number. "
                "Hours, days and weeks are those of the team's calendar. What routing and the Shark Tank give counts; "
                "an open deal's lead, a claim and standing in for a colleague do not, but they are held. Claims "
                "have a cap of their own.",
            },
        ),
        ("At most", {"fields": tuple(CAPS), "description": "Left blank, as many as come."}),
    )

    @admin.display(description="whose", ordering="rep__user__first_name")
    def whose(self, obj: LoadCap) -> str:
        return obj.rep.name if obj.rep else f"Each rep of {obj.team}"

    @admin.display(description="an hour", ordering="per_hour")
    def hour(self, obj: LoadCap) -> str:
        return _most(obj.per_hour)

    @admin.display(description="a day", ordering="per_day")
    def day(self, obj: LoadCap) -> str:
        return _most(obj.per_day)

    @admin.display(description="a week", ordering="per_week")
    def week(self, obj: LoadCap) -> str:
        return _most(obj.per_week)

    @admin.display(description="held at a time", ordering="open_leads")
    def held(self, obj: LoadCap) -> str:
        return _most(obj.open_leads)

    @admin.display(description="claimed a day", ordering="claims_per_day")
    def claimed(self, obj: LoadCap) -> str:
        return _most(obj.claims_per_day)

    def save_model(self, request: HttpRequest, obj: LoadCap, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if zero := next((name for name in NONE_AT_ALL if getattr(obj, name) == 0), None):
            self.message_user(request, _told_of_none(obj, zero), messages.WARNING)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("team", "rep") if obj else ()


def _most(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _told_of_none(cap: LoadCap, zero: str) -> str:
    who = cap.rep.name if cap.rep else f"a rep of {cap.team} without a number of their own"
    return (
        f"With 0 {CAPS[zero]}, {who} is never given a lead: one that nobody else may take goes to the fallback or the "
        "Shark Tank. Leave the field blank if as many as come are meant."
    )
