"""Whether policies and calendars fit each other: windows that no week is long enough for, what is said
in vain, calendars that never open."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from leads import wording
from leads.models import Team
from sla import business_time, reminders
from sla.models import Policy
from sla.terms import TeamHours, Terms

WINDOWS = (
    "route_within",
    "accept_within",
    "release_after",
    "touch_within",
    "claim_touch_within",
    "untouched_after",
    "pool_alert_after",
    "pool_assign_after",
    "acknowledge_within",
)


REMINDED = {"reminders": "accept_within", "touch_reminders": "touch_within"}
NAMES = {field.name: field.verbose_name for field in Policy._meta.concrete_fields}


def too_long(policies: Iterable[Policy], hours: TeamHours) -> Iterator[str]:
    """A sentence for each policy and team whose week is shorter than one of the policy's windows."""
    teams = list(Team.objects.filter(active=True).order_by("name"))
    for policy in policies:
        theirs = policy.territory.team_id if policy.territory else None
        for team in teams:
            if theirs in (None, team.pk) and (told := _longer_than_a_week(policy, team, hours)):
                yield told


def _longer_than_a_week(policy: Policy, team: Team, hours: TeamHours) -> str:
    week = business_time.week(hours.hours(team.pk))
    names = [_label(field) for field in WINDOWS if week < timedelta(minutes=getattr(policy, field))]
    if not week or not names:
        return ""
    verb, worked = "is" if len(names) == 1 else "are", wording.hours(week)
    return f"{policy}: {wording.listed(names)} {verb} longer than the {worked} that {team} works in a week."


def _label(field: str) -> str:
    return f"“{NAMES[field]}”"


def of_no_effect(policy: Policy, every: Iterable[Policy]) -> Iterator[str]:
    """A sentence for each thing that a policy says and nobody will ever notice, `every` policy there is considered."""
    before = Terms.of(every).policy(None, policy.source)
    if policy.territory and (policy.buffer_min, policy.buffer_max) != (before.buffer_min, before.buffer_max):
        yield (
            f"{policy}: its buffer holds for no lead, which has no territory before it is routed. “{before}” has the "
            "buffer of these leads."
        )
    for field, window in REMINDED.items():
        minutes = getattr(policy, window)
        for one in reminders.read(getattr(policy, field)):
            if one.after(timedelta(minutes=minutes)) < reminders.SOONEST:
                yield f"{policy}: the reminder “{one}” never comes, for {_label(window)} is {minutes} min."


def never_open(hours: TeamHours, *, at: datetime) -> list[Team]:
    """The teams switched on whose calendar has no opening within a year."""
    teams = Team.objects.filter(active=True).order_by("name")
    return [team for team in teams if business_time.opening_within_a_year(hours.hours(team.pk), at) is None]
