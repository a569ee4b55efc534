"""Three weeks of the demo's past and a present with a lead in every state, lived through the lifecycle itself.

The same story each time (a seeded generator), told with times relative to now.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from leads import states
from leads.actor import Actor
from leads.intake.lead_form import clean_lead
from leads.models import Lead, Rep
from revops import alerts, lifecycle
from revops.demo.accounts import ACCOUNTS, TO_BYPASS
from revops.refusals import Refused
from revops.returns import PRICING_VISIT, Signal
from revops.sweep import next_due
from routing.roster import members

WEBSITE = Actor("client", "api")
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIRST = ("Ada", "Noah", "Mira", "Leo", "Zoë", "Omid", "Freya", "Iván", "Yuki", "Sam", "Chloé", "Amir", "Tess", "Bjørn")
LAST = ("Okoye", "Larsen", "Silva", "Novák", "Brandt", "Haddad", "O'Brien", "Tanaka", "Moreau", "Quist", "Abe", "Stone")
TITLES = ("VP Sales", "RevOps Lead", "COO", "Head of Growth", "CTO", "Marketing Manager", "Founder", "Procurement")
MOST_ALERTS = 500
CAMPAIGNS = ("spring-launch", "pipeline-report", "partner-webinar")
REASONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("timing", {}),
    ("budget", {}),
    ("feature_gap", {"feature": "sso"}),
    ("not_icp", {}),
    ("feature_gap", {"feature": "audit-log"}),
    ("wrong_territory", {"field": "country"}),
)


@dataclass(frozen=True)
class Happening:
    """Something somebody does at a time."""

    at: datetime
    act: Callable[[datetime], Any]


def tell(*, now: datetime, leads: int = 90) -> Iterator[int]:
    """Live the past up to `now`; yields the percentage told. Deadlines act in between, as they would have."""
    plan = [*_past(now, leads), *_present(now), *_colleagues(now), Happening(now, lambda at: None)]
    plan.sort(key=lambda happening: happening.at)
    for number, happening in enumerate(plan, start=1):
        _let_time_act(happening.at)
        happening.act(happening.at)
        yield round(100 * number / len(plan))


def _colleagues(now: datetime) -> Iterator[Happening]:
    """Every few hours somebody claims from the Shark Tank, and whoever the ladder ended at decides."""
    for number in range(24 * 21 // 3):
        at = now - 21 * DAY + number * 3 * HOUR
        if at < now - 8 * HOUR:
            yield Happening(at, _claim_some)
            yield Happening(at + HOUR, _decide_as_manager)


def _claim_some(at: datetime) -> None:
    for lead in Lead.objects.filter(state=states.SHARK_TANK).select_related("territory"):
        team = lead.territory.team_id if lead.territory else 0
        for rep in members({team}, at=at)[team]:
            try:
                lifecycle.claim(lead.pk, at=at, by=_by(rep))
            except lifecycle.NotYours:
                continue
            lifecycle.touch(lead.pk, kind="call", at=at, by=_by(rep), seen=True)
            break


def _decide_as_manager(at: datetime) -> None:
    held = Lead.objects.filter(owner__takes_routing=False, state__in=(states.ASSIGNED, states.OVERDUE))
    for lead in held.select_related("owner"):
        if lead.owner is not None:
            lifecycle.recycle(lead.pk, {"reason": "timing"}, at=at, by=_by(lead.owner))


def _let_time_act(at: datetime) -> None:
    """Every deadline up to `at`, each acted on a second after it, as the sweep would have."""
    while (due := next_due()) is not None and due + SECOND <= at:
        lifecycle.act_on_due(at=due + SECOND)
        alerts.pass_on(at=due + SECOND, limit=MOST_ALERTS)
    alerts.pass_on(at=at, limit=MOST_ALERTS)


def _past(now: datetime, leads: int) -> Iterator[Happening]:
    rng = random.Random(20261122)  # noqa: S311
    for number in range(leads):
        came = now - 21 * DAY + number * (20.5 * DAY / leads) + rng.random() * 3 * HOUR
        account = ACCOUNTS[rng.randrange(len(ACCOUNTS))]
        form = _form(number, account, rng)
        key = form["email"].casefold()
        yield Happening(came, partial(_submit, form))
        yield from _handled(key, came, now, rng)


def _handled(key: str, came: datetime, now: datetime, rng: random.Random) -> Iterator[Happening]:
    """What a rep makes of it: most answer in good time, some late, some never."""
    speed = rng.random()
    if speed > 0.9:
        return
    answered = came + 5 * MINUTE + (rng.random() * 100 * MINUTE if speed < 0.75 else (2 + rng.random()) * HOUR)
    fate = rng.random()
    if answered >= now - 6 * HOUR:
        return
    if fate < 0.25:
        reason, answers = REASONS[rng.randrange(len(REASONS))]
        yield Happening(
            answered,
            lambda at: _as_holder(
                key, at, lambda lead, by: lifecycle.recycle(lead.pk, {"reason": reason, **answers}, at=at, by=by)
            ),
        )
        return
    yield Happening(answered, lambda at: _as_holder(key, at, lambda lead, by: _accept(lead, by, at)))
    if rng.random() < 0.85:
        touched = answered + 10 * MINUTE + rng.random() * 70 * MINUTE
        seen = rng.random() < 0.6
        yield Happening(
            touched,
            lambda at: _as_holder(
                key, at, lambda lead, by: lifecycle.touch(lead.pk, kind="call", at=at, by=by, seen=seen)
            ),
        )
    closed = answered + (1 + 8 * rng.random()) * DAY
    if fate > 0.55 and closed < now:
        number = f"006{rng.randrange(10**6):06d}" if rng.random() < 0.8 else ""
        yield Happening(
            closed,
            lambda at: _as_holder(
                key, at, lambda lead, by: lifecycle.convert(lead.pk, at=at, by=by, opportunity=number)
            ),
        )


def _form(number: int, account: tuple[Any, ...], rng: random.Random) -> dict[str, Any]:
    name, domain, country, city, *_rest = account
    first, last = FIRST[number % len(FIRST)], LAST[(number * 5 + number // 14) % len(LAST)]
    plain = f"{first}.{last}{number}".lower().replace("'", "").encode("ascii", "ignore").decode()
    return {
        "email": f"{plain}@{domain}",
        "first_name": first,
        "last_name": last,
        "company": name,
        "website": f"https://{domain}",
        "country": country,
        "city": city,
        "job_title": rng.choice(TITLES),
        "source": rng.choice(("webinar", "organic_search", "paid_search", "demo_request")),
        "campaign": rng.choice(CAMPAIGNS),
        "intent_score": rng.randrange(15, 90),
    }


def _submit(form: dict[str, Any], at: datetime) -> Lead:
    clean = clean_lead({"occurred_at": at.isoformat(), **form}, received_at=at)
    [answer] = lifecycle.capture([lifecycle.Knock(clean)], at=at, by=WEBSITE)
    return Lead.objects.get(pk=answer.lead_id or 0)


def _as_holder(key: str, at: datetime, act: Callable[[Lead, Actor], Any]) -> None:
    """As whoever holds the person's lead at that time, if anybody does and may."""
    lead = Lead.objects.select_related("owner").filter(person_key=key).order_by("-captured_at").first()
    if lead is None or lead.owner is None:
        return
    try:
        act(lead, _by(lead.owner))
    except Refused:
        return


def _by(rep: Rep) -> Actor:
    return Actor("rep", "page", user_id=rep.user_id, rep_id=rep.pk)


def _accept(lead: Lead, by: Actor, at: datetime) -> None:
    if lead.state in (states.ASSIGNED, states.OVERDUE):
        lifecycle.accept(lead.pk, at=at, by=by)


def _present(now: datetime) -> Iterator[Happening]:
    """One lead at least in each state, each with some of its window left."""
    rng = random.Random(7)  # noqa: S311
    us = [account for account in ACCOUNTS if account[2] in ("US", "CA", "MX") and 20 <= account[4] < 1000]
    us = [account for account in us if account is not TO_BYPASS]

    def came(number: int, ago: timedelta, account: tuple[Any, ...] | None = None) -> Happening:
        form = {**_form(500 + number, account or us[number % len(us)], rng), "intent_score": 70}
        return Happening(now - ago, partial(_submit, form))

    for number in range(3):  # lapsed twice, in the Shark Tank by now and for most of an hour
        yield came(number, 4 * HOUR + (30 - 9 * number) * MINUTE)
    for number in range(2):  # overdue
        yield came(10 + number, 3 * HOUR - 17 * number * MINUTE)
    yield came(15, 100 * MINUTE)
    untouched = _form(515, us[15 % len(us)], random.Random(7))["email"]  # noqa: S311
    yield Happening(now - 75 * MINUTE, lambda at: _as_holder(untouched, at, lambda lead, by: _accept(lead, by, at)))
    for number in range(5):  # with a rep, some time left
        yield came(20 + number, (85 - 17 * number) * MINUTE)
    yield came(30, 20 * MINUTE, TO_BYPASS)  # an open deal's owner has it
    yield came(31, 30 * MINUTE, _at("sakurafreight.example"))  # waits, for all of APAC is away
    for number in range(2):  # still in the buffer
        yield came(40 + number, MINUTE)
    yield Happening(now - 50 * MINUTE, _looks_at_prices)
    yield Happening(now - 12 * MINUTE, _look_around)


def _at(domain: str) -> tuple[Any, ...]:
    return next(account for account in ACCOUNTS if account[1] == domain)


def _looks_at_prices(at: datetime) -> None:
    """Somebody without a budget looks at the prices again."""
    lead = Lead.objects.filter(state=states.NURTURE, reason__code="budget").first()
    if lead is not None:
        visit = Signal(kind=PRICING_VISIT, points=15, occurred_at=at, person_key=lead.person_key)
        lifecycle.signal(visit, at=at, by=WEBSITE)


def _look_around(at: datetime) -> None:
    """What the website tells of some whose leads are with a rep."""
    held = Lead.objects.filter(state=states.ASSIGNED).order_by("pk")[:4]
    for lead, kind in zip(held, ("docs_read", "page_view", "webinar_attended", "trial_started"), strict=False):
        seen = Signal(kind=kind, points=5, occurred_at=at - MINUTE, person_key=lead.person_key)
        lifecycle.signal(seen, at=at, by=WEBSITE)
