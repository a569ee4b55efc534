from typing import Any

import orjson
from django.db import models
from django.db.models.fields.json import KeyTransform


class Document(models.JSONField):
    """JSON that only we write, so that no number in it needs more than 64 bits: read by the fast reader."""

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or isinstance(expression, KeyTransform):
            return super().from_db_value(value, expression, connection)
        return orjson.loads(value)
