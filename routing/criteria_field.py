"""The form field of criteria: rows to fill in where the browser can, the JSON itself where it cannot."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from leads.intake.countries import clean_country
from leads.intake.problems import Unusable
from routing import criteria, criteria_checking
from routing.criteria_checking import Malformed
from routing.criteria_words import EVERY_LEAD, in_words, located

GROUPED_FIELDS = {
    "Company": ("company", "domain", "industry", "employee_count", "annual_revenue", "tech_stack"),
    "Place": ("country", "region", "city"),
    "Person": ("job_title", "is_free_mail"),
    "How it came": ("source", "campaign", "intent_score", "hand_raise"),
}
LABELS = {
    "annual_revenue": "annual revenue (USD)",
    "is_free_mail": "writes from free mail",
    "hand_raise": "asked for a call",
}
CUSTOM = "custom."


class CriteriaField(forms.JSONField):
    """Cleans to checked criteria; a country in any spelling becomes its code. Raises ValidationError by part.

    `empty` says what matches where there is no condition.
    """

    def __init__(self, *, empty: str = EVERY_LEAD, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", CriteriaWidget(empty=empty))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        try:
            node = super().to_python(value)
        except (ValueError, RecursionError):
            raise ValidationError("This is nested too deeply, or holds a number that is too long.") from None
        return {} if node is None else node

    def clean(self, value: Any) -> Any:
        return read(super().clean(value))

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, letter by letter, right or wrong."""
        return InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return "" if value in (None, {}) else json.dumps(value, indent=2, ensure_ascii=False)


def read(node: Any) -> Any:
    """Criteria as they will be stored. Raises ValidationError saying which part is wrong and how."""
    try:
        criteria_checking.check(node)
        node = _with_country_codes(node)
        json.dumps(node, ensure_ascii=False).encode()
    except Malformed as error:
        text, part = located(str(error))
        raise ValidationError(text, code=part) from error
    except UnicodeEncodeError:
        raise ValidationError("The text holds half of a character.") from None
    if "\\u0000" in json.dumps(node):
        raise ValidationError("The text holds a character that no text may hold.")
    return node


def _with_country_codes(node: Any, where: str = "criteria") -> Any:
    for group in criteria.GROUPS:
        if group in node:
            children = enumerate(node[group])
            return {**node, group: [_with_country_codes(child, f"{where}.{group}[{at}]") for at, child in children]}
    if node.get("field") != "country" or node["op"] in ("contains", "starts_with"):
        return node
    value = node["value"]
    codes = [_code(item, where) for item in value] if isinstance(value, list) else _code(value, where)
    return {**node, "value": codes}


def _code(name: str, where: str) -> str:
    try:
        code = clean_country(name)
    except Unusable as error:
        raise Malformed(f"{where}.value: {error.sentence}") from error
    if not code:
        raise Malformed(f"{where}.value: '{name}' is not a country.")
    return code


def menu() -> list[dict[str, Any]]:
    """What the editor offers: groups of fields, each with its type and the operators it takes."""
    return [{"label": group, "fields": [_entry(name) for name in names]} for group, names in GROUPED_FIELDS.items()] + [
        {"label": "Your own", "fields": [_entry(CUSTOM) | {"label": "custom field…"}]}
    ]


def _entry(name: str) -> dict[str, Any]:
    kinds = {
        "number": criteria.NUMBER_FIELDS, "list": criteria.LIST_FIELDS, "boolean": criteria.BOOLEAN_FIELDS,
    }  # fmt: skip
    return {
        "name": name,
        "label": LABELS.get(name, name.replace("_", " ")),
        "kind": next((kind for kind, names in kinds.items() if name in names), "text"),
        "ops": [{"op": op, "label": criteria.WORDS[op]} for op in criteria.operators_for(name)],
    }


class CriteriaWidget(forms.Textarea):
    """The JSON in a text area, which the script turns into rows; without a script it stays a text area."""

    template_name = "admin/airtight/criteria_editor.html"

    class Media:
        css = {"all": ["airtight/admin.css"]}
        js = ["airtight/criteria_inputs.js", "airtight/criteria.js"]

    def __init__(self, *, empty: str = EVERY_LEAD, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.empty = empty

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        words = told(value)[0]
        shown = self.empty if words == EVERY_LEAD else words
        return context | {"menu": json.dumps(menu()), "words": shown, "empty": self.empty}

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        return mark_safe(render_to_string(template_name, context))  # noqa: S308 - the template escapes


def told(typed: Any) -> tuple[str, str, str]:
    """Criteria, stored or as they are being typed: in words, or what is wrong and the path of the part."""
    try:
        return in_words(read(json.loads(typed or "{}") if isinstance(typed, str) else typed)), "", ""
    except ValidationError as error:
        return "", error.messages[0], error.code or ""
    except (ValueError, RecursionError):
        return "", "This is not JSON yet.", ""
