"""Teams and their people. Whoever goes leaves no lead behind, in the same save."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Count, ForeignKey, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.html import escape

from leads.models import CrmUser, Rep, Team
from revops import clock, lifecycle, roles, rules
from revops.admin_attention import NO_FALLBACK, has_fallback
from revops.admin_site import ConfigAdmin, Kept, TextInput
from revops.slack import audience
from routing.models import Pool
from routing.skills_field import HOW, SkillsField
from sla.admin.calendars import OWN_HOURS, RepCalendarInline, TeamCalendarInline

# A channel's id; or its name, which Slack keeps in lower case: letters of any script, digits, - and _.
CHANNEL = re.compile(r"[CG][A-Z0-9]{4,}|#?(?:(?![A-Z])[\w-]){1,80}")
CHANNELS = ("slack_channel", "pool_channel")
WHERE = "Where it is told"
NO_CHANNEL = "That is no Slack channel. Write its id, like C0123ABC, or its name, like #deals."
NEEDED = {
    "manager": "Name the manager before the team is switched on.",
    "deputy": "Name the deputy before the team is switched on.",
}


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = [
            "name",
            "active",
            "manager",
            "deputy",
            "slack_channel",
            "pool_channel",
            "alert_email",
            "hides_contact",
        ]
        labels = {"alert_email": "Alert e-mail"}
        help_texts = {
            "alert_email": "Where alerts go instead, when Slack is not connected or out of reach. They name reps: "
            "give an address that only those read who answer for the team.",
            "pool_channel": "Where pooled leads are offered to the team's reps. Without one it is the manager's, whose "
            "alerts then name no rep, as reps read them.",
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for field in CHANNELS:
            if field in self.changed_data and values.get(field) and not CHANNEL.fullmatch(values[field]):
                self.add_error(field, NO_CHANNEL)
        if values.get("manager") and values.get("manager") == values.get("deputy"):
            self.add_error("deputy", "The deputy stands in for the manager: name somebody else.")
        if values.get("active"):
            for field, text in NEEDED.items():
                if field in values and not values[field]:
                    self.add_error(field, text)
                elif values.get(field) and not (values[field].active and values[field].user.is_active):
                    self.add_error(field, f"{values[field]} is switched off: name somebody who is there.")
            if not self.errors and not values.get("slack_channel") and not values.get("alert_email"):
                self.add_error("slack_channel", "Give a Slack channel or an e-mail before the team is switched on.")
        return values


@admin.register(Team)
class TeamAdmin(Kept, ConfigAdmin):
    form = TeamForm
    list_display = ("name", "active", "manager", "deputy", "hours", "people")
    list_select_related = ("manager__user", "deputy__user", "team_calendar__calendar")
    list_filter = ("active",)
    search_fields = ("name",)
    ordering = ("name",)
    inlines = (TeamCalendarInline,)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "active"),
                "description": "A new team starts switched off: add its people under Reps, name who answers for "
                "it here, then switch it on.",
            },
        ),
        ("Who answers for it", {"fields": ("manager", "deputy")}),
        (WHERE, {"fields": ("slack_channel", "pool_channel", "alert_email")}),
        ("Its Shark Tank", {"fields": ("hides_contact",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(size=Count("reps", filter=Q(reps__active=True)))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With what follows from a channel that the team's alerts share with its reps."""
        groups = super().get_fieldsets(request, obj)
        if obj is None or obj not in audience.alerted_before_reps():
            return groups
        told = escape(f"{audience.told_of(obj)} {audience.WHAT_TO_SET}")  # descriptions are taken for HTML
        return [(title, group | {"description": told} if title == WHERE else group) for title, group in groups]

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if {"active", *CHANNELS} & set(form.changed_data) and obj in audience.alerted_before_reps():
            self.message_user(request, f"{audience.told_of(obj)} {audience.WHAT_TO_SET}", messages.WARNING)
        switched_off = change and "active" in form.changed_data and not obj.active
        its_fallback = Pool.objects.filter(is_fallback=True, team=obj)
        if switched_off and its_fallback.exists() and not has_fallback(rules.written()):
            self.message_user(request, NO_FALLBACK, messages.WARNING)

    @admin.display(description="hours")
    def hours(self, obj: Team) -> str:
        return str(obj.team_calendar.calendar) if hasattr(obj, "team_calendar") else "not set: Mon–Fri 9–18 UTC"

    @admin.display(description="people", ordering="size")
    def people(self, obj: Team) -> int:
        return int(obj.size)  # type: ignore[attr-defined]


class InTheCrm(admin.SimpleListFilter):
    title = "user in the CRM"
    parameter_name = "crm"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "None with this e-mail")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return CrmUser.missing_for(queryset) if self.value() == "no" else queryset


class RepForm(forms.ModelForm):
    skills = SkillsField(widget=TextInput, help_text=f"What a territory may ask for: languages, products. {HOW}")


@admin.register(Rep)
class RepAdmin(Kept, ConfigAdmin):
    form = RepForm
    list_display = ("name", "team", "active", "takes_routing", "open_leads", "slack_user_id")
    list_select_related = ("user", "team")
    list_filter = ("team", "active", "takes_routing", InTheCrm)
    search_fields = ("user__first_name", "user__last_name", "user__username", "user__email")
    ordering = ("team__name", "user__first_name", "user__username")
    readonly_fields = ("open_leads",)
    inlines = (RepCalendarInline,)
    fieldsets = (
        (
            None,
            {
                "fields": ("user", "team", "active", "takes_routing", "skills", "slack_user_id", "open_leads"),
                "description": "Switching a rep off, or moving them to another team, hands on all they hold at once: "
                f"nothing ever waits on someone who is not there. {OWN_HOURS}",
            },
        ),
    )

    @admin.display(description="name", ordering="user__first_name")
    def name(self, obj: Rep) -> str:
        return obj.name

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "open_leads") if obj else ("open_leads",)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(rep__isnull=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        when: dict[str, Any] = {"at": clock.now(), "by": roles.actor(request.user, door="admin")}
        if "active" in form.changed_data and not obj.active:
            self._went(request, obj, lifecycle.switch_off(obj.pk, **when), "was switched off")
            self.save_changed(obj, form, but=("active",))
        elif "team" in form.changed_data:
            self._went(request, obj, lifecycle.change_team(obj.pk, obj.team_id, **when), "changed teams")
            self.save_changed(obj, form, but=("active", "team"))
        else:
            self.save_changed(obj, form, but=("active",))
        if "active" in form.changed_data and obj.active:
            lifecycle.switch_on(obj.pk, **when)

    def _went(self, request: HttpRequest, rep: Rep, count: int, why: str) -> None:
        leads = "no leads were held" if not count else f"{count} lead{'' if count == 1 else 's'} went on to others"
        self.message_user(request, f"{rep.name} {why}; {leads}.", messages.WARNING if count else messages.INFO)
        answers_for = Team.objects.filter(Q(manager=rep) | Q(deputy=rep), active=True).order_by("name")
        for team in answers_for:
            text = f"{rep.name} still answers for {team} as manager or deputy: name somebody else there."
            self.message_user(request, text, messages.WARNING)
