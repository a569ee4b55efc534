"""How the leads of a batch are read: what many of them point to once, where Django's prefetch costs as much as the rows
themselves, and who they are only where somebody asks."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models

from leads.models import Lead

# What a lead points to, and of that what tells of its deadline.
WITH_WHOM = ("territory__team", "owner__team")
WITH = (*WITH_WHOM, "reason__track", "account", "opportunity__account")
# What no deadline asks that only tells somebody of it.
WHO_AND_WHENCE = (
    *("email", "person_key", "first_name", "last_name", "job_title", "phone", "company", "website", "is_free_mail"),
    *("country", "region", "city", "employee_count", "employee_range", "industry", "annual_revenue", "tech_stack"),
    *("external_id", "campaign", "consent", "consent_source", "opt_out", "occurred_at", "custom"),
)


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
    """Read the rest of those of these leads that were read without who they are and where from."""
    found = {lead.pk: lead for lead in leads if "email" not in lead.__dict__}
    if not found:
        return
    for pk, *rest in Lead.objects.filter(pk__in=found).values_list("pk", *WHO_AND_WHENCE):
        lead, read = found[pk], dict(zip(WHO_AND_WHENCE, rest, strict=True))
        lead.__dict__.update(read)
        if lead.as_read:
            lead.as_read = {**lead.as_read, **read}
    attach(list(found.values()), *WITH)
