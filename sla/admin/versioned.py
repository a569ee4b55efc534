"""An edit that counts its row's version up, and what holds of every edit."""

from typing import Any

from django.db.models import F, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

KEPT = "An edit is for what starts from now on: a deadline that is running never moves, for each assignment keeps the "


class Versioned:
    """Counts the version up when a save changed anything, the rows beside it included."""

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if change and (form.has_changed() or any(formset.has_changed() for formset in formsets)):
            rows: QuerySet = type(form.instance)._default_manager.filter(pk=form.instance.pk)
            rows.update(version=F("version") + 1)
