"""The demo's company: its people, its rules, and the accounts it knows. Loading it again changes nothing."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from leads.intake.companies import normal_name
from leads.models import Account, AccountDomain, Opportunity, Rep, Team, Territory
from recycle.models import Feature
from revops.demo.accounts import DIRECTORY, TO_BYPASS
from revops.groups import API_CLIENT, REVOPS
from routing.models import Absence, IcpProfile, Pool, SignalKind, Source
from sla.models import Calendar, Policy, TeamCalendar, WeeklyHours

PASSWORD = "airtight-demo"  # noqa: S105  (a demo on one's own machine; it prints this itself)
LAST_RESORT = "rita@demo.airtight.example"
MANAGER = "maya@demo.airtight.example"
REP = "ines@demo.airtight.example"
CLIENT = "website@demo.airtight.example"


@dataclass(frozen=True)
class Desk:
    """A team of the demo: who answers for it, who sells, and when it is open (None: always)."""

    name: str
    manager: str
    deputy: str
    reps: tuple[str, ...]
    zone: str | None = None


DESKS = (
    Desk("Mid-market", "Maya Lindqvist", "Omar Haddad", ("Ines Duarte", "Tom Becker", "Priya Nair", "Luca Ferri")),
    Desk("Enterprise", "Grace Adeyemi", "Paul Novak", ("Hanna Weiss", "Diego Ramos", "Amara Okafor")),
    Desk("EMEA office hours", "Sofie Janssen", "Erik Dahl", ("Noor Visser", "Jonas Keller"), zone="Europe/Amsterdam"),
    Desk("APAC", "Kenji Mori", "Mei Tan", ("Aiko Sato", "Raj Iyer")),
)
TERRITORIES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Enterprise, anywhere", "Enterprise", {"field": "employee_count", "op": "at_least", "value": 1000}),
    (
        "Benelux & DACH",
        "EMEA office hours",
        {"field": "country", "op": "in", "value": ["NL", "BE", "LU", "DE", "AT", "CH"]},
    ),
    ("Asia-Pacific", "APAC", {"field": "country", "op": "in", "value": ["JP", "SG", "AU", "IN"]}),
    ("North America", "Mid-market", {"field": "country", "op": "in", "value": ["US", "CA", "MX"]}),
)
ICP = {
    "all": [
        {"field": "employee_count", "op": "at_least", "value": 20, "unknown": "pass"},
        {"field": "industry", "op": "not_in", "value": ["Education", "Government"], "unknown": "pass"},
        {"none": [{"field": "job_title", "op": "in", "value": ["Student"], "unknown": "fail"}]},
    ]
}
SOURCES = (
    ("webinar", 10, False),
    ("organic_search", 5, False),
    ("paid_search", 10, False),
    ("demo_request", 30, True),
    ("watch_me", 30, True),
)
# Kind, points each, half-life in days, the most that all of it count together.
SIGNALS: tuple[tuple[str, int, float | None, int | None], ...] = (
    ("pricing_visit", 15, 14, 30),
    ("page_view", 2, 7, 10),
    ("docs_read", 5, 21, 15),
    ("webinar_attended", 20, 30, None),
    ("trial_started", 40, 45, None),
    ("unsubscribed", -30, None, None),
)
FEATURES = (("sso", "Single sign-on (SAML)"), ("audit-log", "Audit log export"), ("eu-hosting", "Hosting in the EU"))


def load(*, at: datetime) -> None:
    """Make the company where it is missing."""
    calendars = _calendars()
    for desk in DESKS:
        _desk(desk, calendars)
    _outsiders()
    _rules()
    _accounts(at)
    _offsite(at)


def email_of(name: str) -> str:
    return f"{name.split()[0].lower()}@demo.airtight.example"


def rep(name_or_email: str) -> Rep:
    email = name_or_email if "@" in name_or_email else email_of(name_or_email)
    return Rep.objects.select_related("user", "team").get(user__email=email)


def _calendars() -> dict[str | None, Calendar]:
    always, _new = Calendar.objects.get_or_create(name="Always open", defaults={"always_open": True})
    office, new = Calendar.objects.get_or_create(
        name="Amsterdam, Mon–Fri 9–18", defaults={"timezone": "Europe/Amsterdam"}
    )
    if new:
        WeeklyHours.objects.bulk_create(
            WeeklyHours(calendar=office, weekday=day, opens=time(9), closes=time(18)) for day in range(5)
        )
    return {None: always, "Europe/Amsterdam": office}


def _user(name: str, **extra: Any) -> User:
    first, _, last = name.partition(" ")
    email = email_of(name)
    user, new = User.objects.get_or_create(
        username=email, defaults={"email": email, "first_name": first, "last_name": last, **extra}
    )
    if new:
        user.password = _hash()
        user.save()
    return user


@cache
def _hash() -> str:
    return make_password(PASSWORD)


def _desk(desk: Desk, calendars: dict[str | None, Calendar]) -> None:
    team, _new = Team.objects.get_or_create(name=desk.name)
    people = [(desk.manager, False), (desk.deputy, False), *((name, True) for name in desk.reps)]
    reps = {
        name: Rep.objects.get_or_create(user=_user(name), defaults={"team": team, "takes_routing": takes})[0]
        for name, takes in people
    }
    TeamCalendar.objects.get_or_create(team=team, defaults={"calendar": calendars[desk.zone]})
    if not team.active:
        channel = desk.name.lower().replace(" ", "-")
        team.manager, team.deputy, team.active = reps[desk.manager], reps[desk.deputy], True
        team.slack_channel, team.pool_channel = f"C-{channel}", f"C-{channel}-pool"
        team.save()


def _outsiders() -> None:
    """RevOps, who answers in the end, and the website, which sends leads."""
    rita = _user("Rita Castellanos", is_staff=True)
    rita.groups.add(Group.objects.get_or_create(name=REVOPS)[0])
    Rep.objects.get_or_create(user=rita, defaults={"team": Team.objects.get(name="Mid-market"), "takes_routing": False})
    website, new = User.objects.get_or_create(username=CLIENT, defaults={"email": CLIENT, "first_name": "Website"})
    if new:
        website.set_unusable_password()
        website.save()
    website.groups.add(Group.objects.get_or_create(name=API_CLIENT)[0])


def _rules() -> None:
    IcpProfile.objects.get_or_create(
        name="Mid-market and up", defaults={"criteria": ICP, "intent_bar": 40, "active": not _has_profile()}
    )
    for name, points, hand_raise in SOURCES:
        Source.objects.get_or_create(name=name, defaults={"base_points": points, "hand_raise": hand_raise})
    for name, points, half_life, cap in SIGNALS:
        counts = {"points": points, "half_life_days": half_life, "cap": cap}
        SignalKind.objects.get_or_create(name=name, defaults=counts)
    for position, (name, team, criteria) in enumerate(TERRITORIES):
        _territory(name, team, position=position, criteria={"all": [criteria]})
    if not Pool.objects.filter(is_fallback=True).exists():
        _territory("Rest of the world", "Mid-market", is_fallback=True)
    for key, name in FEATURES:
        Feature.objects.get_or_create(key=key, defaults={"name": name})
    _policies()


def _has_profile() -> bool:
    return IcpProfile.objects.filter(active=True).exists()


def _territory(name: str, team: str, **pool: Any) -> None:
    territory, _new = Territory.objects.get_or_create(name=name, defaults={"team": Team.objects.get(name=team)})
    Pool.objects.get_or_create(territory=territory, defaults=pool)


def _policies() -> None:
    if not Policy.objects.filter(territory=None, source="").exists():
        Policy.objects.create(name="Default")
    minutes = {
        "buffer_min": 10,
        "buffer_max": 20,
        "accept_within": 2,
        "release_after": 4,
        "reminders": "50%",
        "touch_within": 2,
        "untouched_after": 4,
        "pool_alert_after": 2,
        "pool_assign_after": 5,
        "cool_down": 60,
    }
    for territory in [None, *Territory.objects.all()]:
        place = territory.name if territory else "any territory"
        Policy.objects.get_or_create(
            territory=territory, source="watch_me", defaults={"name": f"Watch me: minutes ({place})", **minutes}
        )
    asia = Territory.objects.get(name="Asia-Pacific")
    Policy.objects.get_or_create(territory=asia, source="", defaults={"name": "Asia-Pacific", "route_within": 24 * 60})


def _accounts(at: datetime) -> None:
    for name, domain, country, city, people, industry in DIRECTORY:
        if AccountDomain.objects.filter(domain=domain).exists():
            continue
        account = Account.objects.create(
            name=name,
            normal_name=normal_name(name),
            website=f"https://{domain}",
            country=country,
            city=city,
            employee_count=people,
            industry=industry,
            imported_at=at,
        )
        AccountDomain.objects.create(account=account, domain=domain)
    _deal(TO_BYPASS[1], "Lumen Ledger – platform, 60 seats", "Priya Nair", at=at, amount=48_000)
    _deal("brightwater.example", "Brightwater – pilot", "Diego Ramos", at=at, amount=120_000)


def _deal(domain: str, name: str, owner: str, *, at: datetime, amount: int) -> None:
    account = Account.objects.get(domains__domain=domain)
    if account.opportunities.exists():
        return
    account.owner = rep(owner)
    account.save()
    Opportunity.objects.create(
        account=account,
        name=name,
        stage="Proposal",
        owner=rep(owner),
        amount=amount,
        close_date=(at + timedelta(days=30)).date(),
        last_activity_at=at - timedelta(days=2),
    )


def _offsite(at: datetime) -> None:
    """All of APAC is away until tomorrow, so that a lead can be seen waiting in routing."""
    for name in ("Aiko Sato", "Raj Iyer"):
        if not rep(name).absences.filter(ends_at__gt=at).exists():
            Absence.objects.create(
                rep=rep(name),
                starts_at=at - timedelta(hours=6),
                ends_at=at + timedelta(hours=18),
                declared_at=at - timedelta(days=7),
                declared_by=rep("Kenji Mori").user,
            )
