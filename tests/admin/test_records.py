"""No page, action or forged form of the admin moves a lead: the lifecycle alone does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import F
from django.test import Client
from django.urls import reverse

from leads.models import Alert, Assignment, Delivery, DomainClaim, Lead, LeadEvent, Suppression
from recycle.models import Dispute, Feature
from revops import alerts
from revops.sweep import sweep
from sla.models import Breach
from tests.admin.conftest import said
from tests.world import HOUR, MINUTE, World, check_law

At = Callable[[], Any]
READ_ONLY = ("lead", "leadevent", "assignment", "arrival", "delivery", "intentsignal", "alert")


def snapshot(lead: Lead) -> dict[str, Any]:
    return Lead.objects.filter(pk=lead.pk).values().get()


def forged(ours: World) -> dict[str, Any]:
    return {
        "state": "converted", "owner": ours.reps[1].pk, "due_at_0": "2030-01-01", "due_at_1": "00:00",
        "due_step": "accept", "email": "new@new.test", "seq": 9, "_save": "Save", "post": "yes",
    }  # fmt: skip


def test_no_forged_post_changes_a_lead(ours: World, rita: Client, root: Client) -> None:
    lead = ours.to_state("assigned")
    before = snapshot(lead)
    for client in (rita, root):
        for url, code in (
            (f"/admin/leads/lead/{lead.pk}/change/", 403),
            (f"/admin/leads/lead/{lead.pk}/delete/", 403),
            ("/admin/leads/lead/add/", 403),
        ):
            assert client.post(url, forged(ours)).status_code == code, url
        for action in ("delete_selected", "state", "assign", "accept"):
            client.post("/admin/leads/lead/", {"action": action, "_selected_action": [lead.pk], "post": "yes"})
        listed = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": lead.pk, "form-0-state": "converted"}
        client.post("/admin/leads/lead/", {**listed, "form-0-owner": ours.reps[1].pk, "_save": "Save"})
    assert snapshot(lead) == before
    check_law()


def test_alerts_are_told_by_who_was_asked_and_whether_they_still_wait(ours: World, rita: Client) -> None:
    """One waits, one was seen, one's lead has gone on: each is named so, found by its filter, and leads to its lead."""
    waits, seen, gone = (ours.capture(f"{name}@{name}.test", company=name) for name in ("Wa", "Se", "Go"))
    ours.pass_time(4 * MINUTE)
    ours.pass_time(2 * HOUR + MINUTE)
    alerts.see(Alert.objects.filter(lead=seen), by_id=ours.manager.user_id, how=Alert.How.PAGE, at=ours.now)
    ours.accept(gone)
    page = rita.get("/admin/leads/alert/").content.decode()
    assert all(f'href="/leads/{lead.pk}/"' in page for lead in (waits, seen, gone))
    found = {
        query: set(rita.get(f"/admin/leads/alert/?{query}").context["cl"].queryset.values_list("lead", flat=True))
        for query in ("waits=yes", "how__exact=page", "asked=deputy", "asked=manager", "q=Go")
    }
    assert found == {
        "waits=yes": {waits.pk}, "how__exact=page": {seen.pk}, "q=Go": {gone.pk}, "asked=deputy": set(),
        "asked=manager": {waits.pk, seen.pk, gone.pk},
    }  # fmt: skip
    assert "the lead went on" in page


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_happened_cannot_be_added_changed_or_deleted(ours: World, root: Client, name: str) -> None:
    ours.to_state("shark_tank")
    models: dict[str, Any] = {
        "lead": Lead, "leadevent": LeadEvent, "assignment": Assignment, "delivery": Delivery, "alert": Alert
    }  # fmt: skip
    row = models.get(name, Lead).objects.first()
    assert root.post(f"/admin/leads/{name}/add/", {}).status_code == 403
    if name in models:
        for page in ("change", "delete"):
            answer = root.post(f"/admin/leads/{name}/{row.pk}/{page}/", {"post": "yes", "kind": "x"})
            assert answer.status_code == 403, page
        assert models[name].objects.filter(pk=row.pk).exists()
    assert b"delete_selected" not in root.get(f"/admin/leads/{name}/").content


def test_schedules_cannot_be_made_to_run_anything(ours: World, root: Client) -> None:
    assert root.post("/admin/django_q/schedule/add/", {"func": "os.system", "args": "'true'"}).status_code == 403
    assert b"resubmit" not in root.get("/admin/django_q/failure/").content.lower()


def test_a_lead_page_leads_to_its_own_page(ours: World, rita: Client) -> None:
    lead = ours.to_state("assigned")
    page = rita.get(f"/admin/leads/lead/{lead.pk}/change/")
    assert page.status_code == 200
    assert f"/admin/r/{page.context['content_type_id']}/{lead.pk}/" in page.content.decode() or (
        reverse("lead", args=[lead.pk]) in page.content.decode()
    )


def test_a_lead_is_found_by_its_address_its_number_and_its_company(ours: World, rita: Client) -> None:
    lead = ours.capture("Jo+x@acme.test", company="Acme")
    other = ours.capture("bo@globex.test", company="Globex")
    for query in ("jo@ACME.test", str(lead.pk), "acme"):
        page = rita.get("/admin/leads/lead/", {"q": query})
        found = [row.pk for row in page.context["cl"].result_list]
        assert found == [lead.pk], query
    assert other.pk


def test_what_was_put_aside_is_tried_again_now_and_that_is_kept(ours: World, rita: Client, at: At) -> None:
    lead, fine = ours.to_state("assigned"), ours.to_state("assigned", "bo@globex.test")
    Lead.objects.filter(pk=lead.pk).update(retry_at=ours.now + 9 * HOUR, error="KeyError: 1", error_count=1)
    ours.now += 3 * HOUR
    sweep(at=ours.now)
    assert ours.again(lead).state == "assigned"
    assert b"KeyError" in rita.get("/admin/leads/lead/?aside=yes").content
    chosen = {"action": "try_again", "_selected_action": [lead.pk, fine.pk]}
    page = rita.post("/admin/leads/lead/", chosen, follow=True)
    assert "1 lead is tried again with the next sweep." in said(page)
    assert LogEntry.objects.get().object_id == str(lead.pk)
    sweep(at=ours.now + MINUTE)
    assert ours.again(lead).state != "assigned"
    check_law()


def test_only_a_delivery_that_failed_for_good_is_sent_again(ours: World, rita: Client, at: At) -> None:
    ours.to_state("overdue")
    rows = list(Delivery.objects.order_by("pk"))
    Delivery.objects.update(status="sent", done_at=F("created_at"))
    Delivery.objects.filter(pk=rows[0].pk).update(status="dead", error="channel_not_found")
    chosen = {"action": "send_again", "_selected_action": [row.pk for row in rows]}
    page = rita.post("/admin/leads/delivery/", chosen, follow=True)
    assert "1 delivery is being sent again." in said(page)
    assert list(Delivery.objects.filter(status="pending").values_list("pk", flat=True)) == [rows[0].pk]
    assert LogEntry.objects.count() == 1


def test_a_suppression_is_added_cleaned_and_lifted_with_a_reason(ours: World, rita: Client, at: At) -> None:
    url = reverse("admin:leads_suppression_add")
    for bad in (
        {}, {"person_key": "x"}, {"domain": "gmail.com"}, {"domain": "??"},
        {"person_key": "a@b.test", "domain": "b.test"},
    ):  # fmt: skip
        page = rita.post(url, {"scope": "sales", **bad})
        assert page.status_code == 200, bad
        assert page.context["adminform"].form.errors, bad
    rita.post(url, {"scope": "sales", "person_key": "Jo+News@Acme.test", "note": "asked us"})
    row = Suppression.objects.get()
    assert (row.person_key, row.by, row.since) == ("jo@acme.test", ours.revops.user, ours.now)
    again = rita.post(url, {"scope": "sales", "person_key": "jo@acme.test"})
    assert "That is on the list already." in str(again.context["adminform"].form.errors)
    assert rita.post(f"/admin/leads/suppression/{row.pk}/change/", {"note": "x"}).status_code == 403
    rita.post(f"/admin/leads/suppression/{row.pk}/delete/", {"post": "yes"})
    lift = f"/admin/leads/suppression/{row.pk}/lift/"
    assert "Lift this suppression?" in rita.get(lift).content.decode()
    assert rita.post(lift, {"because": " "}).status_code == 200
    assert Suppression.objects.in_force().exists()
    assert "may be contacted again" in said(rita.post(lift, {"because": "They asked."}, follow=True))
    row.refresh_from_db()
    assert (row.lifted_at, row.lifted_by, row.lifted_because) == (ours.now, ours.revops.user, "They asked.")
    assert rita.post(lift, {"because": "Twice."}).status_code == 404


def test_suppressing_a_domain_ends_the_open_leads_there(ours: World, rita: Client, at: At) -> None:
    ours.to_state("assigned")
    page = rita.post("/admin/leads/suppression/add/", {"scope": "sales", "domain": "https://acme.test/"}, follow=True)
    assert "1 open lead of theirs ended with it" in said(page)


def test_shipping_a_feature_asks_first_and_brings_leads_back(ours: World, rita: Client, mona: Client, at: At) -> None:
    feature = Feature.objects.create(key="sso", name="SSO")
    lead = ours.recycle(ours.to_state("assigned"), "feature_gap", feature="sso")
    url = reverse("admin:recycle_feature_ship", args=[feature.pk])
    assert "1 lead comes back" in rita.get(url).content.decode()
    assert ours.again(lead).state == "nurture"
    assert mona.post(url, follow=True).status_code == 403
    assert "SSO has shipped. 1 lead comes back." in said(rita.post(url, follow=True))
    assert ours.again(lead).state == "buffer"
    feature.refresh_from_db()
    assert feature.shipped_at == ours.now
    check_law()


def test_a_dispute_gets_a_verdict_and_nothing_else(ours: World, rita: Client, at: At) -> None:
    lead = ours.recycle(ours.to_state("assigned", employee_count=50), "not_icp")
    dispute = Dispute.objects.get(lead=lead)
    url = reverse("admin:recycle_dispute_change", args=[dispute.pk])
    rita.post(url, {"verdict": "The rep was right", "rep": ours.reps[2].pk, "lead": 1})
    dispute.refresh_from_db()
    assert (dispute.verdict, dispute.reviewed_at, dispute.lead) == ("The rep was right", ours.now, lead)


def test_a_breach_of_the_coaching_record_stays(ours: World, root: Client) -> None:
    ours.to_state("overdue")
    row = Breach.objects.get()
    assert root.post(f"/admin/sla/breach/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_accounts_that_share_a_domain_are_found_and_told(rita: Client, ours: World) -> None:
    first, second = ours.account("Acme Rockets"), ours.account("Acme Pumps", "pumps.test")
    third = ours.account("Globex", "globex.test")
    DomainClaim.objects.create(account=second, domain="acme.test")
    listed = rita.get("/admin/leads/account/", {"domains": "shared"}).context["cl"].queryset
    assert set(listed) == {first, second}
    told = {one: rita.get(f"/admin/leads/account/{one.pk}/change/").content.decode() for one in (first, second, third)}
    assert "acme.test is also claimed by Acme Pumps" in told[first]
    assert "acme.test belongs to Acme Rockets" in told[second]
    assert not [line for line in told[third].splitlines() if "is also claimed by" in line or "belongs to" in line]
