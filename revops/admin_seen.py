"""What a page showed of its row, sent back with it, so that a save writes over nothing that its author has not seen."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model, QuerySet

CHANGED = "changed_since"
LONGEST_SHOWN = 60


class ChangedSince(Exception):
    """Somebody saved the row between the look at it and the save."""


class SeenForm(forms.ModelForm):
    """A form of a row that knows what the row said when its page was opened; `of_a_page` is whether it was one."""

    of_a_page = False
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.standing = self.written()
        self.initial["seen"] = self.standing

    def rows(self) -> Iterable[QuerySet]:
        """All that the page writes."""
        return [type(self.instance)._default_manager.filter(pk=self.instance.pk).values()]

    def written(self) -> str:
        """The digest of what is written now; '' of a row that is not there yet."""
        if self.instance.pk is None:
            return ""
        said = json.dumps([list(rows) for rows in self.rows()], sort_keys=True, default=str)
        return hashlib.sha256(said.encode()).hexdigest()

    def clean(self) -> dict[str, Any]:
        """Shown again, the form is of the row as it is now, so that who has read what changed may save it."""
        values = super().clean() or self.cleaned_data
        if self.of_a_page and self.instance.pk is not None and values.get("seen") != self.standing:
            sent: Any = self.data.copy()  # type: ignore[attr-defined]
            sent["seen"] = self.standing
            self.data = sent
            self.add_error(None, ValidationError(f"{_who(self.instance)} changed this since you opened it.", CHANGED))
        return values

    @property
    def is_late(self) -> bool:
        """Whether the row was changed since it was looked at."""
        return self.has_error(NON_FIELD_ERRORS, CHANGED)

    def hold(self) -> None:
        """Once nobody else can write. Raises ChangedSince where somebody just did."""
        if self.written() != self.standing:
            raise ChangedSince


def _who(row: Model) -> str:
    """Whoever saved it last on its page, if that is how it was changed."""
    label, pk = row._meta.label_lower.split("."), str(row.pk)
    last = LogEntry.objects.filter(content_type__app_label=label[0], content_type__model=label[1], object_id=pk)
    entry = last.select_related("user").order_by("-action_time").first()
    return f"Somebody, last {entry.user.get_full_name() or entry.user.get_username()}," if entry else "Somebody"


def would_change(forms_of_the_page: Iterable[forms.BaseForm]) -> Iterator[str]:
    """What of the row as it is now these would write over, by label, with what it says now where that is short."""
    for form in forms_of_the_page:
        for name in form.changed_data:
            if name != "seen":
                yield f"{form[name].label}{_now(form[name])}"


def _now(bound: forms.BoundField) -> str:
    value = bound.initial
    if isinstance(value, bool) or not isinstance(value, (int, str)) or len(str(value)) > LONGEST_SHOWN:
        return ""
    return f" (now {value})" if value != "" else " (now empty)"
