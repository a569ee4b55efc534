"""The second way out: the same message as mail, where there is no Slack or a team has no channel."""

from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage

from leads.models import Delivery
from revops.integrations.errors import VendorError
from revops.integrations.slack_blocks import LeadCard


def send(delivery: Delivery, card: LeadCard, text: str, *, to: str) -> dict[str, str]:
    """Mail one message; to whom it went. Raises VendorError."""
    mail(text, f"{text}\n\n{card.url}\n", to=to, mark=delivery.dedupe_key)
    return {"mailed_to": "team" if delivery.team and to == delivery.team.alert_email else "rep"}


def mail(subject: str, body: str, *, to: str, mark: str, message_id: str = "") -> None:
    """Mail a text. Mails with the same `message_id` are one to their reader. Raises VendorError."""
    if not settings.EMAIL_HOST:
        raise VendorError("Neither a Slack channel nor a mail server (EMAIL_HOST).", permanent=True, configuration=True)
    if not to:
        raise VendorError("There is no address to mail this to.", permanent=True, configuration=True)
    # The mark lets a mail server's log be searched for a message whose answer was lost.
    headers = {"X-Airtight-Delivery": mark} | ({"Message-ID": message_id} if message_id else {})
    try:
        EmailMessage(" ".join(subject.split())[:120], body, to=[to], headers=headers).send()
    except SMTPRecipientsRefused:
        raise VendorError("The mail server refused the address.", permanent=True, configuration=True) from None
    except (SMTPException, OSError) as error:
        raise VendorError(f"Mail: {type(error).__name__}", permanent=False) from None
