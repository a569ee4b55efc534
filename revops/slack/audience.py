"""Who reads a channel. Where reps are offered leads, an alert says nowhere whose lapse it is: that is between the rep,
whoever answers for them, and RevOps."""

from collections.abc import Iterable, Sequence

from django.conf import settings

from leads.deliveries import TO_THE_REP
from leads.models import Conversation, Delivery, Team
from revops.slack import conversations

# In what a delivery's sending answered: that it was told so.
DISCREET = "discreet"
WHAT_TO_SET = "Give it a Shark Tank channel of its own, and a manager's channel that reps are not in."


def reps_read(rows: Sequence[Delivery]) -> bool:
    """Whether what these tell together is told where other reps read it, or was posted there. What offers a lead tells
    of nobody's lapse."""
    told = [row for row in rows if row.kind not in TO_THE_REP and row.kind != conversations.POOL]
    if not told or conversations.has_webhook():
        return bool(told)
    where = {channel for row in told for channel in (conversations.shared_channel(row), _posted_in(row))}
    return any(DISCREET in row.answer for row in told) or bool(_known_as(where) & _offered_in())


def _posted_in(row: Delivery) -> str:
    return str(row.answer.get("channel", ""))


def alerted_before_reps() -> list[Team]:
    """The teams whose manager's channel is one where reps are offered leads."""
    offered = _offered_in()
    teams = Team.objects.filter(active=True).exclude(slack_channel="").order_by("name")
    return [team for team in teams if _known_as([team.slack_channel]) & offered]


def told_of(team: Team) -> str:
    return f"Reps are offered leads in {team.slack_channel}, {team}'s channel for alerts: those name no rep there."


def revops_told_before_reps() -> str:
    """That RevOps' own channel is one where reps are offered leads, and what to set; '' where it is not."""
    channel = settings.AIRTIGHT_ADMIN_CHANNEL
    if not _known_as([channel]) & _offered_in():
        return ""
    return (
        f"Reps are offered leads in {channel}, AIRTIGHT_ADMIN_CHANNEL: that nobody answers is told there without a "
        "name. Set it to a channel that reps are not in."
    )


def learn(key: str, channel: str) -> None:
    """Slack has said which channel is meant by what a team calls it."""
    Conversation.objects.filter(key=key, member="").exclude(channel=channel).update(channel=channel)


def spelled(channel: str) -> str:
    """One channel may be typed in several ways."""
    return channel.strip().removeprefix("#").casefold()


def _offered_in() -> set[str]:
    teams = Team.objects.filter(active=True).only("slack_channel", "pool_channel")
    return _known_as(team.shark_tank_channel for team in teams)


def _known_as(channels: Iterable[str]) -> set[str]:
    """The channels as they are spelled, and by their ids as far as Slack has told them."""
    typed = {channel for channel in channels if channel}
    ids = Conversation.objects.filter(key__in=typed, member="").exclude(channel="").values_list("channel", flat=True)
    return {spelled(channel) for channel in (*typed, *ids)} if typed else set()
