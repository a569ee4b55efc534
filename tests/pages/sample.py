"""A working day with leads in every state, for looking at the pages."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

from leads.models import Lead, Rep, Team, Territory
from recycle.models import Feature
from revops import lifecycle
from revops.models import ClockOffset
from revops.returns import Signal
from routing.models import Absence, Pool
from tests.world import DAY, HOUR, MINUTE, World, person

PEOPLE = [
    ("Marta", "Kowalska", "VP Revenue Operations", "Nordlicht Logistik GmbH", "DE", "Hamburg", "Logistics", 420),
    ("Dev", "Raman", "Head of Growth", "Paperboat", "IN", "Bengaluru", "Software", 85),
    ("Inês", "Figueiredo", "Chief Operating Officer", "Mercado do Bolhão Digital", "PT", "Porto", "Retail", 230),
    ("Tom", "Okafor", "Director of Sales", "Lagos Freight Exchange", "NG", "Lagos", "Transportation", 1900),
    ("ليلى", "حداد", "مديرة التسويق", "شركة النخيل للتقنية", "JO", "Amman", "Information Technology", 150),
    ("Hana", "Sato", "Marketing Lead", "Kitsune Robotics 🤖🦊", "JP", "Osaka", "Robotics", 64),
    (
        "Bartholomew",
        "Featherstonehaugh-Cholmondeley",
        "Senior Vice President, Global Go-to-Market Systems and Enablement",
        "The Worshipful Company of Extraordinarily Longnamed Instrument Makers and Allied Trades of Northern Europe",
        "GB",
        "London",
        "Manufacturing",
        12400,
    ),
    ("Sofia", "Lind", "CFO", "Fjällräven Analys AB", "SE", "Umeå", "Professional Services", 38),
    ("Jonas", "Weber", "IT Manager", "Weberwerk", "AT", "Graz", "Machinery", 510),
    ("Amélie", "Durand", "Head of Demand Generation", "Brasserie Nationale", "FR", "Lyon", "Food & Beverage", 75),
    ("Noor", "de Vries", "RevOps Manager", "Tulp & Zoon", "NL", "Utrecht", "Agriculture", 120),
    ("Carlos", "Ibáñez", "Owner", "Ibáñez Hermanos", "ES", "Sevilla", "Construction", 22),
]
SOURCES = ("Demo request", "Webinar", "Content download", "Pricing page")


def people() -> Iterator[dict[str, Any]]:
    """Forms of ever new persons, companies taken in turn."""
    for number, (known, source) in enumerate(zip(cycle(PEOPLE), cycle(SOURCES), strict=False)):
        first, last, title, company, country, city, industry, size = known
        yield {
            "email": f"person{number}@company{number % len(PEOPLE)}.example",
            "first_name": first,
            "last_name": last,
            "job_title": title,
            "company": company,
            "country": country,
            "city": city,
            "industry": industry,
            "employee_count": size,
            "source": source,
            "phone": f"+3120555{number:04d}",
            "intent_score": 45 + number * 7 % 50,
            "hand_raise": source == "Demo request",
        }


class Sample:
    """`world.now` ends in the afternoon of a working day; the site's clock is set to it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = people()
        self.ada, self.ben, self.cleo = world.reps

    def build(self) -> "Sample":
        self._company()
        first = self._arrive(12)
        self._until(10, 40)
        for lead in self._of(self.ada, first)[:1]:
            self._accept(lead, touch="meeting")
        self._lose(first)
        self._until(12, 0)
        second = self._arrive(12)
        self._until(12, 20)
        self._accept(self._of(self.ada, second)[0])
        self._until(13, 20)
        third = self._arrive(12)
        self._until(13, 55)
        self._accept(self._of(self.ada, third)[0])
        self._visit(self._of(self.ada, third)[1])
        self._customer()
        self._until(14, 22)
        self._arrive(2)
        self._set_clock()
        return self

    def _company(self) -> None:
        world = self.world
        world.calendar.timezone = "Europe/Amsterdam"
        world.calendar.save()
        names = [
            (self.ada, "Ada", "Lindqvist"),
            (self.ben, "Ben", "Achterberg"),
            (self.cleo, "Cleo", "Marchetti"),
            (world.manager, "Mona", "Petrov"),
            (world.revops, "Rita", "Vance"),
        ]
        for rep, first, last in names:
            rep.user.first_name, rep.user.last_name = first, last
            rep.user.save()
        territory = Territory.objects.create(name="Europe, mid-market", team=world.team)
        europe = ["DE", "PT", "GB", "SE", "AT", "FR", "NL", "ES"]
        Pool.objects.create(
            territory=territory,
            position=1,
            criteria={
                "all": [
                    {"field": "country", "op": "in", "value": europe},
                    {"field": "employee_count", "op": "at_most", "value": 5000, "unknown": "pass"},
                ]
            },
        )
        world.account(
            "Nordlicht Logistik GmbH",
            "company0.example",
            annual_revenue=64_000_000,
            region="Hamburg",
            tech_stack=["Salesforce", "HubSpot", "SAP"],
        )
        for key, name in (
            ("sso", "Single sign-on with SCIM"),
            ("eu-hosting", "Hosting in the EU"),
            ("offline", "Offline mode"),
        ):
            Feature.objects.create(key=key, name=name)
        person("eve@airtight.test", Team.objects.create(name="Enterprise"), first="Eve")
        soon = world.now + 6 * DAY
        Absence.objects.create(rep=self.ada, starts_at=soon, ends_at=soon + 5 * DAY, cover=self.ben)

    def _customer(self) -> None:
        """Somebody at an account with deals; whoever owns the one that counts has left."""
        left = person("finn@airtight.test", self.world.team, first="Finn", active=False)
        account = self.world.account("Bloemenveiling De Morgen", "demorgen.example", owner=self.ada)
        self.world.deal(account, left, name="Platform for 40 auction houses")
        self.world.deal(account, self.ben, name="Renewal 2025", is_closed=True)
        long_ago = self.world.now - 120 * DAY
        self.world.deal(account, self.cleo, name="Pilot in the Aalsmeer hall", last_activity_at=long_ago)
        self.world.capture("lotte@demorgen.example", first_name="Lotte", last_name="Visser", company="De Morgen")

    def _arrive(self, count: int) -> list[Lead]:
        answers = self.world.capture_all([next(self.people) for _ in range(count)])
        self.world.pass_time(4 * MINUTE)
        return list(Lead.objects.filter(pk__in=[answer.lead_id for answer in answers]).order_by("pk"))

    def _of(self, rep: Rep, leads: list[Lead]) -> list[Lead]:
        return list(Lead.objects.filter(pk__in=[lead.pk for lead in leads], owner=rep).order_by("pk"))

    def _until(self, hour: int, minute: int) -> None:
        self.world.pass_time(self.world.now.replace(hour=hour, minute=minute) - self.world.now)

    def _accept(self, lead: Lead, touch: str = "") -> None:
        lead = self.world.accept(lead)
        if touch:
            by = self.world.actor(lead.owner)
            lifecycle.touch(lead.pk, kind=touch, at=self.world.now, by=by, meeting_at=self.world.now + 2 * DAY)

    def _lose(self, leads: list[Lead]) -> None:
        """What Ben gives back, and what of Cleo's is converted."""
        answers = [
            ("timing", {}),
            ("feature_gap", {"feature": "sso", "note": "Needs SCIM before a pilot."}),
            ("not_icp", {}),
            ("feature_gap", {"feature": "eu-hosting"}),
        ]
        for lead, (reason, more) in zip(self._of(self.ben, leads), answers, strict=False):
            self.world.recycle(lead, reason, **more)
        for lead in self._of(self.cleo, leads)[:1]:
            self._accept(lead, touch="call")
            by = self.world.actor(self.cleo)
            lifecycle.convert(lead.pk, opportunity="0065g00000Pq1ZAA", at=self.world.now, by=by)

    def _visit(self, lead: Lead) -> None:
        sent = Signal("pricing_visit", 15, self.world.now - HOUR, person_key=lead.person_key)
        lifecycle.signal(sent, at=self.world.now, by=self.world.actor(self.ada, door="api"))

    def _set_clock(self) -> None:
        offset = self.world.now - datetime.now(UTC)
        ClockOffset.objects.update_or_create(pk=1, defaults={"offset": offset})
