"""The second way out: the same message as mail, where there is no Slack or a team has no channel."""

from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage

from leads.models import Delivery
from revops.integrations.errors import VendorError
from revops.integrations.slack_blocks import LeadCard


def send(delivery: Delivery, card: LeadCard, text: str, *, to: str) -> dict[str, str]:
    """Mail one message; to whom it went. Raises VendorError."""
    if not settings.EMAIL_HOST:
        raise VendorError("Neither a Slack channel nor a mail server (EMAIL_HOST).", permanent=True, configuration=True)
    if not to:
        raise VendorError("There is no address to mail this to.", permanent=True, configuration=True)
    subject = " ".join(text.split())[:120]
    # The id lets a mail server's log be searched for a message whose answer was lost.
    headers = {"X-Airtight-Delivery": delivery.dedupe_key}
    try:
        EmailMessage(subject, f"{text}\n\n{card.url}\n", to=[to], headers=headers).send()
    except SMTPRecipientsRefused:
        raise VendorError("The mail server refused the address.", permanent=True, configuration=True) from None
    except (SMTPException, OSError) as error:
        raise VendorError(f"Mail: {type(error).__name__}", permanent=False) from None
    return {"mailed_to": "team" if delivery.team and to == delivery.team.alert_email else "rep"}
