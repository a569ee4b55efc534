"""The form field of skills: words with commas between them, as one list that compares."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from routing.rules import folded

LONGEST, MOST = 40, 30
HOW = "Separated by commas, e.g. german, healthcare. Capitals do not matter."


class SkillsField(forms.CharField):
    """Cleans to a list of skills as they are compared, each once, in the order typed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        skills = list(dict.fromkeys(filter(None, map(folded, (super().to_python(value) or "").split(",")))))
        if too_long := next((skill for skill in skills if len(skill) > LONGEST), ""):
            raise ValidationError(f"“{too_long[:LONGEST]}…” is too long for a skill: at most {LONGEST} letters.")
        if len(skills) > MOST:
            raise ValidationError(f"These are {len(skills)} skills; at most {MOST}.")
        return skills

    def validate(self, value: Any) -> None:
        """A list has no length in letters to check."""

    def run_validators(self, value: Any) -> None:
        """Each skill was checked as it was read."""

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else in_words(value or ())

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(map(folded, initial or ())) != [skill for skill in map(folded, (data or "").split(",")) if skill]

    def told(self, value: Any) -> str:
        return in_words(value or ())


def in_words(skills: Iterable[str]) -> str:
    return ", ".join(skills)
