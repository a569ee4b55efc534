"""Companies, rules and leads made up at random: empty, contradictory, and with nobody there among them."""

import random
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from leads.models import Rep, Team, Territory
from routing.models import Absence, IcpProfile, LoadCap, NamedList, Pool, Weight
from routing.models.pools import STRATEGIES, THEN
from sla.models import Calendar, TeamCalendar, WeeklyHours
from tests.world import World, person

COUNTRIES = ["DE", "FR", "NL", "US", ""]
INDUSTRIES = ["software", "retail", "steel", ""]
SIZES = [None, 3, 40, 700, 20_000]
LANGUAGES = ["german", "french", "klingon", ""]
NEVER = {"all": [{"field": "country", "op": "is", "value": "DE"}, {"field": "country", "op": "is", "value": "FR"}]}


def forms(rng: random.Random, count: int, *, tag: str) -> list[dict[str, Any]]:
    """So many forms, each of another person."""
    return [
        {
            "email": f"p{number}@{rng.choice('abcdefgh')}{number % 40}-{tag}.test",
            "company": f"Company {number % 40}",
            "country": rng.choice(COUNTRIES),
            "industry": rng.choice(INDUSTRIES),
            "employee_count": rng.choice(SIZES),
            "hand_raise": rng.random() < 0.2,
            "intent_score": rng.choice([None, 5, 60, 95]),
            "custom": {"language": rng.choice(LANGUAGES)},
        }
        for number in range(count)
    ]


def criteria(rng: random.Random, depth: int = 0) -> dict[str, Any]:
    """Valid criteria: empty, nested, weighted, or such as nothing can meet."""
    chosen = rng.random()
    if depth == 0 and chosen < 0.1:
        return rng.choice([{}, NEVER])
    if depth < 3 and chosen < 0.4:
        group = rng.choice(["all", "any", "none"])
        return {group: [criteria(rng, depth + 1) for _child in range(rng.randint(1, 3))]}
    unknown = rng.choice([{}, {"unknown": "pass"}, {"unknown": "fail"}])
    one = rng.choice(
        [
            {"field": "country", "op": "in", "value": rng.sample(COUNTRIES[:4], 2)},
            {"field": "industry", "op": "is", "value": rng.choice(INDUSTRIES[:3])},
            {"field": "employee_count", "op": "at_least", "value": rng.choice([1, 50, 5000])},
            {"field": "custom.language", "op": "is_not", "value": "german"},
        ]
    )
    return {"all": [one | unknown]} if depth == 0 else one | unknown


def rewrite(world: World, rng: random.Random) -> None:
    """Put other people, rules and caps in the place of those there are."""
    with transaction.atomic():
        Absence.objects.all().delete()
        LoadCap.objects.all().delete()
        Pool.objects.all().update(active=False, is_fallback=False)
        for number in range(rng.randint(0, 4)):
            _territory(world, rng, number)
        Rep.objects.filter(takes_routing=True).update(active=rng.random() < 0.9)
        for rep in Rep.objects.filter(takes_routing=True).order_by("pk"):
            _rep(rep, rng, world.now)
        _profile(world.profile, rng)
        if rng.random() < 0.15:
            Team.objects.exclude(pk=world.team.pk).update(active=False)


def _territory(world: World, rng: random.Random, number: int) -> None:
    team, new = Team.objects.get_or_create(
        name=f"Team {number}", defaults={"manager": world.manager, "deputy": world.deputy, "slack_channel": "C-X"}
    )
    if new:
        for rep in range(rng.randint(0, 3)):
            person(f"t{number}r{rep}@airtight.test", team)
    Team.objects.filter(pk=team.pk).update(active=rng.random() < 0.85)
    TeamCalendar.objects.filter(team=team).delete()
    if rng.random() < 0.6:
        TeamCalendar.objects.create(team=team, calendar=_calendar(rng))
    territory, _new = Territory.objects.get_or_create(name=f"Territory {number}", defaults={"team": team})
    values = {
        "team": team,
        "active": rng.random() < 0.9,
        "position": rng.randint(1, 3),
        "is_fallback": number == 0 and rng.random() < 0.5,
        "criteria": criteria(rng),
        "strategy": rng.choice(STRATEGIES),
        "owner_first": rng.random() < 0.5,
        "skills": rng.choice([[], ["german"], ["klingon"]]),
        "skill_field": rng.choice(["", "custom.language"]),
        "longest_wait": rng.choice([0, 1, 24, 96]),
        "then": rng.choice(THEN),
        "named": NamedList.objects.create(name="n", domains=[f"a{number}-x.test"]) if rng.random() < 0.2 else None,
    }
    pool, _new = Pool.objects.update_or_create(territory=territory, defaults=values)
    Weight.objects.filter(pool=pool).delete()
    for rep in team.reps.all():
        if rng.random() < 0.5:
            Weight.objects.create(pool=pool, rep=rep, weight=rng.randint(1, 100))


def _calendar(rng: random.Random) -> Calendar:
    calendar = Calendar.objects.create(name=f"Calendar {rng.random()}", timezone=rng.choice(["UTC", "Asia/Kolkata"]))
    for day in rng.sample(range(7), rng.randint(0, 3)):
        WeeklyHours.objects.create(calendar=calendar, weekday=day, opens=time(9), closes=time(17))
    return calendar


def _rep(rep: Rep, rng: random.Random, at: datetime) -> None:
    rep.skills = rng.choice([[], ["german"], ["german", "french"]])
    rep.save(update_fields=["skills"])
    if rng.random() < 0.3:
        Absence.objects.create(
            rep=rep, starts_at=at - timedelta(days=1), ends_at=at + timedelta(hours=rng.randint(1, 99))
        )
    if rng.random() < 0.4:
        some: Callable[[], int | None] = lambda: rng.choice([None, 0, 1, 5])  # noqa: E731
        LoadCap.objects.create(rep=rep, per_hour=some(), per_day=some(), per_week=some(), open_leads=some())


def _profile(profile: IcpProfile, rng: random.Random) -> None:
    profile.criteria, profile.intent_bar = criteria(rng), rng.choice([0, 40, 100])
    profile.save()
