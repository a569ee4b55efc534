"""Cards that were posted say how things stand: their buttons go when a turn ends, whoever ended it and however, and an
alert's once somebody has seen it.

A card knows the lead's seq that it shows. One whose lead has gone on is brought up to date, so that nothing is missed
for want of a message about it: neither a card sent after the decision, nor one whose update failed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from leads.models import Delivery
from leads.queues import free_to_claim
from revops.delivery_claims import TOLD
from revops.integrations import slack_blocks as cards
from revops.integrations.errors import VendorError
from revops.integrations.slack import Posted
from revops.integrations.slack_blocks import Message
from revops.slack import digest, health
from revops.slack.audience import reps_read
from revops.slack.messages import card_of, lead_card
from revops.slack.messages import message as as_sent
from revops.slack.outcomes import headline, is_over, seen_by
from revops.slack.sending import already_posted, connection

CLAIM = timedelta(seconds=90)
# In what a card's sending answered: that the card says who has seen it.
SAYS_SEEN = "says_seen"
OUTDATED = Q(lead__seq__gt=F("shows")) | Q(event__alert__seen_by__isnull=False) & ~Q(answer__has_key=SAYS_SEEN)
GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
log = structlog.get_logger(__name__)


def refresh(*, at: datetime, limit: int) -> int:
    """Bring up to `limit` cards up to date. Returns how many were taken."""
    if not settings.SLACK_BOT_TOKEN or health.closed_until(at=at) is not None or health.on_trial():
        return 0
    taken = _claim(at=at, limit=limit)
    for card in taken:
        if health.closed_until(at=at) is not None:
            break
        _bring_up_to_date(card, at=at)
    return len(taken)


def _claim(*, at: datetime, limit: int) -> list[Delivery]:
    with transaction.atomic():
        rows = Delivery.objects.filter(OUTDATED, shows__isnull=False, next_try_at__lte=at)
        # What has just been decided is what people are looking at.
        free = rows.filter(free_to_claim(at=at)).order_by("-lead__entered_at", "pk")
        locked = free.select_for_update(skip_locked=True, no_key=True, of=("self",))
        ids = list(locked.values_list("pk", flat=True)[:limit])
        Delivery.objects.filter(pk__in=ids).update(claimed_until=at + CLAIM)
    return list(_with_leads(Delivery.objects.filter(pk__in=ids)))


def _with_leads(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return rows.select_related(*TOLD).order_by("pk")


def _bring_up_to_date(card: Delivery, *, at: datetime) -> None:
    """What it shows then is what it was built of: what happens while Slack is called makes it outdated again."""
    message = _message_of(card)
    seen = seen_by(message)
    shows = {row.pk: None if is_over(row) or row.shows is None else row.lead.seq for row in message}
    posted = None
    try:
        posted = _say(card, *_now(message, seen, at=at))
    except VendorError as error:
        health.failed(error, at=at)
        if not error.permanent or health.is_shut(error):
            Delivery.objects.filter(pk=card.pk).update(claimed_until=None, next_try_at=at + timedelta(minutes=1))
            return
        log.warning("slack_card_left", delivery=card.pk, error=str(error))
    for row in message:
        answer = row.answer | (vars(posted) if posted else {}) | ({SAYS_SEEN: True} if row.event_id in seen else {})
        Delivery.objects.filter(pk=row.pk).update(shows=shows[row.pk], claimed_until=None, answer=answer)


def _message_of(card: Delivery) -> list[Delivery]:
    """The deliveries that the card's message told of: it alone, or those of a digest."""
    head = card.told_with_id or card.pk
    told = Delivery.objects.filter(Q(pk=head) | Q(told_with=head), status=Delivery.Status.SENT)
    return [row for row in _with_leads(told) if row.answer.get("ts") == card.answer.get("ts")] or [card]


def _now(message: Sequence[Delivery], seen: Mapping[int, str], *, at: datetime) -> Message:
    discreet = reps_read(message)
    if len(message) > 1:
        return digest.message(message, at=at, discreet=discreet)
    [card] = message
    if is_over(card) or card.kind == "slack.reminder":
        return cards.decided_card(card_of(card, discreet=discreet), headline(card, discreet=discreet))
    if by := seen.get(card.event_id):
        return cards.seen_card(as_sent(card, at=at, discreet=discreet), by=by)
    return cards.assigned_card(lead_card(card.lead, reader=card.rep_id), title="Overdue")


def _say(card: Delivery, text: str, blocks: list[cards.Block]) -> Posted:
    """Where it stands now: somewhere else, if somebody deleted it."""
    slack, channel = connection(), card.answer["channel"]
    try:
        return slack.update_message(channel=channel, ts=card.answer["ts"], text=text, blocks=blocks)
    except VendorError as error:
        if error.code not in GONE:
            raise
        mark = f"{card.dedupe_key}/{card.lead.seq}"
        anew = already_posted(slack, channel, {mark}, since=card.done_at or card.send_at).get(mark)
        return anew or slack.post_message(channel=channel, text=text, blocks=blocks, dedupe_id=mark)
