"""Pictures of every page, wide and narrow, light and dark: `python -m tests.shots FOLDER [PAGE ...]`."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import django
from django.conf import settings

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ALSO_DARK = ("queue", "shark-tank", "lead", "recycle")
# Lists and empty forms of the admin, by the name of their picture.
ADMIN = {
    "vendors": "routing/vendor",
    "vendor-answers": "routing/vendoranswer",
    "sources": "routing/source",
    "source-new": "routing/source/add",
    "suppressions": "leads/suppression",
    "suppression-new": "leads/suppression/add",
    "accounts": "leads/account",
    "enquiries": "routing/enquiry",
    "refused-knocks": "revops/hookrefusal",
    "signal-kinds": "routing/signalkind",
    "webhooks": "revops/hooksource",
    "webhook-new": "revops/hooksource/add",
    "crm-pulls": "leads/crmpull",
    "notices": "revops/notice",
    "territories": "leads/territory",
    "territory-new": "leads/territory/add",
    "coverage-draft": "leads/territory/coverage",
    "load-caps": "routing/loadcap",
    "load-cap-new": "routing/loadcap/add",
    "versions": "leads/ruleset",
    "draft-publish": "leads/ruleset/draft/publish",
    "draft-discard": "leads/ruleset/draft/discard",
    "teams": "leads/team",
    "team-new": "leads/team/add",
    "policies": "sla/policy",
    "calendar-new": "sla/calendar/add",
    "reasons": "leads/reason",
    "deliveries": "leads/delivery",
    "alerts-admin": "leads/alert",
    "remarks": "sla/remark",
    "backtests": "routing/backtest",
}
WIDTHS = {"wide": (1280, 900), "phone": (390, 844)}


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    if len(sys.argv) < 2:
        _say("Name the folder for the pictures: python -m tests.shots FOLDER [PAGE ...]")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with _site() as (address, pages):
        _take(address, pages, folder, wanted=sys.argv[2:])
    return 0


@contextmanager
def _site() -> Iterator[tuple[str, dict[str, Any]]]:
    """A site on a test database of its own, with the sample day in it."""
    from django.contrib.staticfiles.testing import StaticLiveServerTestCase
    from django.test.utils import override_settings, setup_databases, setup_test_environment, teardown_databases

    from leads.models import Reason, Track
    from recycle.seeds import plant
    from tests import shots_slack
    from tests.pages.sample import Sample
    from tests.world import World

    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False, aliases=["default"])
    changed = override_settings(
        AIRTIGHT_TEST_CLOCK=True,
        AIRTIGHT_LAST_RESORT="rita@airtight.test",
        SLACK_BOT_TOKEN="xoxb-of-the-pictures",
        EMAIL_HOST="mail.test",
        SALESFORCE_BASE_URL="https://acme.my.salesforce.com",
        HTTPS=False,
        SECURE_SSL_REDIRECT=False,
        SESSION_COOKIE_SECURE=False,
        CSRF_COOKIE_SECURE=False,
        DEBUG=False,
        SESSION_COOKIE_NAME="session",
        CSRF_COOKIE_NAME="csrf",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    )
    changed.enable()
    try:
        plant(Track, Reason)
        sample = Sample(World.make()).build()
        StaticLiveServerTestCase.setUpClass()
        try:
            with shots_slack.workspace() as slack:
                pages = pages_of(sample) | shots_slack.pages(slack, sample)
                yield StaticLiveServerTestCase.live_server_url, pages
        finally:
            StaticLiveServerTestCase.tearDownClass()
    finally:
        changed.disable()
        teardown_databases(databases, verbosity=0)


def pages_of(sample: Any) -> dict[str, tuple[str, str, Callable[[Any], None] | None]]:
    """By name: who looks, at which path, and what is done there before the picture."""
    from leads.models import Account, Lead, PastLead, RuleSet
    from revops.models import HookSource
    from routing.models import Backtest, SignalKind, Vendor
    from tests.pages import sample_vendors

    def lead(**which: Any) -> int:
        return Lead.objects.filter(**which).order_by("due_at", "pk").first().pk

    _accounts(sample)
    _crm(sample)
    failed = _outbox(sample)
    _performance(sample)
    back = _fairness(sample)
    coached = _coaching(sample)
    held = lead(owner=sample.ada, state="assigned")
    accepted = lead(owner=sample.ada, state="accepted", due_step="touch")
    sample_vendors.build(sample.world)
    shared = _shared_domain(sample, held)
    done, running = _backtests(sample)
    moved = next(one["id"] for one in Backtest.objects.get(pk=done).result["changes"] if one["of"] == "past")
    PastLead.objects.filter(pk=moved).update(owner_email="ada@airtight.test", converted=True)
    clearbit = Vendor.objects.get(name="clearbit").pk
    kind = SignalKind.objects.get(name="pricing_visit").pk
    hook = HookSource.objects.get(name="webinars").pk
    claimed = Account.objects.get(name="Weber Werkzeuge").pk
    profile = f"/admin/routing/icpprofile/{_edited_profile(sample)}"
    europe = _rules(sample)
    first = RuleSet.objects.earliest("number").pk
    return {
        "sign-in": ("", "/sign-in/", None),
        "queue": ("ada", "/", None),
        "queue-empty": ("eve", "/", None),
        "shark-tank": ("ada", "/shark-tank/", None),
        "shark-tank-manager": ("mona", "/shark-tank/", None),
        "lead": ("ada", f"/leads/{held}/", None),
        "lead-accepted": ("ada", f"/leads/{accepted}/", None),
        "lead-deal": ("ada", f"/leads/{lead(ladder='deal')}/", None),
        "lead-pool": ("ben", f"/leads/{lead(state='shark_tank')}/", None),
        "lead-manager": ("mona", f"/leads/{lead(owner=sample.ada, due_step='untouched')}/", None),
        "lead-nurture": ("rita", f"/leads/{lead(state='nurture')}/", None),
        "gone": ("ben", f"/leads/{lead(state='nurture')}/", None),
        "recycle": ("ada", "/", lambda page: _dialog(page, f"#lead-{held} a:has-text('Recycle')", "feature_gap")),
        "recycle-page": ("ada", f"/leads/{held}/recycle/", None),
        "touch": ("ada", "/", lambda page: _dialog(page, f"#lead-{accepted} a:has-text('Log touch')", "meeting")),
        "convert": ("ada", "/", lambda page: _dialog(page, f"#lead-{accepted} a:has-text('Convert')", "")),
        "features": ("rita", "/features/", None),
        "absences": ("ada", "/absences/", None),
        "absences-manager": ("mona", "/absences/", None),
        "absences-of": ("mona", f"/absences/?rep={sample.ada.pk}", None),
        "fairness": ("mona", "/dashboard/fairness/", _opened),
        "coaching": ("mona", "/coaching/", None),
        "coaching-rep": ("mona", f"/coaching/{coached}/", None),
        "coaching-mine": ("ada", "/coaching/mine/", None),
        "alerts": ("mona", "/alerts/", None),
        "send-back": ("mona", f"/leads/{accepted}/", lambda page: _dialog(page, "a:has-text('Send back')", "")),
        "lead-sent-back": ("mona", f"/leads/{back}/", None),
        "sent-back-list": ("rita", "/admin/leads/sentback/", None),
        "policy": ("rita", f"/admin/sla/policy/{sample.world.policy.pk}/change/", None),
        "calendar": ("rita", f"/admin/sla/calendar/{sample.world.calendar.pk}/change/", None),
        "rep": ("rita", f"/admin/leads/rep/{sample.ada.pk}/change/", None),
        "tokens": ("ada", "/tokens/", None),
        "icp": ("rita", f"{profile}/change/", None),
        "icp-tried": ("rita", f"{profile}/change/?try={accepted}", _tried),
        "icp-tried-new": ("rita", f"{profile}/change/?try=new.person@nobody-yet.test", _tried),
        "account-shared": ("rita", f"/admin/leads/account/{shared}/change/", None),
        "lead-revops": ("rita", f"/leads/{held}/", None),
        "icp-versions": ("rita", f"{profile}/versions/#version-1", None),
        "not-found": ("ada", "/nothing-here/", None),
        "dashboard": ("mona", "/dashboard/", None),
        "performance": ("mona", "/dashboard/performance/", None),
        "performance-revops": ("rita", "/dashboard/performance/", None),
        "overrides": ("mona", "/dashboard/overrides/", None),
        "lost-deals": ("rita", "/admin/leads/lostdeal/", None),
        "unowned": ("rita", "/admin/leads/unownedcrmlead/", None),
        "account": ("rita", f"/admin/leads/account/{claimed}/change/", None),
        "accounts-shared": ("rita", "/admin/leads/account/?domains=shared", None),
        "overrides-admin": ("rita", "/admin/leads/owneroverride/", None),
        "crm-leads": ("rita", "/admin/leads/crmrecord/", None),
        "names": ("rita", "/names/", None),
        "names-find": ("rita", "/names/find/?name=Paperboat&q=paper", None),
        "names-answers": ("rita", "/names/answers/", None),
        "admin": ("rita", "/admin/", None),
        "delivery": ("rita", f"/admin/leads/delivery/{failed}/change/", None),
        "disagreements": ("rita", "/admin/routing/vendoranswer/disagreements/", None),
        "disagreements-all": ("rita", "/admin/routing/vendoranswer/disagreements/?all", None),
        "vendor": ("rita", f"/admin/routing/vendor/{clearbit}/change/", None),
        "backtest": ("rita", f"/admin/routing/backtest/{done}/change/", None),
        "backtest-running": ("rita", f"/admin/routing/backtest/{running}/change/", _polled),
        "past-lead": ("rita", f"/admin/routing/backtest/{done}/history/{moved}/", None),
        "signal-kind": ("rita", f"/admin/routing/signalkind/{kind}/change/", None),
        "webhook": ("rita", f"/admin/revops/hooksource/{hook}/change/", None),
        "territory": ("rita", f"/admin/leads/territory/{europe}/change/", None),
        "territory-bad-list": ("rita", f"/admin/leads/territory/{europe}/change/", _bad_list),
        "territory-late": ("rita", f"/admin/leads/territory/{europe}/change/", _late),
        "coverage": ("rita", "/admin/leads/territory/coverage/?in-force&show=gap", None),
        "version": ("rita", f"/admin/leads/ruleset/{first}/change/", None),
        **{name: ("rita", f"/admin/{path}/", None) for name, path in ADMIN.items()},
    }


def _accounts(sample: Any) -> None:
    """Accounts that the day's companies are like, and what somebody has said of two of them."""
    from leads.models import Lead
    from revops import lifecycle

    known = [
        ("Paperboat Technologies", "paperboat.test", "IN", 90, "Software"),
        ("Paper Boat Media", "paperboatmedia.test", "GB", 12, "Publishing"),
        ("Paperless", "paperless.test", "DE", 2300, "Software"),
        ("Fjallraven Analys", "fjallraven.test", "SE", 41, "Professional Services"),
        ("Kitsune Robotics Japan", "kitsune.test", "JP", 64, "Robotics"),
        ("Weberwerk Graz", "weberwerk.test", "AT", 510, "Machinery"),
        ("Weber Werkzeuge", "weber.test", "DE", 80, "Machinery"),
        ("Ibanez Hermanos Construcciones", "ibanez.test", "ES", 25, "Construction"),
        ("Lagos Freight", "lagosfreight.test", "NG", 1700, "Transportation"),
    ]
    accounts = [
        sample.world.account(name, domain, country=country, employee_count=size, industry=industry)
        for name, domain, country, size, industry in known
    ]
    first = Lead.objects.filter(company="Paperboat").order_by("-pk").first()
    Lead.objects.filter(pk=first.pk).update(company="PaperBoat Inc.")
    personal = Lead.objects.filter(company="Weberwerk").order_by("-pk").first()
    Lead.objects.filter(pk=personal.pk).update(email="jonas.weber@gmail.com", is_free_mail=True)
    by = sample.world.actor(sample.world.revops)
    lifecycle.answer_name("Lagos Freight Exchange", account_id=accounts[-1].pk, at=sample.world.now, by=by)
    lifecycle.answer_name("Tulp & Zoon", account_id=None, refused=[accounts[0].pk], at=sample.world.now, by=by)


def _shared_domain(sample: Any, lead_id: int) -> int:
    """Two accounts that give one lead's domain as theirs; the size of its company is known as a range."""
    from leads.models import Account, AccountDomain, DomainClaim, Lead

    lead = Lead.objects.get(pk=lead_id)
    Lead.objects.filter(pk=lead_id).update(account=None, employee_count=None, employee_range="51-200")
    AccountDomain.objects.filter(domain=lead.domain).delete()
    first = sample.world.account("Northwind Robotics Group", lead.domain)
    second = Account.objects.create(name="Northwind Services", external_id="n2", imported_at=sample.world.now)
    DomainClaim.objects.create(account=second, domain=lead.domain)
    return first.pk


def _crm(sample: Any) -> None:
    """What was done in the CRM past the rules, and what waits there for somebody."""
    from leads.models import Account, CrmRecord, CrmUser, DomainClaim, Lead
    from revops import lifecycle
    from revops.reported import OwnerChange

    at, by = sample.world.now, sample.world.actor(sample.world.revops, door="crm")
    otto = CrmUser.objects.create(crm_id="005A", name="Otto Bergström", email="otto@elsewhere.test")
    for lead in Lead.objects.filter(state__in=("assigned", "accepted", "shark_tank")).order_by("pk")[:6]:
        CrmRecord.objects.create(
            crm_id=f"00Q{lead.pk}", lead=lead, email=lead.email, status="Working – Contacted", owner_name=str(otto),
            changed_at=at, wrote_at=at,
        )  # fmt: skip
        lifecycle.owner_changed_in_crm(lead.pk, OwnerChange(otto, at, "Petra Salzmann"), at=at, by=by)
    CrmRecord.objects.filter(pk=CrmRecord.objects.order_by("pk")[0].pk).update(conversion="waiting")
    _pulls(at)
    for number, owner in enumerate(("Inbound (queue)", "Gina Gone (has left)", "Inbound (queue)")):
        CrmRecord.objects.create(
            crm_id=f"00Q9{number}", email=f"buyer{number}@somewhere.test", company="Somewhere & Sons", changed_at=at,
            owner_name=owner, status="Open",
        )  # fmt: skip
    lost = {"is_closed": True, "loss_reason": "Feature gap: single sign-on", "amount": 48_000}
    for number, account in enumerate(Account.objects.order_by("pk")[:4]):
        closed = at.date() - timedelta(days=20 * number + 3)
        sample.world.deal(
            account, None, name=f"{account} – 2026", owner_email="gina@elsewhere.test", close_date=closed, **lost
        )
    DomainClaim.objects.create(account=Account.objects.get(name="Weber Werkzeuge"), domain="weberwerk.test")


def _performance(sample: Any) -> None:
    """Half a year's numbers, which no sample day can have."""
    from leads.models import Rep
    from routing.models import PerformanceFit, PerformanceScore

    at = sample.world.now
    rows = (
        (212, 171, 180, 31, 0.79, 0.161, 1.07),
        (140, 96, 118, 14, 0.705, 0.134, 0.93),
        (9, 8, 4, 1, 0.75, 0.147, 1),
    )
    reps = Rep.objects.taking_leads().order_by("team", "pk")[: len(rows)]
    for rep, (n, k, m, j, touch, conversion, weight) in zip(reps, rows, strict=True):
        PerformanceScore.objects.create(
            rep=rep, team=rep.team, touch_n=n, touch_k=k, touch_shrunk=touch, conversion_n=m, conversion_k=j,
            conversion_shrunk=conversion, weight=weight, computed_at=at,
        )  # fmt: skip
    losses = {"touch": (74, 361, 0.5571, 0.5493, 0.5512), "conversion": (None, 302, 0.4385, 0.4219, 0.4219)}
    for measure, (strength, n, raw, shrunk, equal) in losses.items():
        PerformanceFit.objects.create(
            measure=measure, strength=strength, n=n, raw_loss=raw, shrunk_loss=shrunk, equal_loss=equal, computed_at=at
        )


def _fairness(sample: Any) -> int:
    """Weights, caps, somebody with hours of their own, holidays, and two leads sent back; one of them is returned."""
    from datetime import date, time

    from leads.models import Lead
    from revops import lifecycle
    from routing.models import LoadCap, Pool, Weight
    from sla.models import Calendar, CalendarDay, RepCalendar, WeeklyHours

    world = sample.world
    pool = Pool.objects.get(is_fallback=True)
    pool.strategy = "weighted"
    pool.save()
    Weight.objects.create(pool=pool, rep=world.reps[0], weight=2)
    LoadCap.objects.create(team=world.team, per_day=20, open_leads=10)
    pacific = Calendar.objects.create(name="San Francisco", timezone="America/Los_Angeles", country="US")
    WeeklyHours.objects.create(calendar=pacific, weekday=0, opens=time(9), closes=time(17))
    RepCalendar.objects.create(rep=world.reps[2], calendar=pacific)
    world.calendar.country, world.calendar.subdivision = "DE", "BY"
    world.calendar.save()
    CalendarDay.objects.create(
        calendar=world.calendar, day=date(2026, 12, 24), every_year=True, opens=time(9), closes=time(12), name="Eve"
    )
    held = Lead.objects.filter(state="assigned", owner__in=world.reps, ladder="").order_by("-pk")[:2]
    for lead in held:
        reason = "Their sister company is a customer of hers, and she may not sell to both."
        lifecycle.send_back(lead.pk, reason=reason, at=world.now, by=world.actor(world.manager))
    return held[0].pk


def _backtests(sample: Any) -> tuple[int, int]:
    """A draft with one team more, over what came today and a file of history; and a comparison that is under way."""
    from leads.models import Draft, PastLead
    from revops import backtest_desk, publishing
    from routing.models import Backtest, IcpProfile
    from tests.backtests.past import a_quarter, nordic

    world = sample.world
    by = world.actor(world.revops)
    if not Draft.objects.exists():
        publishing.open_draft(at=world.now, by=by)
    germany = {"all": [{"field": "country", "op": "is", "value": "DE"}]}
    nordic(world, position=0, longest_wait=6, criteria=germany)
    icp = IcpProfile.objects.get(active=True)
    icp.intent_bar = 60
    icp.save()
    PastLead.objects.bulk_create(a_quarter(world.now, 900))
    done = backtest_desk.ask(days=90, against=None, at=world.now, by_id=world.revops.user_id)
    backtest_desk.run(tell=lambda _done, _total: None)
    running = backtest_desk.ask(days=365, against=None, at=world.now, by_id=world.revops.user_id)
    Backtest.objects.filter(pk=running.pk).update(status="running", done=4_380, total=9_761)
    return done.pk, running.pk


def _outbox(sample: Any) -> int:
    """Deliveries of every kind of end, while Slack is away; the one that failed for good."""
    from leads.models import Delivery
    from revops.integrations.errors import VendorError
    from revops.slack import health

    at = sample.world.now
    rows = list(Delivery.objects.filter(kind__startswith="slack.").order_by("-pk")[:6])
    ends: list[dict[str, Any]] = [
        {"status": "dead", "error": "Slack chat.postMessage: msg_too_long", "attempts": 1, "done_at": at},
        {"status": "sent", "answer": {"channel": "C0DACH", "ts": "1.2"}, "attempts": 1, "done_at": at},
        {"status": "sent", "answer": {"mailed_to": "rep", "because": "No Slack member has the e-mail of Cleo."},
         "attempts": 1, "done_at": at},
        {"status": "dropped", "attempts": 3, "done_at": at},
        {"status": "pending", "error": "Slack chat.postMessage: Slack answered 503", "attempts": 2, "mailed_at": at},
    ]  # fmt: skip
    for row, end in zip(rows, ends, strict=False):
        Delivery.objects.filter(pk=row.pk).update(done_at=None, **{"status": "pending"})
        Delivery.objects.filter(pk=row.pk).update(**end)
    for _try in range(3):
        health.failed(VendorError("Slack chat.postMessage: Slack answered 503", permanent=False), at=at)
    missing = VendorError(
        "Slack chat.postMessage: channel_not_found", permanent=True, configuration=True, code="channel_not_found"
    )
    health.block("#dach-leads", missing, at=at - timedelta(hours=2))
    return rows[0].pk


def _coaching(sample: Any) -> int:
    """Some weeks of one rep: lapses of every cause, a comment and a note."""
    from sla.models import Breach, Remark

    world = sample.world
    rep = Breach.objects.filter(rep__in=world.reps).order_by("rep", "pk").first().rep
    told = [
        ("ignored", {}),
        ("not_told", {"delivery": 1, "status": "pending"}),
        ("after_hours", {"worked_s": 1200.0, "window_s": 7200.0}),
        ("absence", {"away_s": 6300.0, "window_s": 7200.0}),
        ("at_cap", {"held": 8, "cap": 8}),
        ("misrouted", {"reason": "wrong_territory", "by": world.reps[1].pk}),
        ("ignored", {}),
        ("system_delay", {}),
    ]
    rows = Breach.objects.filter(rep=rep).order_by("-pk")
    for place, (row, (cause, because)) in enumerate(zip(rows, told, strict=False)):
        Breach.objects.filter(pk=row.pk).update(cause=cause, because=because, at=row.at - timedelta(days=3 * place))
    last = Breach.objects.filter(rep=rep).order_by("-at").first()
    at = world.now - timedelta(hours=1)
    Remark.objects.create(
        breach=last,
        kind="comment",
        by=rep.user,
        at=at,
        text="On site with Weberwerk until one; I saw it on the train back.",
    )
    Remark.objects.create(
        breach=last, kind="note", by=world.manager.user, at=at + timedelta(minutes=20), text="Next time name a cover."
    )
    return int(rep.pk)


def _pulls(at: datetime) -> None:
    """A first pull that is under way, after a while in which the CRM was busy."""
    from leads.models import CrmPull, VendorHealth

    done = {"since": at, "done_at": at, "began_at": at - timedelta(minutes=9)}
    CrmPull.objects.create(kind="accounts", rows=98_412, left_out=3, **done)
    CrmPull.objects.create(kind="opportunities", rows=41_003, **done)
    CrmPull.objects.create(kind="leads", rows=12_000, began_at=at, cursor="0|page-7|2026-11-02")
    busy = "Salesforce Lead: 503 SERVER_UNAVAILABLE the server is busy"
    VendorHealth.objects.create(vendor="crm", failures=2, error=busy, error_at=at, ok_at=at - timedelta(minutes=5))


def _edited_profile(sample: Any) -> int:
    """Points asked for beside what must be, by Rita."""
    from routing.models import IcpProfile

    profile = IcpProfile.objects.get(active=True)
    points = [
        {"weight": 3, "field": "industry", "op": "in", "value": ["Software", "Manufacturing"]},
        {"weight": 2, "any": [{"field": "hand_raise", "op": "is", "value": True}]},
        {"weight": -2, "field": "is_free_mail", "op": "is", "value": True, "unknown": "pass"},
    ]
    country = {"field": "country", "op": "in", "value": ["US", "NL", "DE"]}
    profile.criteria = {"all": [*profile.criteria["all"], {"none": [country]}, {"score": points, "at_least": 3}]}
    profile.intent_bar = 45
    profile.save(by_id=sample.world.revops.user_id, at=sample.world.now)
    return profile.pk


def _rules(sample: Any) -> int:
    """Territories that overlap, a few versions, and a draft that is open."""
    from leads.models import Draft, Territory
    from revops import lifecycle
    from routing.models import LoadCap, NamedList, Pool, Weight

    world, at = sample.world, sample.world.now
    when = {"by": world.actor(world.revops, door="admin")}
    europe = Pool.objects.get(territory__name="Europe, mid-market")
    lifecycle.as_written(at=at - timedelta(hours=3), **when)
    rows = [
        ("DACH", 2, {"field": "country", "op": "in", "value": ["DE", "AT", "CH"]}),
        ("Asia and Pacific", 3, {"field": "country", "op": "in", "value": ["JP", "IN"]}),
        (
            "Nordics",
            4,
            {"all": [{"field": "country", "op": "is", "value": code} for code in ("SE", "NO")]},
        ),
    ]
    for name, position, criteria in rows:
        territory = Territory.objects.create(name=name, team=world.team)
        Pool.objects.create(territory=territory, position=position, criteria=criteria)
    lifecycle.as_written(at=at - timedelta(hours=2), **when)
    domains = ["acme.test", "globex.test", "initech.test", "weber.test"]
    europe.named = NamedList.objects.create(name=europe.territory.name, domains=domains, at=at)
    europe.strategy, europe.skills, europe.skill_field = "weighted", ["german"], "custom.language"
    europe.save()
    Weight.objects.create(pool=europe, rep=sample.ada, weight=3)
    lifecycle.as_written(at=at - timedelta(hours=1), note="Ada is back full time.", **when)
    sample.ada.skills = ["german", "healthcare"]
    sample.ada.save()
    LoadCap.objects.update_or_create(team=world.team, defaults={"per_day": 12, "open_leads": 20})
    LoadCap.objects.create(rep=sample.cleo, per_hour=2, per_day=6, open_leads=8)
    lifecycle.as_written(at=at, **when)
    if not Draft.objects.exists():
        lifecycle.open_draft(at=at, **when)
    europe.position, europe.longest_wait, europe.then = 5, 24, "shark_tank"
    europe.criteria = {"all": [europe.criteria["all"][0]]}
    europe.save()
    Weight.objects.create(pool=europe, rep=sample.ben, weight=2)
    return int(europe.territory_id)


def _late(page: Any) -> None:
    """Saved by Rita after somebody else had."""
    page.evaluate("document.querySelector('[name=seen]').value = 'of before'")
    page.fill("[name=pool-0-longest_wait]", "7")
    page.click("[name=_save]")
    page.wait_for_load_state()


def _bad_list(page: Any) -> None:
    page.fill("textarea[name=pool-0-named_text]", "acme.test\ngmail.com\nNobody Known Ltd")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("stands for no company").wait_for()
    page.locator("textarea[name=pool-0-named_text]").scroll_into_view_if_needed()


def _opened(page: Any) -> None:
    for summary in page.query_selector_all(".credits > summary"):
        summary.click()


def _polled(page: Any) -> None:
    with page.expect_response("**/progress/"):
        pass


def _tried(page: Any) -> None:
    page.wait_for_selector("[data-result] h3")
    page.locator("[data-trial]").scroll_into_view_if_needed()
    page.locator("[data-result]").scroll_into_view_if_needed()


def _dialog(page: Any, opener: str, choice: str) -> None:
    page.click(opener)
    page.wait_for_selector("dialog[open]")
    if choice:
        page.check(f"dialog input[value='{choice}']")
        if choice == "feature_gap":
            page.click("dialog button[type=submit]")
            page.wait_for_selector("dialog .error")


def _take(address: str, pages: dict[str, Any], folder: Path, *, wanted: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for width, scheme in product(WIDTHS, ("light", "dark")):
            for name in wanted or pages:
                if scheme == "light" or name in ALSO_DARK:
                    _picture(browser, address, name, pages[name], width, scheme, folder)
        browser.close()


def _picture(
    browser: Any, address: str, name: str, page_of: tuple[Any, ...], width: str, scheme: str, folder: Path
) -> None:
    (who, path, before), (across, down) = page_of, WIDTHS[width]
    phone = width == "phone"
    context = browser.new_context(viewport={"width": across, "height": down}, color_scheme=scheme, is_mobile=phone)
    page = context.new_page()
    _sign_in(page, address, who)
    page.on("console", lambda line: _say(f"{name}: {line.text}"))
    page.goto(path if path.startswith("http") else address + path)
    if before:
        before(page)
    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=before is None and not phone)
    _overflow(page, name, width)
    context.close()


def _sign_in(page: Any, address: str, who: str) -> None:
    if who:
        page.goto(f"{address}/sign-in/")
        page.fill("#username", f"{who}@airtight.test")
        page.fill("#password", "correct horse battery")
        page.click("button[type=submit]")
        page.wait_for_load_state()


def _overflow(page: Any, name: str, width: str) -> None:
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if too_wide > 0:
        _say(f"{name} ({width}) scrolls sideways by {too_wide} pixels")


if __name__ == "__main__":
    sys.exit(main())
