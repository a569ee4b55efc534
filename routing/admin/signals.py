"""What signals count, by kind. A save lets the leads that wait for intent be judged again at once."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django_q.tasks import async_task

from revops.admin_site import ConfigAdmin
from routing.models import SignalKind


class SignalKindForm(forms.ModelForm):
    class Meta:
        model = SignalKind
        fields = ["name", "points", "half_life_days", "cap"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, least, most in (("points", -100, 100), ("half_life_days", 0.01, 3650), ("cap", 0, 100)):
            if name in self.fields:
                self.fields[name].validators += [MinValueValidator(least), MaxValueValidator(most)]


@admin.register(SignalKind)
class SignalKindAdmin(ConfigAdmin):
    form = SignalKindForm
    list_display = ("shown", "counts", "fades", "cap")
    search_fields = ("name",)
    ordering = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "points", "half_life_days", "cap"),
                "description": "A signal's points halve with every half-life, so that what was done long ago counts "
                "for little. They are worked out whenever a lead is judged; a lead below the bar comes back when its "
                "score passes it.",
            },
        ),
    )

    @admin.display(description="kind", ordering="name")
    def shown(self, obj: SignalKind) -> str:
        return str(obj)

    @admin.display(description="points", ordering="points")
    def counts(self, obj: SignalKind) -> str:
        return "As sent" if obj.points is None else f"{obj.points:+d}"

    @admin.display(description="half-life", ordering="half_life_days")
    def fades(self, obj: SignalKind) -> str:
        return "Never fades" if obj.half_life_days is None else f"{obj.half_life_days:g} days"

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        async_task("revops.jobs.intent")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        async_task("revops.jobs.intent")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        super().delete_queryset(request, queryset)
        async_task("revops.jobs.intent")
