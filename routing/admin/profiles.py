"""The definition of who fits: written, tried before it is saved, and kept in every version it ever had."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from leads.models import Lead
from revops import clock
from revops.admin_rules import RulesPage
from revops.admin_seen import SeenForm
from revops.admin_site import ConfigAdmin
from revops.roles import visible_leads
from routing.admin.trial_form import TrialForm
from routing.admin.trying import attempt
from routing.criteria_field import CriteriaField, told
from routing.criteria_words import changed, in_words
from routing.models import IcpProfile, IcpProfileVersion

TRIED = ("criteria", "intent_bar")


class IcpProfileForm(SeenForm):
    criteria = CriteriaField(
        help_text="What is not known about a lead is never held against it, unless a condition says so."
    )

    class Meta:
        model = IcpProfile
        fields = ["name", "active", "criteria", "intent_bar"]

    def clean_active(self) -> bool:
        active = bool(self.cleaned_data["active"])
        other = IcpProfile.objects.filter(active=True).exclude(pk=self.instance.pk).first()
        if active and other is not None:
            raise forms.ValidationError(f"“{other}” is in force. Switch that one off first: only one can be.")
        return active

    def clean_intent_bar(self) -> int:
        bar = int(self.cleaned_data["intent_bar"])
        if bar > 100:
            raise forms.ValidationError("The intent score goes from 0 to 100.")
        return bar


@dataclass(frozen=True)
class Told:
    """One version as the history shows it."""

    number: int
    name: str
    words: str
    bar: int
    active: bool
    who: str
    at: datetime | None
    changes: tuple[str, ...]


@admin.register(IcpProfile)
class IcpProfileAdmin(RulesPage, ConfigAdmin):
    form = IcpProfileForm
    list_display = ("name", "active", "in_words", "intent_bar", "version")
    readonly_fields = ("versions", "try_it")
    ordering = ("-active", "name")

    class Media:
        css = {"all": ["airtight/admin.css"]}
        js = ["airtight/trial.js"]

    @admin.display(description="a fit is")
    def in_words(self, obj: IcpProfile) -> str:
        return told(obj.criteria)[0]

    @admin.display(description="version")
    def versions(self, obj: IcpProfile) -> str:
        if obj.pk is None:
            return "1, once it is saved"
        url = reverse("admin:routing_icpprofile_versions", args=[obj.pk])
        return format_html('{}: <a class="versions-link" href="{}">what each version said</a>', obj.version, url)

    @admin.display(description="on whom")
    def try_it(self, obj: IcpProfile) -> SafeString:
        form = TrialForm(leads=Lead.objects.none(), at=clock.now())
        return mark_safe(render_to_string("admin/airtight/trial_panel.html", {"form": form}))  # noqa: S308 - escaped

    def get_fieldsets(self, request: HttpRequest, obj: IcpProfile | None = None) -> Any:
        parts = [
            (None, {"fields": ("name", "active")}),
            ("A lead is a fit when", {"fields": ("criteria",)}),
            ("Intent", {"fields": ("intent_bar", "versions")}),
        ]
        if self.has_configure_permission(request):
            parts.append(("Try it before you save", {"fields": ("try_it",), "classes": ("trial-fieldset",)}))
        return parts

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("words/", view(require_POST(self.words)), name="routing_icpprofile_words"),
            path("try/", view(require_POST(self.trial)), name="routing_icpprofile_try"),
            path("<int:pk>/versions/", view(require_safe(self.history)), name="routing_icpprofile_versions"),
            *super().get_urls(),
        ]

    def words(self, request: HttpRequest) -> JsonResponse:
        """The criteria being typed, in words, or which part of them is wrong. Nothing is stored."""
        words, problem, part = told(request.POST.get("criteria", ""))
        return JsonResponse({"words": words, "problem": problem, "part": part})

    def trial(self, request: HttpRequest) -> HttpResponse:
        """The verdict by the criteria as they stand in the form, saved or not. Nothing is stored."""
        if not self.has_configure_permission(request):
            raise PermissionDenied
        at = clock.now()
        rules = IcpProfileForm(request.POST)
        wrong = [f"{rules[name].label}: {error}" for name in TRIED for error in rules.errors.get(name, ())]
        form = TrialForm(request.POST, leads=visible_leads(request.user), at=at)
        result = None
        if form.is_valid() and form.lead is not None and not wrong:
            profile = IcpProfile(name="as written here", **{name: rules.cleaned_data[name] for name in TRIED})
            result = attempt(form.lead, profile, at=at, typed=form.typed)
        context = {"form": form, "wrong": wrong, "result": result, "asked": True}
        return TemplateResponse(request, "admin/airtight/trial.html", context)

    def history(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every version of a profile, the latest first, with what changed from the one before."""
        profile = get_object_or_404(IcpProfile, pk=pk)
        if not self.has_view_permission(request, profile):
            raise PermissionDenied
        versions = list(profile.versions.select_related("by").order_by("number"))
        shown = [_told(row, before) for row, before in zip(versions, [None, *versions], strict=False)]
        context = {
            **self.admin_site.each_context(request),
            "title": f"{profile}: its versions",
            "profile": profile,
            "versions": reversed(shown),
            "first": versions[0].number if versions else profile.version,
        }
        return TemplateResponse(request, "admin/airtight/versions.html", context)

    def save_model(self, request: HttpRequest, obj: IcpProfile, form: ModelForm, change: bool) -> None:
        self.alone(form)
        if form.changed_data or not change:
            columns = {"update_fields": form.changed_data} if change else {}
            obj.save(by_id=request.user.pk, at=clock.now(), **columns)
        if obj.active and not obj.criteria:
            text = "The ICP has no criteria: every company fits now. Add one, unless that is what you want."
            self.message_user(request, text, messages.WARNING)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What judged leads once is kept; it is switched off instead."""
        return False


def _told(row: IcpProfileVersion, before: IcpProfileVersion | None) -> Told:
    return Told(
        number=row.number,
        name=row.name,
        words=in_words(row.criteria),
        bar=row.intent_bar,
        active=row.active,
        who=(row.by.get_full_name() or row.by.get_username()) if row.by else "",
        at=row.at,
        changes=tuple(_changes(before, row)) if before else (),
    )


def _changes(before: IcpProfileVersion, row: IcpProfileVersion) -> Iterator[str]:
    yield from changed(before.criteria, row.criteria)
    if before.intent_bar != row.intent_bar:
        yield f"intent bar: {before.intent_bar} → {row.intent_bar}"
    if before.name != row.name:
        yield f"name: {before.name} → {row.name}"
    if before.active != row.active:
        yield "put in force" if row.active else "switched off"
