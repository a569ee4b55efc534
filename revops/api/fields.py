"""What a strict caller may send: the one JSON type a field has, and no field besides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from rest_framework import serializers

from leads.intake.problems import Unusable, shown
from leads.intake.times import clean_time


class Text(serializers.CharField):
    """Text, and not a number that could pass for it."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number, and not text that looks like one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A time in ISO 8601."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid", format="2026-02-28T14:00:00Z")
        return super().to_internal_value(value)


class PastMoment(serializers.DateTimeField):
    """A time in ISO 8601 that is not ahead of the door's own (`context["at"]`)."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            found = clean_time(value, received_at=self.context["at"])
        except Unusable as problem:
            raise serializers.ValidationError(problem.sentence) from None
        if found is None:
            self.fail("required")
        return found


class Day(serializers.DateField):
    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="2026-02-28")
        return super().to_internal_value(value)


class Choice(serializers.ChoiceField):
    """One of some words, which a refusal names."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(f"'{shown(str(data))}' is none of {', '.join(map(str, self.choices))}.")
        return super().to_internal_value(data)


class Strict(serializers.Serializer[Any]):
    """A body whose every field is known. `beyond_types` is what the schema says of it besides its fields."""

    beyond_types: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError({shown(name): ["There is no such field."] for name in unknown[:50]})
        return super().to_internal_value(data)
