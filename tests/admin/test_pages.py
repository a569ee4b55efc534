"""Every page of the admin opens for who may, with rows in it, and for nobody else."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django_q.models import Failure, OrmQ, Schedule, Success
from knox.models import AuthToken

from leads.models import CrmPull, CrmRecord, Delivery, IntentSignal, OwnerOverride, Rep, Suppression, Team, Territory
from recycle.models import Dispute, Feature
from revops import lifecycle
from revops.admin_index import CONTENTS
from revops.models import Heartbeat, HookRefusal, HookSource, Notice, digest
from revops.sealing import seal
from routing.models import (
    Absence,
    Backtest,
    Enquiry,
    EnrichmentAnswer,
    LoadCap,
    NameAnswer,
    Pool,
    Share,
    SignalKind,
    Source,
    Vendor,
    VendorAnswer,
)
from sla.models import Breach, Outage, Remark
from tests.world import HOUR, MINUTE, World


@pytest.fixture
def rows(ours: World) -> World:
    """Something in every list."""
    now = timezone.now()
    ours.deal(ours.account("Globex", "globex.test"), ours.reps[0])
    Feature.objects.create(key="sso", name="Single sign-on")
    lead = ours.to_state("shark_tank", country="US", employee_count=50)
    back = ours.to_state("assigned", "cy@third.test")
    lifecycle.send_back(back.pk, reason="Their rival.", at=ours.now, by=ours.actor(ours.manager))
    held = ours.to_state("assigned", "bo@other.test")
    ours.recycle(held, "feature_gap", feature="sso")
    event = lead.events.order_by("pk").first()
    Dispute.objects.create(lead=lead, event=event, rep=ours.reps[0], at=now, criteria_met=["country is US"])
    Absence.objects.create(rep=ours.reps[1], starts_at=now, ends_at=now + HOUR)
    EnrichmentAnswer.objects.create(lead=lead, provider="directory", outcome="match", asked_at=now, answered_at=now)
    Enquiry.objects.create(lead=lead, domain="acme.test", asked_at=now, next_try_at=now)
    Vendor.objects.get_or_create(name="apollo")
    ours.deal(lead.account or ours.account("Lost", "lost.test"), None, name="Jo's deal", is_closed=True)
    CrmRecord.objects.create(crm_id="1", lead=lead, email=lead.email)
    CrmRecord.objects.create(crm_id="2", email="jo@queue.test")
    OwnerOverride.objects.create(lead=lead, owner_crm_id="3", changed_at=now, noticed_at=now, written_back=False)
    CrmPull.objects.create(kind="accounts", error="the line is dead", error_at=now)
    Backtest.objects.create(asked_at=now, seen_at=now, days=9, base={}, candidate={})
    VendorAnswer.objects.create(vendor="apollo", domain="acme.test", outcome="match", asked_at=now)
    IntentSignal.objects.create(person_key="jo@acme.test", kind="visit", occurred_at=now, received_at=now)
    Suppression.objects.create(domain="rival.test", since=now, by=ours.revops.user)
    Source.objects.create(name="web")
    LoadCap.objects.create(team=ours.team, per_day=50)
    NameAnswer.objects.create(joined="initech", name="Initech", by=ours.revops.user, at=now)
    SignalKind.objects.get_or_create(name="*")
    hook = HookSource.objects.create(name="Site", kind="segment", token_hash=digest("t"), secret=seal("s" * 20))
    HookRefusal.objects.create(source=hook, reason="unsigned", count=2, last_at=now)
    Heartbeat.objects.create(name="worker", at=now)
    Remark.objects.create(breach=Breach.objects.all()[0], kind="note", by=ours.manager.user, at=now, text="Ask Jo.")
    Outage.objects.create(started_at=now - HOUR, ended_at=now)
    Notice.objects.create(since=now - HOUR, until=now, status="skipped", next_try_at=now)
    Schedule.objects.create(name="sweep", func="revops.jobs.sweep", schedule_type="I", minutes=1)
    OrmQ.objects.create(key="airtight", payload="no task at all", lock=now)
    for model, success in ((Success, True), (Failure, False)):
        model.objects.create(
            id=f"{success}", name="sweep", func="revops.jobs.sweep", started=now, stopped=now, success=success
        )
    AuthToken.objects.create(ours.revops.user)
    LogEntry.objects.log_actions(ours.revops.user.pk, [ours.team], 2, "Name: A → B", single_object=True)
    assert Share.objects.exists()
    assert Delivery.objects.exists()
    return ours


def pages() -> list[str]:
    return sorted(model._meta.label_lower for model in admin.site._registry)


def address(label: str, page: str, *args: Any) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


@pytest.mark.parametrize("name", ["rita", pytest.param("root", marks=pytest.mark.long)])
def test_every_page_opens_with_rows_in_it(rows: World, name: str, request: pytest.FixtureRequest) -> None:
    who: Client = request.getfixturevalue(name)
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        listed = who.get(address(label, "changelist"))
        assert listed.status_code == 200, label
        first = page.get_queryset(listed.wsgi_request).first()
        assert first is not None, f"no row of {label}"
        assert who.get(address(label, "change", first.pk)).status_code == 200, label
        assert who.get(address(label, "history", first.pk)).status_code == 200, label
        may_add = page.has_add_permission(listed.wsgi_request)
        assert who.get(address(label, "add")).status_code == (200 if may_add else 403), label
        if page.get_search_fields(listed.wsgi_request):
            assert who.get(address(label, "changelist"), {"q": "jo"}).status_code == 200, label


def test_the_contents_name_every_page_and_no_other(db: None) -> None:
    listed = [label for entries in CONTENTS.values() for label, *_rest in entries if "#" not in label]
    assert sorted(listed) == pages()


def test_the_first_page_tells_what_wants_attention(rows: World, rita: Client) -> None:
    Heartbeat.objects.all().delete()
    page = rita.get("/admin/")
    assert page.status_code == 200
    told = page.content.decode()
    assert "1 definition dispute waits for your verdict." in told
    for entries in CONTENTS.values():
        for _label, name, _icon, about in entries:
            assert name in told
            assert escape(about) in told


def test_the_first_page_tells_where_nobody_takes_leads(ours: World, rita: Client) -> None:
    assert "takes leads from routing" not in rita.get("/admin/").content.decode()
    other = Team.objects.create(
        name="Nordic", active=True, manager=ours.manager, deputy=ours.deputy, alert_email="n@x.io"
    )
    Pool.objects.create(territory=Territory.objects.create(name="Sweden", team=other), criteria={"all": []}, team=other)
    assert "Nobody of Nordic takes leads from routing" in rita.get("/admin/").content.decode()
    Rep.objects.update(takes_routing=False)
    told = rita.get("/admin/").content.decode()
    assert "Nobody takes leads from routing: each waits" in told
    assert "Nobody of Nordic" not in told


def test_who_is_no_staff_is_refused_and_who_is_nobody_signs_in(ours: World, mona: Client) -> None:
    for path in ("/admin/", "/admin/leads/lead/", "/admin/leads/team/add/"):
        assert mona.get(path, follow=True).status_code == 403, path
        answer = Client().get(path, follow=True)
        assert answer.request["PATH_INFO"] == reverse("sign-in")
        assert answer.redirect_chain[-1][0].endswith(f"?next={path}")


def test_staff_without_the_role_sees_nothing(ours: World, mona: Client) -> None:
    ours.manager.user.is_staff = True
    ours.manager.user.save()
    assert mona.get("/admin/").status_code == 200
    for label in pages():
        assert mona.get(address(label, "changelist")).status_code == 403, label


def test_revops_without_staff_status_is_refused(ours: World, rita: Client) -> None:
    ours.revops.user.is_staff = False
    ours.revops.user.save()
    assert rita.get("/admin/leads/team/", follow=True).status_code == 403


def test_only_the_admin_may_evaluate_in_the_browser(ours: World, rita: Client) -> None:
    inside = rita.get("/admin/leads/team/").headers["Content-Security-Policy"]
    outside = Client().get(reverse("sign-in")).headers["Content-Security-Policy"]
    assert ("'unsafe-eval'" in inside) is not settings.AIRTIGHT_STOCK_ADMIN
    assert "unsafe" not in outside
    assert "script-src 'self' 'unsafe-inline'" not in inside


def test_a_list_asks_the_database_as_often_for_ten_leads_as_for_one(ours: World, rita: Client) -> None:
    def asked(label: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert rita.get(address(label, "changelist")).status_code == 200
        return len(queries)

    lists = ("leads.lead", "leads.leadevent", "leads.assignment", "routing.decision", "leads.delivery", "leads.arrival",
             "leads.rep", "leads.team", "leads.territory", "sla.policy")  # fmt: skip
    ours.to_state("assigned")
    for label in lists:
        asked(label)
    before = {label: asked(label) for label in lists}
    for number in range(6):
        ours.capture(f"p{number}@c{number}.test")
    ours.pass_time(4 * MINUTE)
    # The filter by holder lists the reps who hold something, in one query however many.
    assert {label: asked(label) for label in lists} == before


def test_nonsense_in_an_address_is_an_answer_and_no_failure(rows: World, rita: Client) -> None:
    for path in (
        "/admin/leads/lead/?q=%00", "/admin/leads/lead/?state__exact=%00", "/admin/leads/lead/?p=x&o=99.-1",
        "/admin/leads/lead/?holder=drop", "/admin/leads/lead/?territory__id__exact=x", "/admin/leads/lead/?nope=1",
        "/admin/leads/lead/99999999999999999999999/change/", "/admin/leads/lead/x/change/",
        "/admin/revops/heartbeat/a%00/change/", "/admin/leads/lead/?q=99999999999999999999999",
        "/admin/search/?s=x&page=z", "/admin/recycle/feature/999/ship/", "/admin/leads/suppression/999/lift/",
        "/admin/leads/suppression/99999999999999999999999/lift/",
        "/admin/autocomplete/?app_label=leads&model_name=opportunity&field_name=account&term=a%00",
    ):  # fmt: skip
        assert rita.get(path).status_code in (200, 302, 400, 403, 404), path


@pytest.mark.long
def test_empty_and_senseless_posts_are_answered(rows: World, rita: Client) -> None:
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower
        first = page.get_queryset(rita.get(address(label, "changelist")).wsgi_request).first()
        for target in (address(label, "add"), address(label, "change", first.pk), address(label, "changelist")):
            for data in ({}, {"name": "\x00", "_selected_action": ["x"], "action": "nope"}):
                assert rita.post(target, data).status_code in (200, 302, 400, 403), (target, data)


NUMBER = "9" * 40
SENSELESS = ("%s__year=0", "%s__year=10000", "%s__gte=0001-01-01T00:00:00%%2B23:59", "%s=" + NUMBER, "%s__exact=%%00")


@pytest.mark.long
def test_a_senseless_question_of_any_list_is_no_failure(rows: World, rita: Client) -> None:
    for model in admin.site._registry:
        times = [field.name for field in model._meta.fields if field.get_internal_type() == "DateTimeField"]
        for question in SENSELESS:
            name = times[0] if times and "__" in question else model._meta.pk.name
            asked = f"{address(model._meta.label_lower, 'changelist')}?{question % name}"
            # A lookup that no list may ask for is refused, as Django does.
            assert rita.get(asked).status_code in (200, 302, 400), asked


@pytest.mark.parametrize("question", ["at__year=0", "at__year=10000", "at__gte=0001-01-01T00:00:00%2B23:59", "q=%00"])
def test_the_whole_list_says_that_it_did_not_understand(rows: World, rita: Client, question: str) -> None:
    answer = rita.get(f"/admin/leads/arrival/?{question}", follow=True)
    assert answer.redirect_chain
    assert "no filter of this list" in " ".join(map(str, answer.context["messages"]))
