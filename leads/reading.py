"""How the rows of a batch are read: what many of them point to once, where Django's prefetch costs as much as the rows
themselves; and at a deadline that asks little of them, no more than that."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import models

from leads.models import Assignment, Lead

Row = TypeVar("Row", bound=models.Model)
# What a lead points to, and of that what tells of its deadline.
WITH_WHOM = ("territory__team", "owner__team")
WITH = (*WITH_WHOM, "reason__track", "account", "opportunity__account")
Columns = Mapping[type[models.Model], tuple[str, ...]]
# Of a lead and of its open turn, what a deadline asks that only tells somebody.
TO_TELL: Columns = {
    Lead: (
        *("id", "source", "state", "seq", "entered_at", "due_at", "due_step", "terms", "owner_id", "territory_id"),
        *("ladder", "rung", "retry_at", "error", "error_count"),
    ),
    Assignment: ("id", "lead_id", "rep_id", "territory_id", "started_at", "accepted_at"),
}
# And what one asks that takes it from its rep, unless it goes up a ladder.
TO_TAKE_AWAY: Columns = {
    Lead: (
        *TO_TELL[Lead],
        *("slips", "excluded_reps", "account_id", "email", "person_key", "domain", "is_free_mail"),
    ),
    Assignment: TO_TELL[Assignment],
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


def complete(leads: Iterable[Lead], *, asked: Columns | None = None) -> None:
    """Read all the rest of those of these leads of which less than what is `asked` was read, and what they point to."""
    attach(complete_rows(Lead, leads, asked=asked), *WITH)


def complete_rows(model: type[Row], rows: Iterable[Row], *, asked: Columns | None = None) -> list[Row]:
    """Those of these rows that lacked a column of what is `asked`, or, without it, any: they have all by now. What was
    set on them stays."""
    names = _rest(model)
    needed = names.keys() if asked is None else set(asked[model])
    found = {row.pk: row for row in rows if not needed <= row.__dict__.keys()}
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
    """The columns that are not always read, in their order."""
    names = (field.attname for field in model._meta.concrete_fields)
    return dict.fromkeys(name for name in names if name not in (*TO_TELL[model], *NEVER_ASKED))
