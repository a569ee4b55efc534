"""The CRM's users and leads, kept as far as they are ours to know: set by set."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from django.db import transaction

from leads.models import CrmRecord, CrmUser

# Of leads that are the CRM's alone and nobody's there, so many are kept: those changed last.
MOST_UNOWNED = 20_000
BATCH = 500
# What a pull tells of a record; what we wrote and what we made of it is not its to change.
PULLED = (
    "lead",
    "email",
    "company",
    "status",
    "owner_crm_id",
    "owner_name",
    "contact_id",
    "opportunity_id",
    "converted_on",
    "conversion",
    "converted_by",
    "changed_at",
    "seen_at",
)


class User(Protocol):
    """The CRM's word for a user."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def queue(self) -> bool: ...


def take_users(users: Iterable[User]) -> None:
    """The users of the CRM are these and no others."""
    rows = {
        user.id: CrmUser(
            crm_id=user.id, name=user.name[:255], email=user.email[:320], active=user.active, queue=user.queue
        )
        for user in users
    }
    with transaction.atomic():
        CrmUser.objects.exclude(pk__in=rows).delete()
        CrmUser.objects.bulk_create(
            rows.values(),
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=["crm_id"],
            update_fields=["name", "email", "active", "queue"],
        )


def save_records(records: Sequence[CrmRecord]) -> None:
    """Keep these as pulled. One that is nobody's lead here and somebody's there is not ours to keep."""
    CrmRecord.objects.bulk_create(
        records, batch_size=BATCH, update_conflicts=True, unique_fields=["crm_id"], update_fields=PULLED
    )


def never_written(crm_ids: Collection[str]) -> None:
    """Records that were another lead's until now: what we wrote there is none of this one's."""
    CrmRecord.objects.filter(crm_id__in=crm_ids).update(wrote_at=None, wrote_owner="")


def drop_records(gone: Mapping[str, str]) -> None:
    """Leads that the CRM no longer has: id -> the one it became part of, or ''. A merged one hands on its lead."""
    losers = list(CrmRecord.objects.filter(crm_id__in=gone))
    for loser in losers:
        heir_id = gone[loser.crm_id]
        if heir_id and loser.lead_id is not None:
            heir, _new = CrmRecord.objects.get_or_create(crm_id=heir_id, defaults={"email": loser.email})
            CrmRecord.objects.filter(pk=heir.pk, lead__isnull=True).update(lead=loser.lead_id)
    CrmRecord.objects.filter(pk__in=[loser.pk for loser in losers]).delete()


def forget(crm_ids: Collection[str]) -> None:
    """Records that were nobody's there, and are somebody's now."""
    CrmRecord.objects.filter(crm_id__in=crm_ids, lead__isnull=True).delete()


def drop_unseen(*, since: datetime) -> int:
    """After a whole pull that began at `since`: what was not in it is gone. Returns how many."""
    count, _by_model = CrmRecord.objects.filter(seen_at__lt=since).delete()
    return count


def keep_the_latest() -> None:
    """Of those without a lead of ours no more than MOST_UNOWNED."""
    unowned = CrmRecord.objects.filter(lead__isnull=True).order_by("-changed_at", "-pk")
    beyond = unowned.values_list("changed_at", flat=True)[MOST_UNOWNED : MOST_UNOWNED + 1]
    for oldest in beyond:
        CrmRecord.objects.filter(lead__isnull=True, changed_at__lte=oldest).delete()
