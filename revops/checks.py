"""System checks: what a wrong setting would break silently is refused loudly."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from revops import crm
from revops.integrations.addresses import BadAddress, checked_base_url
from revops.integrations.enrichment.providers import PROVIDERS

CRM_ADDRESSES = ("SALESFORCE_BASE_URL", "SALESFORCE_LOGIN_URL", "HUBSPOT_BASE_URL")


@register(Tags.security)
def test_clock_stays_out_of_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.AIRTIGHT_TEST_CLOCK or settings.AIRTIGHT_DEMO or settings.DEBUG:
        return []
    return [
        Error(
            "AIRTIGHT_TEST_CLOCK lets anybody with a shell move every deadline.",
            hint="Unset it; it belongs to a demo (AIRTIGHT_DEMO=1) or DEBUG=1.",
            id="revops.E001",
        )
    ]


@register()
def somebody_answers_in_the_end(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.AIRTIGHT_LAST_RESORT:
        return []
    return [
        Warning(
            "Nobody is named who answers when everybody else has not.",
            hint="Run `manage.py create_revops EMAIL`, which makes that person, and set AIRTIGHT_LAST_RESORT=EMAIL.",
            id="revops.W002",
        )
    ]


@register()
def queue_is_safe(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """django-q2 runs a task twice when `retry` is shorter than it takes, and slows down with each success it keeps."""
    queue: dict[str, Any] = settings.Q_CLUSTER
    wrong = {
        "revops.E003": (queue["timeout"] >= queue["retry"], "Q_CLUSTER timeout must be shorter than retry."),
        "revops.E004": (not queue.get("max_attempts"), "Q_CLUSTER max_attempts must be set: 0 repeats for ever."),
        "revops.E005": (queue.get("orm") != "default", "Q_CLUSTER must use the database as its broker."),
        "revops.E006": (queue.get("ack_failures") is not False, "Q_CLUSTER ack_failures must be False."),
        # After an outage it would queue each run that was missed; the first one does all there is to do.
        "revops.E007": (queue.get("catch_up") is not False, "Q_CLUSTER catch_up must be False."),
    }
    return [Error(text, id=code) for code, (is_wrong, text) in wrong.items() if is_wrong]


@register(deploy=True)
def alerts_have_a_way_out(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.SLACK_BOT_TOKEN or settings.SLACK_WEBHOOK_URL or settings.EMAIL_HOST:
        return []
    return [
        Warning(
            "Neither Slack nor e-mail is connected: overdue leads are shown on the dashboard alone.",
            hint="Set SLACK_BOT_TOKEN, or EMAIL_HOST for mail to each team's alert address.",
            id="revops.W001",
        )
    ]


@register()
def vendors_can_be_called(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An address with a slip in it would otherwise show as a vendor's trouble, lead by lead."""
    wrong: list[CheckMessage] = []
    enrichment = {name for kind in PROVIDERS.values() for name in kind.OPTIONS.values() if name.endswith("_URL")}
    for name in sorted(enrichment | {name for name in CRM_ADDRESSES if getattr(settings, name)}):
        try:
            checked_base_url(getattr(settings, name), private_allowed=settings.AIRTIGHT_PRIVATE_VENDORS)
        except BadAddress as why:
            hint = "AIRTIGHT_PRIVATE_VENDORS=1 allows addresses of a private network."
            wrong.append(Error(f"{name} cannot be called: {why}.", hint=hint, id="revops.E010"))
    return wrong


@register()
def the_crm_has_all_its_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Half a connection would otherwise show as the CRM's trouble, once there is something to write."""
    try:
        crm.configured()
    except ImproperlyConfigured as missing:
        hint = "Or unset SALESFORCE_BASE_URL, and no Salesforce is connected."
        return [Error(f"The CRM cannot be asked. {missing}", hint=hint, id="revops.E011")]
    return []
