"""Vendors that fare differently, what they said, signals that fade, and webhooks: for looking at RevOps' pages."""

from leads.models import Lead, VendorHealth
from revops.models import HookRefusal, HookSource, digest
from revops.sealing import seal
from routing.models import Enquiry, SignalKind, Vendor, VendorAnswer
from routing.seeds import plant, plant_signal_kinds
from tests.world import DAY, HOUR, MINUTE, World

SAID = (
    (
        "nordlicht.test",
        "apollo",
        30,
        {"employee_count": 420, "country": "DE", "region": "Hamburg", "industry": "logistics"},
    ),
    ("nordlicht.test", "zoominfo", 29, {"employee_count": 44, "country": "AT", "city": "Wien", "tech_stack": ["SAP"]}),
    ("paperboat.test", "apollo", 12, {"employee_count": 85, "country": "IN", "annual_revenue": 4_200_000}),
    ("paperboat.test", "clearbit", 3, {"employee_count": 1600, "country": "IN", "annual_revenue": 51_000_000}),
    ("paperboat.test", "hubspot", 1, {"employee_count": 90, "industry": "COMPUTER_SOFTWARE"}),
    (
        "the-worshipful-company-of-extraordinarily-long-named-instrument-makers.example",
        "zoominfo",
        2,
        {"employee_count": 12_400, "industry": "Manufacturing of musical instruments and allied trades"},
    ),
    (
        "the-worshipful-company-of-extraordinarily-long-named-instrument-makers.example",
        "apollo",
        2,
        {"employee_count": 30, "industry": "Wholesale"},
    ),
    ("lagosfreight.test", "apollo", 1, {"country": "NG", "city": "Lagos", "employee_count": 1900}),
)
KINDS = (("pricing_visit", 15, 14, 30), ("webinar_attended", 20, 30, None), ("unsubscribed", -30, None, None))


def build(world: World) -> None:
    plant(Vendor)
    plant_signal_kinds(SignalKind)
    world.profile.criteria = {
        "all": [
            {"field": "employee_count", "op": "at_least", "value": 50},
            {"field": "country", "op": "in", "value": ["DE", "IN", "NL"]},
        ]
    }
    world.profile.save()
    _answers(world)
    _health(world)
    for name, points, half_life, cap in KINDS:
        SignalKind.objects.get_or_create(
            name=name, defaults={"points": points, "half_life_days": half_life, "cap": cap}
        )
    _hooks(world)


def _answers(world: World) -> None:
    for domain, vendor, days, values in SAID:
        asked_at = world.now - days * DAY
        VendorAnswer.objects.create(
            vendor=vendor, domain=domain, outcome="match", values=values, asked_at=asked_at,
            good_until=asked_at + 90 * DAY,
        )  # fmt: skip
    no_match = {"domain": "nobody.test", "outcome": "no_match", "good_until": world.now + 13 * DAY}
    VendorAnswer.objects.create(vendor="apollo", asked_at=world.now - DAY, **no_match)
    error = "Clearbit /v2/companies/find: 503: Clearbit has trouble"
    VendorAnswer.objects.create(
        vendor="clearbit", domain="kitsune.test", outcome="failed", error=error, asked_at=world.now - HOUR
    )

    for lead in Lead.objects.open().order_by("-pk")[:3]:
        soon, since = world.now + MINUTE, world.now - MINUTE
        Enquiry.objects.get_or_create(
            lead=lead, done_at=None, defaults={"domain": lead.domain, "asked_at": since, "next_try_at": soon}
        )


def _health(world: World) -> None:
    Vendor.objects.filter(name="apollo").update(credits_a_day=200, credits_a_month=3000)
    VendorHealth.objects.create(vendor="apollo", ok_at=world.now - MINUTE)
    VendorHealth.objects.create(
        vendor="clearbit",
        failures=4,
        open_until=world.now + 8 * MINUTE,
        error="Clearbit /v2/companies/find: 503: Clearbit has trouble",
        error_at=world.now - MINUTE,
    )


def _hooks(world: World) -> None:
    for name, kind in (("website_events", "segment"), ("warehouse", "rudderstack"), ("webinars", "standard")):
        source = HookSource.objects.create(
            name=name, kind=kind, token_hash=digest(name), secret=seal("s" * 32), last_knock_at=world.now - HOUR
        )
        source.rules.create(position=1, call="page", name="/pricing*", kind="pricing_visit", points=15)
        source.rules.create(position=2, call="track", name="Form Submitted", does="lead")
    HookRefusal.objects.create(source=source, reason="bad_signature", count=12, last_at=world.now - HOUR)
    HookRefusal.objects.create(source=None, reason="unknown_address", count=3, last_at=world.now - 2 * HOUR)
