"""What many rows of a batch point to, read once each: Django's prefetch costs as much as the rows themselves."""

from collections.abc import Sequence
from typing import Any

from django.db import models


def attach(rows: Sequence[models.Model], path: str) -> None:
    """Set a relation of all these rows of one model, `owner` or with what that points to `owner__team`. One query."""
    if not rows:
        return
    name, _, further = path.partition("__")
    field: Any = rows[0]._meta.get_field(name)
    ids = {row.__dict__[field.attname] for row in rows} - {None}
    related = field.related_model._base_manager.all()
    found = (related.select_related(further) if further else related).in_bulk(ids) if ids else {}
    for row in rows:
        pk = row.__dict__[field.attname]
        row._state.fields_cache[name] = None if pk is None else found[pk]
