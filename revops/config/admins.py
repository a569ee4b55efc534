"""What the admin's pages allow and ask, so that a file may do what RevOps may there, by the same rules."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.auth.models import User
from django.db.models import Model
from django.forms import BaseInlineFormSet, ModelForm, inlineformset_factory, modelform_factory
from django.http import HttpRequest

from leads.models import Territory
from revops.config.references import Known
from revops.config.shapes import NAMED, Nested, Section
from routing.admin.pools import RuleForm
from routing.models import Pool


class Page:
    """A section's page in the admin, where it has one."""

    def __init__(self, section: Section) -> None:
        self.section = section
        shown = Territory if section.model is Pool else section.model
        try:
            self.admin: admin.ModelAdmin | None = admin.site.get_model_admin(shown)
        except NotRegistered:
            self.admin = None
        self.request = HttpRequest()
        # Whom nothing is barred that the pages offer anybody.
        self.request.user = User(is_staff=True, is_superuser=True, is_active=True)

    @property
    def may_add(self) -> bool:
        return self.admin is None or self.admin.has_add_permission(self.request)

    def may_delete(self, row: Model) -> bool:
        if not self.section.deleted:
            return False
        return self.admin is None or self.admin.has_delete_permission(self.request, row)

    def fixed(self, row: Model) -> set[str]:
        """The columns of a row that its page shows and does not let change."""
        if self.admin is None or self.section.model is Pool:
            return set()
        return set(map(str, self.admin.get_readonly_fields(self.request, row)))

    @property
    def base(self) -> type[ModelForm]:
        if self.section.model is Pool:
            # Its page has it as a part of the territory's form, with fields that no file has.
            return RuleForm
        return self.admin.form if self.admin is not None else ModelForm

    def form(self, row: Any, values: dict[str, Any], known: Known, *, key: Any = None) -> ModelForm:
        """The page's form filled in with plain values. `key` is what a new row is known by."""
        section = self.section
        besides = {one.name for one in section.beside} | {NAMED}
        stored = {
            section.column(word): kind.stored(values[word], known)
            for word, kind in section.kinds.items()
            if word not in besides
        }
        if key is not None:
            stored[section.key] = key
        asked = [name for name in stored if name not in section.in_form]
        form_class = modelform_factory(section.model, form=self.base, fields=asked)
        blank = form_class(instance=row)
        return form_class(
            _data(blank, {section.in_form.get(name, name): it for name, it in stored.items()}), instance=row
        )

    def formset(self, one: Nested, parent: Model, rows: list[dict[str, Any]], known: Known) -> BaseInlineFormSet:
        """The page's part for nested rows, all of them new."""
        inlines = self.admin.inlines if self.admin is not None else ()
        inline = next((inline for inline in inlines if inline.model is one.model), None)
        factory = inlineformset_factory(
            type(parent),
            one.model,
            fk_name=one.parent,
            form=inline.form if inline else ModelForm,
            formset=_own_formset(inline),
            fields=one.columns,
            extra=0,
            min_num=len(rows),
            max_num=len(rows),
        )
        prefix = factory.get_default_prefix()
        fields = factory.form.base_fields
        data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
        for place, row in enumerate(rows):
            for word, kind in one.kinds.items():
                column = one.column(word)
                value = fields[column].prepare_value(kind.stored(row[word], known))
                if value is not None:
                    data[f"{prefix}-{place}-{column}"] = value
        return factory(data, instance=parent, queryset=one.model._default_manager.none(), prefix=prefix)


def _own_formset(inline: Any) -> type[BaseInlineFormSet]:
    """The inline's own, if it has one; what its look brings along asks for a page that is shown."""
    return vars(inline).get("formset", BaseInlineFormSet) if inline is not None else BaseInlineFormSet


def _data(blank: forms.BaseForm, stored: dict[str, Any]) -> dict[str, Any]:
    """What a browser would send back of these values."""
    found = {name: blank.fields[name].prepare_value(value) for name, value in stored.items() if name in blank.fields}
    return {name: value for name, value in found.items() if value is not None}
