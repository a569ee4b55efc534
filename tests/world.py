"""A small company for tests: its people, its rules, its clock, and what a story needs to say in one line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.db import connection

from leads.actor import Actor
from leads.intake.lead_form import CleanLead, clean_lead
from leads.models import Account, AccountDomain, Lead, Opportunity, Rep, Team, Territory
from revops import lifecycle
from revops.capture import Knock
from revops.sweep import sweep
from routing.models import IcpProfile, Pool
from sla.models import Calendar, Policy, TeamCalendar, WeeklyHours

# A Monday, ten in the morning, in UTC.
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
CLIENT = Actor("client", "api")


PASSWORD = "correct horse battery"
REPS, OTHERS = ("ada", "ben", "cleo"), ("mona", "dan", "rita")


def person(email: str, team: Team, *, first: str = "", takes: bool = True, **extra: Any) -> Rep:
    name = first or email.partition("@")[0].capitalize()
    user = User.objects.create_user(email, email, PASSWORD, first_name=name)
    return Rep.objects.create(user=user, team=team, takes_routing=takes, **extra)


def cast(team: Team) -> list[Rep]:
    """Everybody of the team at once, for most tests begin with it."""
    known = make_password(PASSWORD)
    users = [
        User(
            username=f"{name}@airtight.test",
            email=f"{name}@airtight.test",
            password=known,
            first_name=name.capitalize(),
            is_staff=name == "rita",
        )
        for name in (*REPS, *OTHERS)
    ]
    User.objects.bulk_create(users)
    takes = [user.username.partition("@")[0] in REPS for user in users]
    return Rep.objects.bulk_create(
        Rep(user=user, team=team, takes_routing=routed) for user, routed in zip(users, takes, strict=True)
    )


@dataclass
class World:
    """`now` is the story's clock: it moves by `pass_time`, which also sweeps."""

    team: Team
    reps: list[Rep]
    manager: Rep
    deputy: Rep
    revops: Rep
    territory: Territory
    policy: Policy
    profile: IcpProfile
    calendar: Calendar
    now: datetime = MONDAY
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def make(cls) -> "World":
        team = Team.objects.create(name="Mid-market", slack_channel="C-MANAGER", pool_channel="C-POOL")
        *reps, manager, deputy, revops = cast(team)
        revops.user.groups.add(Group.objects.get_or_create(name="RevOps")[0])
        team.manager, team.deputy, team.active = manager, deputy, True
        team.save()
        calendar = Calendar.objects.create(name="Office hours", timezone="UTC")
        WeeklyHours.objects.bulk_create(
            WeeklyHours(calendar=calendar, weekday=day, opens=time(9), closes=time(18)) for day in range(5)
        )
        TeamCalendar.objects.create(team=team, calendar=calendar)
        territory = Territory.objects.create(name="Everywhere", team=team)
        Pool.objects.create(territory=territory, is_fallback=True)
        profile = IcpProfile.objects.create(
            name="ICP",
            intent_bar=40,
            criteria={"all": [{"field": "employee_count", "op": "at_least", "value": 10, "unknown": "pass"}]},
        )
        policy, _new = Policy.objects.get_or_create(territory=None, source="", defaults={"name": "Default"})
        return cls(team, reps, manager, deputy, revops, territory, policy, profile, calendar)

    # People as actors

    def actor(self, rep: Rep, door: str = "page") -> Actor:
        return Actor("rep", door, user_id=rep.user_id, rep_id=rep.pk)

    # What happens

    def capture(self, email: str = "jo@acme.test", **fields: Any) -> Lead:
        """A form comes in now; the lead it is on."""
        [answer] = self.capture_all([{"email": email, **fields}])
        return Lead.objects.get(pk=answer.lead_id)

    def capture_all(self, rows: list[Mapping[str, Any]]) -> list[lifecycle.Captured]:
        return lifecycle.capture([Knock(form) for form in self.forms(rows)], at=self.now, by=CLIENT)

    def forms(self, rows: list[Mapping[str, Any]]) -> list[CleanLead]:
        return [clean_lead({"company": "Acme", **row}, received_at=self.now) for row in rows]

    def pass_time(self, by: timedelta) -> int:
        """Let time pass and the sweep act on what fell due meanwhile, at the end of it."""
        self.now += by
        return sweep(at=self.now).count

    def to_state(self, state: str, email: str = "jo@acme.test", **fields: Any) -> Lead:
        """A lead that has come as far as `state` by its own road."""
        lead = self.capture(email, **fields)
        roads = {
            "buffer": [],
            "assigned": [4 * MINUTE],
            "overdue": [4 * MINUTE, 2 * HOUR + MINUTE],
            "shark_tank": [4 * MINUTE, 2 * HOUR + MINUTE, 2 * HOUR],
        }
        for step in roads["assigned" if state == "accepted" else state]:
            self.pass_time(step)
        lead = self.again(lead)
        if state == "accepted":
            lifecycle.accept(lead.pk, at=self.now, by=self.actor(lead.owner))
            lead = self.again(lead)
        assert lead.state == state, f"wanted {state}, is {lead.state}"
        return lead

    def again(self, lead: Lead) -> Lead:
        return Lead.objects.select_related("owner__user", "reason", "territory").get(pk=lead.pk)

    def accept(self, lead: Lead, rep: Rep | None = None) -> Lead:
        lead = self.again(lead)
        lifecycle.accept(lead.pk, at=self.now, by=self.actor(rep or lead.owner))
        return self.again(lead)

    def recycle(self, lead: Lead, reason: str, **answers: Any) -> Lead:
        lead = self.again(lead)
        lifecycle.recycle(lead.pk, {"reason": reason, **answers}, at=self.now, by=self.actor(lead.owner))
        return self.again(lead)

    def account(self, name: str = "Acme", domain: str = "acme.test", **fields: Any) -> Account:
        account = Account.objects.create(name=name, normal_name=name.casefold(), imported_at=self.now, **fields)
        AccountDomain.objects.create(account=account, domain=domain)
        return account

    def deal(self, account: Account, owner: Rep | None, **fields: Any) -> Opportunity:
        values = {"name": "Big deal", "last_activity_at": self.now, **fields}
        return Opportunity.objects.create(account=account, owner=owner, **values)


def check_law() -> None:
    """Deferred constraints speak only at a commit, which a test never reaches: ask them now."""
    connection.check_constraints()
