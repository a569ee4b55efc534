"""The form field of weights: a number beside each rep of the team."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from routing.models.pools import MOST_WEIGHT


class WeightsWidget(forms.Widget):
    """`reps` are their ids and names. A rep who is not sent keeps the weight they have."""

    template_name = "admin/airtight/weights.html"

    def __init__(self) -> None:
        super().__init__()
        self.reps: Sequence[tuple[int, str]] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[int, str]:
        return {pk: data[f"{name}-{pk}"] for pk, _name in self.reps if f"{name}-{pk}" in data}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not self.value_from_datadict(data, files, name)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-{self.reps[0][0]}" if self.reps else ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        own = value or {}
        rows = [(f"{name}-{pk}", (attrs or {}).get("id", name), pk, rep, own.get(pk, 1)) for pk, rep in self.reps]
        return super().get_context(name, value, attrs) | {"rows": rows, "most": MOST_WEIGHT}

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        return mark_safe(render_to_string(template_name, context))  # noqa: S308 - the template escapes


class WeightsField(forms.Field):
    """Cleans to the weights by rep id, of those reps whose weight was sent. Raises ValidationError naming the rep."""

    widget = WeightsWidget
    names: Mapping[int, str] = MappingProxyType({})

    def offer(self, reps: Sequence[tuple[int, str]]) -> None:
        self.names = dict(reps)
        if isinstance(self.widget, WeightsWidget):
            self.widget.reps = reps

    def to_python(self, value: Any) -> dict[int, int]:
        return {pk: self._weight(pk, text) for pk, text in (value or {}).items()}

    def _weight(self, pk: int, text: Any) -> int:
        text = str(text).strip() or "1"
        if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= MOST_WEIGHT):
            raise ValidationError(f"{self.names[pk]}: give a whole number from 1 to {MOST_WEIGHT}.")
        return int(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        was = initial or {}
        return any((str(text).strip() or "1") != str(was.get(pk, 1)) for pk, text in (data or {}).items())

    def told(self, value: Any) -> str:
        return ", ".join(f"{self.names[pk]} {weight}" for pk, weight in (value or {}).items() if pk in self.names)
