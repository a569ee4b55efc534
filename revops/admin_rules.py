"""Pages whose rows belong to the rules: a save is a version of somebody's, or waits in the draft, and is said to."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leads.models import Draft
from revops import clock, lifecycle, roles
from revops.admin_seen import ChangedSince, SeenForm, would_change
from routing.roster import hold_roster


class RulesPage:
    """Mixed into the admin page of a table of the rules.

    The roster is held alone from the first write to the commit, before any row is: the rows and the version that they
    make are there together, and no lead is routed by half of it. What somebody else saved since the page was opened is
    not written over: see `SeenForm`, which is the page's form.
    """

    change_form_template: Any = "admin/airtight/rules_form.html"

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._tell_of_draft(request)
        return super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._tell_of_draft(request)
        try:
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        except ChangedSince:
            text = "Nothing was saved: somebody changed this at the same time. This is what it says now."
            self.message_user(request, text, messages.ERROR)  # type: ignore[attr-defined]
            return HttpResponseRedirect(request.path)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)  # type: ignore[misc]
        form.of_a_page = True
        return form

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        form = context["adminform"].form
        if form.is_bound and form.is_late:
            shown = [form, *(one for inline in context["inline_admin_formsets"] for one in inline.formset.forms)]
            self.message_user(request, _to_look_at(list(would_change(shown))), messages.WARNING)  # type: ignore[attr-defined]
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]

    def alone(self, form: ModelForm) -> None:
        """Before anything is written. Raises ChangedSince where the row was changed since it was checked."""
        hold_roster(exclusive=True)
        if isinstance(form, SeenForm):
            form.hold()

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        self.alone(form)
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        self._as_written(request)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        hold_roster(exclusive=True)
        super().delete_model(request, obj)  # type: ignore[misc]
        self._as_written(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        with transaction.atomic():
            hold_roster(exclusive=True)
            super().delete_queryset(request, queryset)  # type: ignore[misc]
            self._as_written(request)

    def _as_written(self, request: HttpRequest) -> None:
        kept = lifecycle.as_written(at=clock.now(), by=roles.actor(request.user, door="admin"))
        if kept is not None:
            link = reverse("admin:leads_ruleset_change", args=[kept.pk])
            text = format_html(
                'In force now, as <a class="message-link" href="{}">version {}</a> of the rules.', link, kept.number
            )
            self.message_user(request, text, messages.INFO)  # type: ignore[attr-defined]

    def _tell_of_draft(self, request: HttpRequest) -> None:
        """On what is looked at; after a save that is the page that follows it."""
        if request.method != "GET" or not self.has_view_permission(request):  # type: ignore[attr-defined]
            return
        draft = Draft.objects.select_related("base").defer("base__document").first()
        if draft is not None:
            self.message_user(request, told_of(draft), messages.WARNING)  # type: ignore[attr-defined]


def _to_look_at(fields: list[str]) -> str:
    if not fields:
        return "It says by now what you send, so there is nothing left to save."
    return f"Nothing was saved. Saving it once more would change: {', '.join(fields)}. Look at each first."


def told_of(draft: Draft) -> SafeString:
    text = (
        'What is saved here is saved in <a class="message-link" href="{}">the draft</a>: '
        "version {} stays in force until it is published."
    )
    return format_html(text, reverse("admin:leads_ruleset_changelist"), draft.base.number)
