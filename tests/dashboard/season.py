"""A season of a made-up company, told through the lifecycle with a moved clock: data to look at the dashboard with.

`python -m tests.dashboard.season` fills the database of DATABASE_URL (an empty one) up to now; `--copies N` adds N
copies of the season's leads by plain SQL, to measure with.
"""

import argparse
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import override_settings  # noqa: E402

from leads.models import Delivery, Lead, Reason, Rep, Team, Territory, Track  # noqa: E402
from recycle.models import Feature  # noqa: E402
from recycle.seeds import plant  # noqa: E402
from revops import lifecycle  # noqa: E402
from revops.sweep import next_due, sweep  # noqa: E402
from routing.models import Absence, Pool  # noqa: E402
from sla.models import TeamCalendar  # noqa: E402
from tests.world import CLIENT, DAY, HOUR, MINUTE, SECOND, World, person  # noqa: E402

FIRST = [
    "Amara",
    "Bjorn",
    "Chen",
    "Dalia",
    "Emeka",
    "Freya",
    "Goran",
    "Hana",
    "Imran",
    "Joana",
    "Kofi",
    "Lena",
    "Mateo",
    "Noor",
    "Olga",
    "Pavel",
    "Quinn",
    "Rosa",
    "Sven",
    "Tomas",
]
LAST = [
    "Adeyemi",
    "Berg",
    "Costa",
    "Dietrich",
    "Eriksen",
    "Fontaine",
    "Garcia",
    "Hassan",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Novak",
]
COMPANY = [
    "Alder",
    "Beacon",
    "Cobalt",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Harbor",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lumen",
    "Meridian",
    "Nimbus",
    "Orchard",
]
KIND = ["Analytics", "Foods", "Freight", "Health", "Labs", "Logistics", "Media", "Robotics", "Software", "Textiles"]
SOURCES = ("Website", "Webinar", "Trade fair", "Partner", "Paid search", "Content")


@dataclass
class Habit:
    """How a rep works: how likely each is, and how long they take in minutes."""

    accepts: float = 0.85
    minutes: int = 45
    touches: float = 0.85
    touch_minutes: int = 30
    seen: float = 0.7
    converts: float = 0.25


HABITS = {
    "ada": Habit(0.92, 25, 0.93, 20, 0.85, 0.32),
    "ben": Habit(0.99, 8, 0.32, 50, 0.6, 0.12),
    "cleo": Habit(0.7, 70, 0.75, 45, 0.5, 0.22),
    "finn": Habit(0.88, 40, 0.85, 25, 0.8, 0.27),
    "gita": Habit(0.8, 55, 0.8, 60, 0.35, 0.2),
    "hugo": Habit(0.9, 30, 0.9, 35, 0.75, 0.3),
}


@dataclass
class Season:
    """Steps through the days; `plans` are the verbs that reps will try, each at its time."""

    world: World
    dice: random.Random
    plans: list[tuple[datetime, str, int]] = field(default_factory=list)
    planned: set[int] = field(default_factory=set)
    count: int = 0

    def play(self, since: datetime, until: datetime, *, a_day: int) -> None:
        outage = since + (until - since) * 0.6
        for moment in steps(since, until):
            self.world.now = moment
            if moment.weekday() < 5 and 7 <= moment.hour < 19:
                self.knock(round(a_day / 24 * self.dice.uniform(0.3, 1.7)))
            if not outage < moment < outage + 5 * HOUR:
                self.sweep_until(moment)
            self.act()
            self.plan()

    def sweep_until(self, moment: datetime) -> None:
        """Act on deadlines soon after they pass, as the sweep does: no lapse is noticed late."""
        while (due := next_due()) is not None and due < moment:
            sweep(at=min(due + 90 * SECOND, moment))
            self.plan()
            self.act()

    def knock(self, count: int) -> None:
        rows = [self.form() for _ in range(count)]
        for row in rows:
            if self.dice.random() < 0.04:
                row["email"] = self.dice.choice(self.emails()) or row["email"]
        if rows:
            self.world.capture_all(rows)
        if self.dice.random() < 0.02:
            lifecycle.refuse("no_email", at=self.world.now, by=CLIENT, reference="webinar.csv row 7").save()

    def emails(self) -> list[str]:
        return list(Lead.objects.order_by("-pk").values_list("email", flat=True)[:200]) or [""]

    def form(self) -> dict[str, object]:
        dice = self.dice
        self.count += 1
        first, last, company = dice.choice(FIRST), dice.choice(LAST), f"{dice.choice(COMPANY)} {dice.choice(KIND)}"
        domain = f"{company.replace(' ', '-').lower()}-{self.count % 400}.example"
        return {
            "email": f"{first}.{last}.{self.count}@{domain}".lower(),
            "first_name": first,
            "last_name": last,
            "company": company,
            "country": dice.choice(("NL", "DE", "US", "US", "GB")),
            "source": dice.choice(SOURCES),
            "employee_count": dice.choice((4, 25, 60, 140, 400, 1200, None)),
            "intent_score": dice.choice((None, 30, 55, 70, 90)),
        }

    def plan(self) -> None:
        held = Lead.objects.filter(state__in=("assigned", "overdue", "accepted", "shark_tank"))
        for lead in held.select_related("owner__user").only("owner", "state", "seq", "territory"):
            key = lead.pk * 1000 + lead.seq
            if key not in self.planned:
                self.planned.add(key)
                name = lead.owner.user.username.partition("@")[0] if lead.owner else ""
                self._plan(lead, HABITS.get(name, Habit()))

    def _plan(self, lead: Lead, habit: Habit) -> None:
        dice, now = self.dice, self.world.now
        soon = now + dice.expovariate(1 / habit.minutes) * MINUTE
        if lead.state in ("assigned", "overdue"):
            if dice.random() < habit.accepts:
                self.plans.append((soon, "accept", lead.pk))
            elif dice.random() < 0.4:
                self.plans.append((soon, "recycle", lead.pk))
        elif lead.state == "accepted":
            if dice.random() < habit.touches:
                verb = "seen" if dice.random() < habit.seen else "touch"
                self.plans.append((now + dice.expovariate(1 / habit.touch_minutes) * MINUTE, verb, lead.pk))
            later = now + dice.uniform(1, 12) * DAY
            self.plans.append((later, "convert" if dice.random() < habit.converts else "recycle", lead.pk))
        elif lead.state == "shark_tank" and dice.random() < 0.7:
            self.plans.append((now + dice.expovariate(1 / 40) * MINUTE, "claim", lead.pk))

    def act(self) -> None:
        due = sorted(plan for plan in self.plans if plan[0] <= self.world.now)
        self.plans = [plan for plan in self.plans if plan[0] > self.world.now]
        for at, verb, lead_id in due:
            try:
                self.do(verb, lead_id, at)
            except (lifecycle.Refused, lifecycle.BadAnswer):
                continue

    def do(self, verb: str, lead_id: int, at: datetime) -> None:
        lead = Lead.objects.select_related("owner", "territory").get(pk=lead_id)
        if verb == "claim" and lead.territory:
            rep = self.dice.choice(list(Rep.objects.taking_leads().filter(team=lead.territory.team_id)))
            lifecycle.claim(lead_id, at=max(at, lead.entered_at), by=self.world.actor(rep))
            return
        if lead.owner is None:
            return
        by, at = self.world.actor(lead.owner), max(at, lead.entered_at)
        if verb == "accept":
            lifecycle.accept(lead_id, at=at, by=by)
        elif verb in ("seen", "touch"):
            lifecycle.touch(lead_id, kind="call", seen=verb == "seen", at=at, by=by)
        elif verb == "convert":
            named = f"006-{lead_id}" if self.dice.random() < 0.8 else ""
            lifecycle.convert(lead_id, opportunity=named, at=at, by=by)
        else:
            lifecycle.recycle(lead_id, self.answers(), at=at, by=by)

    def answers(self) -> dict[str, object]:
        reason = self.dice.choices(
            ("timing", "budget", "feature_gap", "not_icp", "wrong_territory", "bad_data"), (35, 22, 14, 14, 5, 10)
        )[0]
        asked = {
            "feature_gap": {"feature": "sso"},
            "wrong_territory": {"field": "country"},
            "bad_data": {"field": "phone"},
        }
        return {"reason": reason, **asked.get(reason, {})}


def steps(since: datetime, until: datetime) -> Iterator[datetime]:
    moment = since
    while moment < until:
        yield moment
        busy = moment.weekday() < 5 and 7 <= moment.hour < 19
        moment += 30 * MINUTE if busy else 3 * HOUR
    yield until


def company(now: datetime) -> World:
    """The world of the tests, and a second team."""
    plant(Track, Reason)
    world = World.make()
    Feature.objects.get_or_create(key="sso", defaults={"name": "Single sign-on"})
    team = Team.objects.create(name="Enterprise", slack_channel="C-ENT")
    for name in ("finn", "gita", "hugo"):
        person(f"{name}@airtight.test", team)
    team.manager = person("ines@airtight.test", team, takes=False)
    team.deputy, team.active = world.deputy, True
    team.save()
    TeamCalendar.objects.create(team=team, calendar=world.calendar)
    territory = Territory.objects.create(name="United States", team=team)
    us = {"all": [{"field": "country", "op": "is", "value": "US", "unknown": "fail"}]}
    Pool.objects.create(territory=territory, position=10, criteria=us)
    world.now = now
    return world


def troubles(world: World) -> None:
    """What RevOps must see: a lead put aside, a delivery that failed, somebody on leave."""
    lead = Lead.objects.filter(state="nurture").order_by("pk").first()
    Lead.objects.filter(pk=lead.pk).update(retry_at=world.now + HOUR, error="OperationalError: timeout", error_count=2)
    rows = Delivery.objects.order_by("-pk").values_list("pk", flat=True)[:3]
    Delivery.objects.filter(pk__in=list(rows)).update(status="dead", done_at=world.now, error="channel_not_found")
    Absence.objects.create(
        rep=Rep.objects.get(user__username="gita@airtight.test"),
        starts_at=world.now - 5 * HOUR,
        ends_at=world.now + DAY,
    )


TABLES = {
    "leads_lead": ("id", "previous_id", "merged_into_id"),
    "leads_leadevent": ("id", "lead_id"),
    "leads_assignment": ("id", "lead_id"),
    "leads_arrival": ("id", "lead_id"),
    "leads_delivery": ("id", "lead_id", "event_id"),
    "routing_decision": ("id", "lead_id", "event_id"),
    "sla_breach": ("id", "lead_id", "assignment_id", "event_id"),
    "recycle_enrolment": ("id", "lead_id", "event_id"),
    "recycle_dispute": ("id", "lead_id", "event_id"),
}
STEP = 10_000_000


def copy(copies: int) -> None:
    """Copies of all leads with everything that hangs on them, the law switched off for this session meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, moved in TABLES.items():
            cursor.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
                [table],
            )
            columns = [name for (name,) in cursor.fetchall()]
            values = [
                f"{name} + n * {STEP}"
                if name in moved
                else f"n || '-' || {name}"
                if name in ("person_key", "email", "dedupe_key")
                else name
                for name in columns
            ]
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
                f" FROM {table}, generate_series(1, {copies}) n WHERE id < {STEP}"
            )
            cursor.execute(f"ANALYZE {table}")
        cursor.execute(
            "UPDATE leads_rep r SET open_leads = (SELECT count(*) FROM leads_assignment a WHERE a.open_rep = r.id)"
        )
        cursor.execute("SET session_replication_role = origin")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=91)
    parser.add_argument("--a-day", type=int, default=16)
    parser.add_argument("--until", default="", help="an ISO time with its zone; else now")
    parser.add_argument("--copies", type=int, default=0)
    options = parser.parse_args()
    if options.copies:
        copy(options.copies)
        return
    until = datetime.fromisoformat(options.until) if options.until else datetime.now(UTC)
    since = datetime.combine(until - timedelta(days=options.days), time(6), UTC)
    with override_settings(
        AIRTIGHT_LAST_RESORT="rita@airtight.test", PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]
    ):
        world = company(since)
        Season(world, random.Random(7)).play(since, until, a_day=options.a_day)
        troubles(world)
    sys.stdout.write(f"{Lead.objects.count()} leads\n")


if __name__ == "__main__":
    main()
