"""What the admin's history keeps of a change: each field with its value before and after."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, Field, ModelForm
from django.forms.utils import pretty_name

from routing.criteria_field import CriteriaField
from routing.criteria_words import in_words
from routing.skills_field import SkillsField
from routing.weights_field import WeightsField

NOTHING = "nothing"
LONGEST = 300


def told(form: ModelForm, formsets: Iterable[BaseModelFormSet], *, add: bool) -> str:
    """One line for the history of a row: 'Name: A → B; Opens: 09:00 → 08:30'."""
    parts = _fields(form, add=add)
    for formset in formsets:
        parts += _inline(formset)
    if not parts:
        return "Added." if add else "Saved without a change."
    return f"{'Added. ' if add else ''}{'; '.join(parts)}"


def _inline(formset: BaseModelFormSet) -> list[str]:
    removed = set(map(id, getattr(formset, "deleted_objects", [])))
    parts = []
    for form in formset.forms:
        if id(form.instance) in removed:
            parts.append(f"removed {form.instance}")
        elif form.has_changed() and form.instance.pk is not None:
            inside = _fields(form, add=False)
            parts.append(f"{form.instance._meta.verbose_name} {form.instance} ({'; '.join(inside)})")
    return parts


def _fields(form: ModelForm, *, add: bool) -> list[str]:
    parts = []
    for name in form.changed_data:
        if "password" in name or name not in form.fields:
            continue
        field = form.fields[name]
        label = str(field.label or pretty_name(name))
        if "secret" in name:
            parts.append(f"{label}: given")
            continue
        after = _shown(field, form.cleaned_data.get(name))
        before = NOTHING if add else _shown(field, form.get_initial_for_field(field, name))
        parts.append(f"{label}: {after}" if before == NOTHING and add else f"{label}: {before} → {after}")
    return parts


def _shown(field: Field, value: Any) -> str:
    if isinstance(field, CriteriaField):
        return in_words(value) if isinstance(value, Mapping) else NOTHING
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(field, (SkillsField, WeightsField)):
        return field.told(value) or NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _named(field, value)[:LONGEST]


def _named(field: Field, value: Any) -> str:
    rows = getattr(field, "queryset", None)
    if isinstance(value, (list, tuple, QuerySet)):
        return ", ".join(_named(field, item) for item in value)
    if isinstance(value, Model):
        return str(value)
    if rows is not None:
        return str(rows.filter(pk=value).first() or value)
    choices = dict(getattr(field, "choices", ()) or ())
    return str(choices.get(value, value))
