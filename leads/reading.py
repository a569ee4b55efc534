"""How the rows of a batch are read: what many of them point to once, where Django's prefetch costs as much as the rows
themselves; and of what a deadline only tells somebody of, no more than that takes."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import models

from leads.models import Assignment, Lead

Row = TypeVar("Row", bound=models.Model)
# What a lead points to, and of that what tells of its deadline.
WITH_WHOM = ("territory__team", "owner__team")
WITH = (*WITH_WHOM, "reason__track", "account", "opportunity__account")
# Of a lead and of its open turn, what a deadline asks that only tells somebody.
TO_TELL: dict[type[models.Model], tuple[str, ...]] = {
    Lead: (
        *("id", "source", "state", "seq", "entered_at", "due_at", "due_step", "terms", "owner_id", "territory_id"),
        *("ladder", "rung", "retry_at", "error", "error_count"),
    ),
    Assignment: ("id", "lead_id", "rep_id", "territory_id", "started_at", "accepted_at"),
}
# As it came in: kept for people to look at, and no deadline's business.
NEVER_ASKED = ("raw",)


def attach(rows: Sequence[models.Model], *paths: str) -> None:
    """Set these relations of all these rows of one model, each `owner` or with what that points to `owner__team`."""
    for path in paths if rows else ():
        name, _, further = path.partition("__")
        field: Any = rows[0]._meta.get_field(name)
        ids = {row.__dict__[field.attname] for row in rows} - {None}
        related = field.related_model._base_manager.all()
        found = (related.select_related(further) if further else related).in_bulk(ids) if ids else {}
        for row in rows:
            pk = row.__dict__[field.attname]
            row._state.fields_cache[name] = None if pk is None else found[pk]


def complete(leads: Iterable[Lead]) -> None:
    """Read the rest of those of these leads that were read to tell of them, and what they point to."""
    attach(complete_rows(Lead, leads), *WITH)


def complete_rows(model: type[Row], rows: Iterable[Row]) -> list[Row]:
    """Those of these rows that were read to tell of them, with all their columns by now; what was set on them stays."""
    names = _rest(model)
    found = {row.pk: row for row in rows if not names.keys() <= row.__dict__.keys()}
    if not found:
        return []
    for pk, *rest in model._base_manager.filter(pk__any_of=list(found)).values_list("pk", *names):
        own, read = found[pk].__dict__, dict(zip(names, rest, strict=True))
        if own.get("as_read"):
            own["as_read"] = {**own["as_read"], **read}
        own.update({**read, **own})
    return list(found.values())


@cache
def _rest(model: type[models.Model]) -> dict[str, None]:
    """The columns that are not read to tell, in their order."""
    names = (field.attname for field in model._meta.concrete_fields)
    return dict.fromkeys(name for name in names if name not in (*TO_TELL[model], *NEVER_ASKED))
