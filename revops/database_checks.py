"""What is written in the database that does not fit together: `manage.py check --database default`."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from revops import clock
from revops.ladder import Ladder
from revops.slack import audience
from sla import fitting
from sla.models import Policy
from sla.terms import TeamHours


@register(Tags.database)
def clocks_can_run(app_configs: Any, databases: Collection[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Policies and calendars as they are written; nothing where no database is named, as Django has it."""
    if not databases:
        return []
    try:
        hours, policies = TeamHours.load(), Policy.objects.select_related("territory").order_by("name")
        shut = fitting.never_open(hours, at=clock.now())
        long = list(fitting.too_long(policies, hours))
    except DatabaseError:  # before its migrations
        return []
    hint = "Its deadlines run by the clock on the wall until it opens: see Calendars in the admin."
    closed = [f"{team}'s calendar has no opening within a year." for team in shut]
    return [
        *(Warning(text, hint=hint, id="revops.W012") for text in closed),
        *(Warning(text, hint="Shorten it, or give the team more hours.", id="revops.W013") for text in long),
    ]


@register(Tags.database)
def last_resort_is_there_and_sees(
    app_configs: Any, databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not databases:
        return []
    ladder, named = Ladder(), settings.AIRTIGHT_LAST_RESORT
    try:
        outside, nobody = ladder.ends_outside_revops, ladder.names_nobody
    except DatabaseError:  # before its migrations
        return []
    hint = f"Run `manage.py create_revops {named}`, or name somebody of RevOps."
    if nobody:
        text = f"AIRTIGHT_LAST_RESORT names {named}, and nobody with that e-mail has a Rep row that is switched on."
        return [Warning(text, hint=hint, id="revops.W016")]
    text = f"AIRTIGHT_LAST_RESORT names {named}, who is not of RevOps and sees few leads."
    return [Warning(text, hint=hint, id="revops.W014")] if outside else []


@register(Tags.database)
def alerts_are_read_by_who_answers(
    app_configs: Any, databases: Collection[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A rep's lapse is told nowhere that other reps read; what to set for the alerts to name them."""
    if not databases or not settings.SLACK_BOT_TOKEN:
        return []
    try:
        shared = [audience.told_of(team) for team in audience.alerted_before_reps()]
        revops = audience.revops_told_before_reps()
    except DatabaseError:  # before its migrations
        return []
    found = [Warning(text, hint=audience.WHAT_TO_SET, id="revops.W015") for text in shared]
    return [*found, Warning(revops, id="revops.W015")] if revops else [*found]
