"""The second way out: the same message as mail, where there is no Slack, a team has no channel, or Slack fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse

from leads.deliveries import TO_THE_REP
from leads.models import Alert, Delivery
from revops.integrations.errors import VendorError
from revops.integrations.slack_text import read_aloud
from revops.ladder import Ladder, NoLastResort
from revops.slack.conversations import REVOPS
from revops.slack.messages import messages, page_of

MOST_LINES = 100
SEEN_IT = "Seen it? Say so, or it is passed on: {url}\n"


def send_all(rows: Sequence[Delivery], *, at: datetime) -> dict[str, Any]:
    """One mail for deliveries to the same person or team; to whom it went. Raises VendorError."""
    first, [reader] = rows[0], readers(rows[:1])
    said = messages(rows[:MOST_LINES], at=at)
    told = [f"{read_aloud(text)}\n{page_of(row.lead)}\n" for row, (text, _blocks) in zip(rows, said, strict=False)]
    told += [SEEN_IT.format(url=f"{settings.AIRTIGHT_URL}{reverse('alerts')}")] if _to_be_seen(rows) else []
    more = [f"and {len(rows) - MOST_LINES} more: {settings.AIRTIGHT_URL}/\n"] if len(rows) > MOST_LINES else []
    subject = told[0].partition("\n")[0] if len(rows) == 1 else f"{len(rows)} alerts: {told[0].partition(chr(10))[0]}"
    mail(subject, "\n".join([*told, *more]), to=reader.email, mark=first.dedupe_key)
    return {"mailed_to": reader.name}


def _to_be_seen(rows: Sequence[Delivery]) -> bool:
    return Alert.objects.filter(event__in=[row.event_id for row in rows], done_at__isnull=True).exists()


@dataclass(frozen=True)
class Reader:
    """Who is mailed, in a word, and where; '' for nowhere."""

    name: str
    email: str


def readers(rows: Sequence[Delivery]) -> list[Reader]:
    """Of each: the rep, or the team for alerts, by its address, else its manager's. That nobody answers is for the last
    resort, who is looked up once, and for the team where they have no address."""
    last_resort = _last_resort() if any(row.kind == REVOPS for row in rows) else None
    return [last_resort if last_resort and row.kind == REVOPS else _reader(row) for row in rows]


def _reader(delivery: Delivery) -> Reader:
    if delivery.kind in TO_THE_REP:
        return Reader("rep", delivery.rep.user.email if delivery.rep else "")
    team = delivery.team
    manager = team.manager if team else None
    return Reader("team", (team.alert_email if team else "") or (manager.user.email if manager else ""))


def _last_resort() -> Reader | None:
    """None where there is none who could be mailed."""
    try:
        email = Ladder().last_resort().user.email
    except NoLastResort:
        return None
    return Reader("last resort", email) if email else None


def _list_id(of: str) -> str:
    """RFC 2919: a list's own name under the host it is of."""
    return f"Airtight {of} <{of}.airtight.{urlsplit(settings.AIRTIGHT_URL).hostname or 'localhost'}>"


def mail(subject: str, body: str, *, to: str, mark: str, of: str = "alerts", message_id: str = "") -> None:
    """Mail a text. `of` is which of our lists it is of, by which readers may sort it. Mails with the same `message_id`
    are one to their reader. Raises VendorError."""
    if not settings.EMAIL_HOST:
        raise VendorError("Neither a Slack channel nor a mail server (EMAIL_HOST).", permanent=True, configuration=True)
    if not to:
        raise VendorError("There is no address to mail this to.", permanent=True, configuration=True)
    # The mark lets a mail server's log be searched for a message whose answer was lost.
    headers = {"X-Airtight-Delivery": mark, "List-Id": _list_id(of), "Auto-Submitted": "auto-generated"}
    if message_id:
        headers["Message-ID"] = message_id
    try:
        EmailMessage(" ".join(subject.split())[:120], body, to=[to], headers=headers).send()
    except SMTPRecipientsRefused:
        raise VendorError("The mail server refused the address.", permanent=True, configuration=True) from None
    except (SMTPException, OSError) as error:
        raise VendorError(f"Mail: {type(error).__name__}", permanent=False) from None
