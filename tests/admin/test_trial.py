"""An ICP profile tried before it is saved: on a lead, on an address nobody wrote from yet, on facts typed in."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.models import Account, IntentSignal, Lead, Reason, Suppression
from routing.models import Absence, Decision, Enquiry, EnrichmentAnswer, Vendor, VendorAnswer
from tests.admin.conftest import signed_in
from tests.admin.test_people import change
from tests.world import DAY, MINUTE, World

BIG = {"field": "employee_count", "op": "at_least", "value": 50}
Tries = Callable[..., Any]


@pytest.fixture
def tried(ours: World, rita: Client, at: Any) -> Tries:
    """Ask with these criteria; what the page says, its spaces folded."""

    def ask(whom: str = "", criteria: Any = None, *, by: Client = rita, bar: Any = 40, **typed: Any) -> Any:
        data = {"criteria": json.dumps(criteria or {"all": [BIG]}), "intent_bar": bar, "try-whom": whom}
        page = by.post(reverse("admin:routing_icpprofile_try"), data | {f"try-{key}": typed[key] for key in typed})
        page.words = " ".join(page.content.decode().replace("&#x27;", "'").split())
        return page

    return ask


def test_a_lead_is_judged_by_what_is_typed_and_nothing_is_stored(ours: World, tried: Tries) -> None:
    lead = ours.to_state("assigned", employee_count=20, intent_score=60)
    count = (Decision.objects.count(), EnrichmentAnswer.objects.count(), ours.profile.versions.count())
    before = Lead.objects.filter(pk=lead.pk).values().get()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        told = tried(str(lead.pk)).words
    assert f"<bdi>Lead {lead.pk}, Acme</bdi>" in told
    assert "Employee count is at least 50" in told
    assert "Not ICP: employee count is at least 50 (not met)." in told
    assert "To the nurture track “Long-term”, and judged again on 1 May 2027 at the latest." in told
    assert "Intent 60 clears the bar of 40: 60 sent with the lead." in told
    wrote = [row["sql"] for row in asked.captured_queries if row["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in wrote if "session" not in sql] == []
    assert count == (Decision.objects.count(), EnrichmentAnswer.objects.count(), ours.profile.versions.count())
    assert Lead.objects.filter(pk=lead.pk).values().get() == before


def test_the_bar_of_the_form_counts(ours: World, tried: Tries) -> None:
    IntentSignal.objects.create(
        person_key="jo@acme.test", kind="webinar", points=15, occurred_at=ours.now, received_at=ours.now
    )
    ours.capture(employee_count=200, intent_score=20)
    told = tried("jo@acme.test", bar=50).words
    assert "ICP, but intent 35 is below the bar of 50." in told
    assert "20 sent with the lead, 15 from signals" in told
    assert "To the nurture track “Intent”" in told
    assert "moment its score reaches the bar" in told
    assert "It would be an AQL, and routed at once." in tried("jo@acme.test", bar=35).words


def test_an_unknown_address_is_judged_on_what_intake_can_tell(ours: World, tried: Tries) -> None:
    ours.account(employee_count=300)
    told = tried("New.Person@Acme.test").words
    assert "New.Person@acme.test, who has not come in yet" in told
    assert "Belongs to the account Acme, by its domain." in told
    assert ">fit<" in told
    assert not Lead.objects.exists()
    told = tried("jo@gmail.com", {"none": [{"field": "is_free_mail", "op": "is", "value": True}]}).words
    assert "Writes from free mail" in told
    assert "Is free mail is not true" in told
    assert "Not ICP: is free mail is not true (not met)." in told
    free = tried("jo@acme.test", {"field": "is_free_mail", "op": "is", "value": False}).words
    assert '<dt>Writes from free mail</dt><dd><bdi>no</bdi> <span class="trial-help">from the address</span>' in free
    told = tried("jo@elsewhere.test").words
    assert "Not known: size." in told
    assert ">unknown<" in told
    assert "Qualified: ICP as far as known, intent unknown." in told


APOLLO = {"vendor": "apollo", "domain": "acme.test"}


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apollo has a key here; to ask it would raise, for there is nothing behind it."""
    monkeypatch.setattr("revops.vendors.providers", lambda: {"apollo": None})
    Vendor.objects.get_or_create(name="apollo")


def test_what_vendors_have_told_already_counts_and_nobody_is_asked(ours: World, tried: Tries) -> None:
    Vendor.objects.get_or_create(name="apollo")
    answer = VendorAnswer.objects.create(
        **APOLLO, outcome="match", values={"employee_count": 80}, asked_at=ours.now, good_until=ours.now + DAY
    )
    told = tried("jo@acme.test").words
    assert "Apollo, asked at 10:00 today, has told size." in told
    assert '<dt>Size</dt><dd><bdi>80</bdi> <span class="trial-help">Apollo</span></dd>' in told
    assert ">fit<" in told
    answer.good_until = ours.now
    answer.save()
    assert "has told" not in tried("jo@acme.test").words


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (None, "Apollo has not been asked about acme.test."),
        ({"outcome": "pending"}, "Apollo was asked at 10:00 today and is looking into it."),
        ({"outcome": "failed", "error": "429: slow down."}, "Apollo was asked at 10:00 today and did not answer: 429:"),
        ({"outcome": "match", "values": {"employee_count": 80}}, "which is too long ago to be used."),
    ],
)  # fmt: skip
def test_what_a_vendor_may_still_tell_is_not_known_yet_and_not_held_against_the_lead(
    ours: World, tried: Tries, connected: None, asked: dict[str, Any] | None, told: str
) -> None:
    if asked is not None:
        VendorAnswer.objects.create(**APOLLO, **asked, asked_at=ours.now, good_until=ours.now)
    strict = {"all": [{**BIG, "unknown": "fail"}]}
    said = tried("jo@acme.test", strict).words
    assert told in said
    assert "Not known: size (Apollo may still tell)." in said
    assert "not known: a vendor had not answered, so it passes here" in said
    assert ">unknown<" in said


def test_of_a_lead_that_is_asked_about_no_more_nothing_is_waited_for(
    ours: World, tried: Tries, connected: None
) -> None:
    lead = ours.capture()
    ours.pass_time(6 * MINUTE)
    strict = {"all": [{**BIG, "unknown": "fail"}]}
    enquiry = Enquiry.objects.get(lead=lead)
    assert ">unknown<" in tried(str(lead.pk), strict).words
    enquiry.done_at = ours.now
    enquiry.save()
    told = tried(str(lead.pk), strict).words
    assert "Apollo has not been asked about acme.test; it is not waited for any more." in told
    assert "Not known: size." in told
    assert ">not fit<" in told


def test_each_value_is_told_with_who_told_it(ours: World, tried: Tries) -> None:
    ours.account(employee_count=300)
    lead = ours.to_state("assigned", country="DE", custom={"seats": 9})
    asked = {"all": [BIG, *({"field": name, "op": "is", "value": "DE"} for name in ("country", "domain", "city"))]}
    told = tried(str(lead.pk), asked, city="Ulm", employee_count="51-200").words
    for label, value, origin in (
        ("Size", "51-200", "typed here"),
        ("Country", "DE", "sent with the lead"),
        ("Domain", "acme.test", "from the address"),
        ("City", "Ulm", "typed here"),
    ):
        assert f'<dt>{label}</dt><dd><bdi>{value}</bdi> <span class="trial-help">{origin}</span>' in told, label
    assert '<bdi>300</bdi> <span class="trial-help">account Acme</span>' in tried("bo@acme.test", asked).words


def test_facts_are_typed_in_place_of_what_is_known(ours: World, tried: Tries) -> None:
    lead = ours.capture(employee_count=20, custom={"tier": "B"})
    seats = {"all": [BIG, {"field": "custom.seats", "op": "at_least", "value": 5}]}
    typed = {"employee_count": "1,200", "custom": "seats = 7\nplan = pro"}
    assert ">fit<" in tried(str(lead.pk), seats, **typed).words
    told = tried("", seats, **typed).words
    assert "Somebody with these facts" in told
    assert ">fit<" in told
    free = {"field": "is_free_mail", "op": "is", "value": True}
    assert "Not known: writes from free mail." in tried("", free, company="Acme").words


def test_a_score_says_how_it_adds_up(ours: World, tried: Tries) -> None:
    score = {
        "score": [{"weight": 3, **BIG}, {"weight": 2, "field": "industry", "op": "is", "value": "SaaS"}],
        "at_least": 4,
    }
    told = tried("", {"all": [score]}, employee_count="60").words
    assert "Not known whether reached: 3 to 5 points, 4 needed. Counted: 3 for employee count is at least 50." in told
    assert "Not known: 2 for industry is SaaS." in told


def test_a_deal_goes_to_its_owner_whatever_the_icp_says(ours: World, tried: Tries) -> None:
    owner, keeper = ours.reps[0], ours.reps[1]
    ours.deal(ours.account(employee_count=3, owner=keeper), owner)
    told = tried("jo@acme.test").words
    assert ">not fit<" in told
    assert "Straight to Ada: Acme has an open deal, Big deal, whatever the ICP says." in told
    Absence.objects.create(rep=owner, starts_at=ours.now - DAY, ends_at=ours.now + DAY)
    assert "Straight to Ben, who stands in for its owner:" in tried("jo@acme.test").words


@pytest.mark.parametrize(
    ("row", "whose"), [({"person_key": "jo@acme.test"}, "person"), ({"domain": "acme.test"}, "domain")]
)
def test_the_suppressed_stay_suppressed(ours: World, tried: Tries, row: dict[str, str], whose: str) -> None:
    reason = Reason.objects.get(code="not_icp")
    Suppression.objects.create(**row, since=ours.now - timedelta(days=1), reason=reason)
    assert f"Suppressed: the {whose} is on the suppression list (Not ICP)." in tried("jo@acme.test").words


def test_a_company_s_leads_are_offered_to_pick_from(ours: World, tried: Tries) -> None:
    jo, bo = ours.capture(company="Acme Ltd"), ours.capture("bo@acme.test", company="Acme Inc")
    told = tried("acme").words
    assert f'data-run="{jo.pk}"' in told
    assert f'data-run="{bo.pk}"' in told
    assert f"Lead {bo.pk}, Acme Inc" in tried("acme inc").words


@pytest.mark.parametrize(
    ("whom", "typed", "field", "error"),
    [
        ("", {}, "whom", "Write an e-mail, a lead's number or a company"),
        ("@", {}, "whom", "is not an e-mail address"),
        ("999", {}, "whom", "No lead that you may see has this."),
        ("9" * 40, {}, "whom", "No lead that you may see has this."),
        ("nobody at all", {}, "whom", "No lead that you may see has this."),
        ("jo@acme.test", {"employee_count": "many"}, "employee_count", "many"),
        ("jo@acme.test", {"country": "Atlantis"}, "country", "Atlantis"),
        ("jo@acme.test", {"intent_score": "140"}, "intent_score", "between 0 and 100"),
        ("jo@acme.test", {"custom": "seats 7"}, "custom", "as name = value"),
        ("jo\x00@acme.test", {}, "whom", "Null characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_the_field(
    tried: Tries, whom: str, typed: dict[str, str], field: str, error: str
) -> None:
    page = tried(whom, **typed)
    form = page.context["form"]
    assert list(form.errors) == [field]
    assert error in str(form.errors[field][0])
    assert page.context["result"] is None
    assert 'class="trial-error"' in page.words


def test_criteria_that_are_wrong_are_told_and_nothing_is_judged(ours: World, tried: Tries) -> None:
    page = tried("jo@acme.test", {"all": [{**BIG, "value": "x"}]}, bar=101)
    assert "Put this right above first. Criteria: Condition 1, value: “is at least” takes a number." in page.words
    assert "Intent bar: The intent score goes from 0 to 100." in page.words
    assert page.context["result"] is None


def test_revops_alone_tries_and_by_a_form_of_ours(ours: World, rita: Client, mona: Client, tried: Tries) -> None:
    ours.capture(company="Secret & Sons")
    viewer = User.objects.create_user("vic@airtight.test", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_icpprofile"))
    vic = signed_in(viewer)
    assert tried("jo@acme.test", by=vic).status_code == 403
    assert "Secret" not in tried("jo@acme.test", by=vic).words
    assert "data-trial" not in vic.get(change(ours.profile)).content.decode()
    assert "data-trial" in rita.get(change(ours.profile)).content.decode()
    assert "data-trial" in rita.get(reverse("admin:routing_icpprofile_add")).content.decode()
    assert "Secret" not in tried("jo@acme.test", by=mona).words
    assert rita.get(reverse("admin:routing_icpprofile_try")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ours.revops.user)
    assert tried("jo@acme.test", by=strict).status_code == 403


def test_a_lead_s_page_leads_to_its_trial(ours: World, rita: Client, mona: Client) -> None:
    lead = ours.to_state("assigned")
    link = f"{change(ours.profile)}?try={lead.pk}"
    assert link in rita.get(f"/leads/{lead.pk}/").content.decode()
    assert link not in mona.get(f"/leads/{lead.pk}/").content.decode()


def test_what_is_shown_is_escaped(ours: World, tried: Tries) -> None:
    Account.objects.create(name="<b>x</b>", normal_name="x", imported_at=ours.now)
    ours.capture(company="<script>alert(1)</script>")
    told = tried("jo@acme.test", {"field": "city", "op": "is", "value": "<i>"}).words
    assert "<script>" not in told
    assert "<i>" not in told
