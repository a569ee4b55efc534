"""Sends a delivery to Slack while it holds, alone or with what waited with it; by mail where Slack is no way."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from leads.models import Conversation, Delivery
from revops.delivery_claims import TOLD
from revops.integrations import slack_webhook
from revops.integrations.errors import VendorError
from revops.integrations.slack import Posted, SlackConnection
from revops.integrations.slack_digest import MOST_LINES
from revops.slack import audience, by_mail, conversations, digest, health
from revops.slack.messages import MESSAGES, message, messages, page_of
from revops.slack.still import read_anew, seqs_when_told, those_that_hold

CARDS_WITH_BUTTONS = (
    "slack.assigned",
    "slack.reminder",
    "slack.pool",
    "slack.overdue",
    "slack.untouched",
    "slack.pool_unclaimed",
    "slack.passed_on",
)
# In the answer of what an earlier try had posted, whose own answer was lost.
FOUND = "found"


class Waits(VendorError):
    """Nothing is wrong with this delivery: it waits `until` its conversation, or Slack itself, can be reached. `asked`
    says that Slack was asked all the same, and may have posted it."""

    def __init__(self, why: str, *, until: datetime, asked: bool = False) -> None:
        super().__init__(why, permanent=False)
        self.until, self.asked = until, asked


def connection() -> SlackConnection:
    return SlackConnection(settings.SLACK_BASE_URL, settings.SLACK_BOT_TOKEN, settings.SLACK_TIMEOUT)


def send(delivery: Delivery, at: datetime) -> dict[str, Any] | None:
    """Send one delivery, and those told with it; where it went, or None when none of it holds. Raises VendorError."""
    if delivery.kind not in MESSAGES:  # of an older version: cards are brought up to date without being told to
        return None
    rows = [delivery, *_told_with(delivery)]
    read_anew(rows)
    true = those_that_hold(rows, at=at)
    key = conversations.key(delivery)
    moot = [row for row in rows if row not in true]
    shown = [row for row in moot if row.attempts > 1] if key and not conversations.has_webhook() else []
    _drop([row for row in moot if row not in (delivery, *shown)], at=at)
    if not (true or shown) or (delivery.team is None and delivery.rep is None):
        return None
    answer = _in_slack(delivery, true, shown, key, at=at) if key else _by_mail(true, at=at)
    _sent([row for row in true if row.told_with_id == delivery.pk], answer, at=at)
    _drop([row for row in shown if row != delivery], at=at)  # but those found in Slack, which are sent by now
    if delivery in true or FOUND in answer:
        return answer
    return {**answer, "left_out": True} if true else None


def works_again(delivery: Delivery, answer: dict[str, Any], *, at: datetime) -> bool:
    """Whether Slack took this message, and it or this conversation had been out of reach until now."""
    if "ts" not in answer and "posted_by" not in answer:
        return False
    back = health.answered(at=at)
    return health.reached(conversations.key(delivery)) or back


def _told_with(delivery: Delivery) -> list[Delivery]:
    rows = delivery.tells.filter(status=Delivery.Status.PENDING).order_by("send_at", "pk")
    return list(rows.select_related(*TOLD))


def _drop(rows: Sequence[Delivery], *, at: datetime) -> None:
    moot = Delivery.objects.filter(pk__in=[row.pk for row in rows], status=Delivery.Status.PENDING)
    moot.update(status=Delivery.Status.DROPPED, done_at=at, claimed_until=None)


def _sent(rows: Sequence[Delivery], answer: dict[str, Any], *, at: datetime) -> None:
    for row in rows:
        pending = Delivery.objects.filter(pk=row.pk, status=Delivery.Status.PENDING)
        pending.update(status=Delivery.Status.SENT, done_at=at, claimed_until=None, answer=answer, shows=row.shows)


def _may_be_reached(*, at: datetime) -> None:
    """Raises Waits while Slack is left alone."""
    if (until := health.closed_until(at=at)) is not None:
        raise Waits("Slack is left alone until then.", until=until)
    if not health.takes_the_trial(at=at):
        raise Waits("Another message is trying whether Slack answers again.", until=at + health.TRIAL)


def _in_slack(
    delivery: Delivery, true: Sequence[Delivery], shown: Sequence[Delivery], key: str, *, at: datetime
) -> dict[str, Any]:
    """Where it was posted, or found; nothing where there was nothing to post. `shown` holds no longer, but a try whose
    answer was lost may have posted it. Raises VendorError."""
    blocked = Conversation.objects.filter(key=key, blocked_until__gt=at).first()
    if blocked is not None and blocked.blocked_until is not None:
        why = VendorError(blocked.error, permanent=True, configuration=True)
        return _otherwise(true, why, until=blocked.blocked_until, at=at)
    _may_be_reached(at=at)
    try:
        return _post(delivery, true, shown, at=at)
    except VendorError as error:
        _is_its_own(error, at=at)
        # A member found on the way has another key than the address they were looked for by.
        until = health.block(conversations.key(delivery), error, at=at) if error.configuration else None
        return _otherwise(true, error, until=until, at=at)


def _is_its_own(error: VendorError, *, at: datetime) -> None:
    """Slack refused this call alone, for good. Raises Waits where it is left alone now, else an error that passes."""
    if health.failed(error, at=at):
        if (until := health.closed_until(at=at)) is not None:
            raise Waits(str(error), until=until, asked=True) from error
        raise error
    if not error.permanent:
        raise error
    health.gives_back_the_trial(at=at)


def _post(delivery: Delivery, true: Sequence[Delivery], shown: Sequence[Delivery], *, at: datetime) -> dict[str, Any]:
    if conversations.has_webhook():
        return _by_webhook(true, at=at)
    slack = connection()
    channel = conversations.channel(delivery, slack)
    tried = [row for row in (*true, *shown) if row.attempts > 1]
    _note_what_is_shown(tried, seqs_when_told(tried))
    discreet = audience.reps_read([*true, *shown])
    told_so: dict[str, Any] = {audience.DISCREET: True} if discreet else {}
    found = {mark: {**vars(posted), **told_so} for mark, posted in _found(delivery, tried, slack, channel)}
    mine, rest = _tried_before(delivery, true, shown, found, at=at)
    if mine is not None:
        return {**mine, FOUND: True}
    if not rest:
        health.gives_back_the_trial(at=at)
        return {}
    _note_what_is_shown(rest, {row.pk: row.lead.seq for row in rest})
    one_by_one = len(rest) == 1
    say = message(rest[0], at=at, discreet=discreet) if one_by_one else digest.message(rest, at=at, discreet=discreet)
    mark = _digest_mark(delivery) if delivery.tells.exists() else delivery.dedupe_key
    posted = slack.post_message(channel=channel, text=say[0], blocks=say[1], dedupe_id=mark)
    audience.learn(conversations.key(delivery), posted.channel)
    return {**vars(posted), **told_so}


def _note_what_is_shown(rows: Sequence[Delivery], seqs: Mapping[int, int]) -> None:
    """The lead's seq that each card shows: posted now as it is, posted before as it was at its event."""
    for row in rows:
        row.shows = seqs[row.pk] if row.kind in CARDS_WITH_BUTTONS else None


def _digest_mark(delivery: Delivery) -> str:
    return f"{delivery.dedupe_key}/digest"


def _found(
    delivery: Delivery, tried: Sequence[Delivery], slack: SlackConnection, channel: str
) -> Iterable[tuple[str, Posted]]:
    """Where earlier tries have posted these, by their marks: by themselves, or together with this delivery."""
    if not tried:
        return ()
    marks = {row.dedupe_key for row in tried} | {_digest_mark(delivery)}
    return already_posted(slack, channel, marks, since=min(row.send_at for row in tried)).items()


def _tried_before(
    delivery: Delivery,
    true: Sequence[Delivery],
    shown: Sequence[Delivery],
    found: Mapping[str, dict[str, Any]],
    *,
    at: datetime,
) -> tuple[dict[str, Any] | None, list[Delivery]]:
    """Where an earlier try has posted this delivery, and what is still to be posted with it.

    Each may have been posted by itself before it was told with others. What joined after that try is let go; what holds
    no longer and is found is sent by now, so that its card is brought up to date.
    """
    together = found.get(_digest_mark(delivery))
    alone = [row for row in (*true, *shown) if row != delivery and row.dedupe_key in found]
    for row in alone:
        _sent([row], found[row.dedupe_key], at=at)
    if together is not None:
        _sent([row for row in shown if row != delivery and row not in alone], together, at=at)
    rest = [row for row in true if row not in alone]
    mine = together or found.get(delivery.dedupe_key)
    if mine is not None:
        _let_go([row for row in rest if row != delivery and (together is None or row.attempts <= 1)])
    return mine, rest


def _by_webhook(rows: Sequence[Delivery], *, at: datetime) -> dict[str, Any]:
    """As plain text with links: nothing comes back by which a card could be changed later."""
    told = messages(rows[:MOST_LINES], at=at, discreet=audience.reps_read(rows))
    lines = [f"{text} <{page_of(row.lead)}|Open the lead>" for row, (text, _blocks) in zip(rows, told, strict=False)]
    more = [f"and {len(rows) - MOST_LINES} more"] if len(rows) > MOST_LINES else []
    slack_webhook.post(settings.SLACK_WEBHOOK_URL, text="\n".join([*lines, *more]), seconds=settings.SLACK_TIMEOUT)
    return {"posted_by": "webhook"}


def already_posted(slack: SlackConnection, channel: str, marks: Set[str], *, since: datetime) -> dict[str, Posted]:
    """The messages of tries whose answer was lost, or whose worker was killed. None where we may not look."""
    try:
        return slack.find_each(channel=channel, dedupe_ids=marks, oldest=since)
    except VendorError as error:
        if not error.permanent or health.is_shut(error):
            raise
        return {}


def _otherwise(rows: Sequence[Delivery], error: VendorError, *, until: datetime | None, at: datetime) -> dict[str, Any]:
    """By mail, where Slack will not take it; where there is no mail either it waits for what an admin can mend."""
    if not rows:
        return {}
    try:
        return {**_by_mail(rows, at=at), "because": str(error)}
    except VendorError:
        if until is None:
            raise error from None
        raise Waits(str(error), until=max(until, at + timedelta(seconds=1))) from None


def _by_mail(rows: Sequence[Delivery], *, at: datetime) -> dict[str, Any]:
    """To the reader of the first. Who shares a channel shares no mailbox: another's go out by themselves after it."""
    reader, *others = (reader.email for reader in by_mail.readers(rows))
    alike = [rows[0], *(row for row, other in zip(rows[1:], others, strict=True) if other == reader)]
    _let_go([row for row in rows if row not in alike])
    return by_mail.send_all(alike, at=at)


def _let_go(rows: Sequence[Delivery]) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(told_with=None)
    for row in rows:
        row.told_with = None
