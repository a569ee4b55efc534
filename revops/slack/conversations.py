"""Which Slack conversation a delivery goes to: told without asking Slack, so that a queue can be kept for each."""

from django.conf import settings
from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Coalesce

from leads.deliveries import TO_THE_REP
from leads.models import Conversation, Delivery
from revops.integrations.errors import VendorError
from revops.integrations.slack import SlackConnection

WEBHOOK = "webhook"
POOL = "slack.pool"
# That nobody answers: RevOps' own, for those whose team it is may be who let it lapse.
REVOPS = "slack.revops"


def key_in_sql() -> Coalesce:
    """`key` as an annotation: '' for what goes to no conversation."""
    if not settings.SLACK_BOT_TOKEN:
        by_webhook = Case(When(Q(kind__in=TO_THE_REP), then=Value("")), default=Value(WEBHOOK if has_webhook() else ""))
        return Coalesce(by_webhook, Value(""), output_field=CharField())
    to_rep, to_pool = Q(kind__in=TO_THE_REP), Q(kind=POOL)
    found = Case(
        When(to_rep & ~Q(rep__slack_user_id=""), then=F("rep__slack_user_id")),
        When(to_rep, then=F("rep__user__email")),
        When(to_pool & ~Q(team__pool_channel=""), then=F("team__pool_channel")),
        *_to_revops(),
        When(kind__startswith="slack.", then=F("team__slack_channel")),
        output_field=CharField(),
    )
    return Coalesce(found, Value(""), output_field=CharField())


def _to_revops() -> list[When]:
    admin = settings.AIRTIGHT_ADMIN_CHANNEL
    return [When(kind=REVOPS, then=Value(admin))] if admin else []


def has_webhook() -> bool:
    """Whether an incoming webhook stands in for the app that is not there."""
    return bool(settings.SLACK_WEBHOOK_URL) and not settings.SLACK_BOT_TOKEN


def key(delivery: Delivery) -> str:
    """The channel as its team names it, or the rep by their member id, else by e-mail; '' for none. Where there is no
    app all that is for teams is the webhook's, and what is for one person has no conversation."""
    if not settings.SLACK_BOT_TOKEN:
        return WEBHOOK if has_webhook() and delivery.kind not in TO_THE_REP else ""
    if delivery.kind in TO_THE_REP:
        rep = delivery.rep
        return (rep.slack_user_id or rep.user.email) if rep else ""
    return shared_channel(delivery)


def shared_channel(delivery: Delivery) -> str:
    """The channel of several readers that it is for, as it is typed; '' for none."""
    if delivery.kind == REVOPS and settings.AIRTIGHT_ADMIN_CHANNEL:
        return str(settings.AIRTIGHT_ADMIN_CHANNEL)
    team = delivery.team
    if team is None:
        return ""
    return team.shark_tank_channel if delivery.kind == POOL else team.slack_channel


def channel(delivery: Delivery, slack: SlackConnection) -> str:
    """Where Slack is to post it. Raises VendorError."""
    if delivery.kind in TO_THE_REP:
        return _direct(delivery, slack)
    found = shared_channel(delivery)
    if not found:
        raise VendorError(
            f"Team {delivery.team} has no Slack channel.", permanent=True, configuration=True, code="channel_not_found"
        )
    return found


def _direct(delivery: Delivery, slack: SlackConnection) -> str:
    """The rep's own conversation with us, asked for once."""
    rep = delivery.rep
    if rep is None:
        raise VendorError("There is no rep to tell this to.", permanent=True, code="channel_not_found")
    if not rep.slack_user_id:
        found = slack.find_user(rep.user.email)
        if found is None:
            raise VendorError(
                f"No Slack member has the e-mail of {rep.name}.",
                permanent=True,
                configuration=True,
                code="users_not_found",
            )
        rep.slack_user_id = found
        rep.save(update_fields=["slack_user_id"])
    known = Conversation.objects.filter(key=rep.slack_user_id, member=rep.slack_user_id).exclude(channel="").first()
    if known is not None:
        return known.channel
    opened = slack.open_direct_message(rep.slack_user_id)
    Conversation.objects.update_or_create(
        key=rep.slack_user_id, defaults={"member": rep.slack_user_id, "channel": opened}
    )
    return opened
