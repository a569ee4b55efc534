"""While Slack fails, what it should have said goes by mail too: once, and it still comes in Slack when that is back."""

from collections import defaultdict
from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.conf import settings
from django.db import transaction

from leads.models import Delivery
from leads.queues import free_to_claim
from revops.delivery_claims import TOLD
from revops.integrations.errors import VendorError
from revops.slack import by_mail, health
from revops.slack.messages import MESSAGES
from revops.slack.still import read_anew, those_that_hold

# A hiccup of Slack's is no reason to mail anybody.
MAIL_AFTER = timedelta(minutes=10)
# Whoever mails them has them for so long; where it fails they are mailed after that, and Slack has its try between.
CLAIM = timedelta(minutes=2)
# No further mail is begun after this: a mail server that hangs takes ten seconds and more for each.
BUDGET_SECONDS = 2.0
MOST = 500
log = structlog.get_logger(__name__)


def tell(*, at: datetime) -> int:
    """Mail what has waited for Slack for ten minutes, one mail to each reader. Returns how many were sent. What is
    due is to be claimed for Slack before."""
    if not settings.EMAIL_HOST or not health.on_trial():
        return 0
    mails: dict[str, list[Delivery]] = defaultdict(list)
    claimed = _claim(at=at)
    for row, reader in zip(claimed, by_mail.readers(claimed), strict=True):
        if reader.email:
            mails[reader.email].append(row)
    return _mail_all(list(mails.values()), at=at)


def _mail_all(mails: list[list[Delivery]], *, at: datetime) -> int:
    """As many as there is time for. Where the mail server itself fails, the rest waits for the end of the claim."""
    ends, sent = monotonic() + BUDGET_SECONDS, 0
    for position, claimed in enumerate(mails):
        if monotonic() > ends:
            _give_back([row for late in mails[position:] for row in late])
            break
        read_anew(claimed)
        rows = those_that_hold(claimed, at=at)
        if not rows:
            continue
        try:
            by_mail.send_all(rows, at=at)
        except VendorError as error:
            log.warning("second_channel_failed", error=str(error), alerts=len(rows))
            if not error.permanent:
                break
        else:
            Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=at, claimed_until=None)
            sent += 1
    return sent


def _give_back(rows: list[Delivery]) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(claimed_until=None)


def _claim(*, at: datetime) -> list[Delivery]:
    with transaction.atomic():
        rows = Delivery.objects.filter(status=Delivery.Status.PENDING, kind__in=MESSAGES, mailed_at=None)
        rows = rows.filter(free_to_claim(at=at), send_at__lte=at - MAIL_AFTER)
        locked = rows.order_by("send_at", "pk").select_for_update(skip_locked=True, no_key=True)
        ids = list(locked.values_list("pk", flat=True)[:MOST])
        Delivery.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM)
    found = Delivery.objects.filter(pk__in=ids).order_by("send_at", "pk")
    return list(found.select_related(*TOLD))
