"""What a lead does once its route is known, be it handed over or one of before that rules are tried on."""

from datetime import datetime, timedelta
from enum import Enum, auto

from routing.models import Pool
from routing.routes import Route


class NextStep(Enum):
    CLIMB = auto()
    GIVE = auto()
    WAIT_FOR_AN_OPENING = auto()
    WAIT_FOR_SOMEBODY = auto()
    TRY_THE_FALLBACK = auto()
    POOL = auto()


def next_step(found: Route, *, entered_at: datetime, waited: bool, has_fallback: bool) -> NextStep:
    """Where nobody may take it, it waits for an opening that is near enough, else for somebody to come free, then tries
    the fallback, and ends in the Shark Tank. `waited` is whether somebody had their time to come free, which they have
    of a team that is at work, or will be soon enough.

    A team that never works has no hours to wait in, nor a Shark Tank: it goes to a person who answers.
    """
    rule = found.rule
    if rule is None:
        return NextStep.CLIMB
    if found.rep is not None:
        return NextStep.GIVE
    latest = entered_at + timedelta(hours=rule.longest_wait)
    if found.opens is not None and found.opens <= latest:
        return NextStep.WAIT_FOR_AN_OPENING
    if found.opens is None and not waited and found.works and not (found.shut_until and found.shut_until > latest):
        return NextStep.WAIT_FOR_SOMEBODY
    if rule.is_fallback or rule.then == Pool.Then.SHARK_TANK or not has_fallback:
        return NextStep.POOL if found.works else NextStep.CLIMB
    return NextStep.TRY_THE_FALLBACK
