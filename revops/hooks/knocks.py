"""Who knocks by webhook: found by the address, believed by the signature, counted when refused."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from revops import lifecycle
from revops.hooks.taking import BY
from revops.integrations.hook_signatures import BadSignature, verify_segment, verify_shared, verify_standard
from revops.models import HookRefusal, HookSource, digest

SHARED_HEADER = "X-Airtight-Secret"
UNKNOWN_ADDRESS = "unknown_address"
SECOND = timedelta(seconds=1)
log = structlog.get_logger(__name__)


def source_at(kind: str, token: str) -> HookSource | None:
    """Whose address it is, switched off or not."""
    return HookSource.objects.filter(kind=kind, token_hash=digest(token)).first()


def believe(source: HookSource, headers: Mapping[str, str], body: bytes, *, at: datetime) -> None:
    """Raise BadSignature unless the knock is by who holds the secret."""
    secrets = list(source.secrets(at=at))
    if not secrets:
        raise BadSignature("secret_unreadable")
    if source.kind == HookSource.Kind.SEGMENT:
        verify_segment(secrets=secrets, signature=headers.get("X-Signature", ""), body=body)
    elif source.kind == HookSource.Kind.RUDDERSTACK:
        verify_shared(secrets=secrets, given=headers.get(SHARED_HEADER, ""))
    else:
        verify_standard(
            secrets=secrets,
            webhook_id=headers.get("webhook-id", ""),
            timestamp=headers.get("webhook-timestamp", ""),
            signatures=headers.get("webhook-signature", ""),
            body=body,
            # Real time, as the sender's own clock has it, wherever a trial's clock may stand.
            at=datetime.now(UTC),
        )


def seen(source: HookSource, *, at: datetime) -> None:
    """Note the knock, at most once a second: many may come at a time, and all write the same row."""
    stale = Q(last_knock_at__isnull=True) | Q(last_knock_at__lt=at - SECOND)
    HookSource.objects.filter(stale, pk=source.pk).update(last_knock_at=at)


def refused(source: HookSource | None, reason: str, *, at: datetime) -> None:
    """Count it; a knock at an address that is somebody's is in the books besides."""
    log.warning("hook_refused", source=source.pk if source else None, reason=reason)
    _count(source, reason, at=at)
    if source is not None:
        arrival = lifecycle.refuse(f"hook_{reason}", at=at, by=BY, source=source.name)
        lifecycle.capture([], at=at, by=BY, refused=[arrival])


def _count(source: HookSource | None, reason: str, *, at: datetime) -> None:
    row = HookRefusal.objects.filter(source=source, reason=reason)
    if row.update(count=F("count") + 1, last_at=at):
        return
    try:
        with transaction.atomic():
            HookRefusal.objects.create(source=source, reason=reason, count=1, last_at=at)
    except IntegrityError:
        row.update(count=F("count") + 1, last_at=at)
