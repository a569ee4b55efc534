"""A page that asks before something is done that cannot be undone by a click."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse

from revops.rule_words import Part


class Nothing(forms.Form):
    """Nothing is asked but whether to go on."""


def confirmed(
    request: HttpRequest,
    page: admin.ModelAdmin,
    *,
    heading: str,
    lines: Sequence[str],
    button: str,
    act: Callable[[dict[str, Any]], str],
    form_class: Callable[..., forms.Form] = Nothing,
    parts: Sequence[Part] = (),
    warnings: Sequence[str] = (),
) -> HttpResponse:
    """Ask on GET; on POST with good answers call `act` with them and show the sentence it returns.

    `parts` are what would change, part by part; `warnings` what somebody should know of it.
    """
    if not page.has_configure_permission(request):  # type: ignore[attr-defined]
        raise PermissionDenied
    meta = page.model._meta
    back = resolve_url(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        page.message_user(request, act(form.cleaned_data), messages.SUCCESS)
        return HttpResponseRedirect(back)
    context = {
        **page.admin_site.each_context(request),
        "title": heading, "heading": heading, "lines": lines, "button": button, "form": form, "back": back,
        "parts": parts, "warnings": warnings,
    }  # fmt: skip
    return TemplateResponse(request, "admin/airtight/confirm.html", context)
