"""Criteria, policies, calendars, reasons and tracks: checked beside the field, counted up, kept in the history."""

import json
from datetime import time
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from leads.models import Assignment, Opportunity, Reason, Territory, Track
from routing.models import IcpProfile, Pool
from sla.models import Calendar, Policy, WeeklyHours
from tests.admin.conftest import said, typed
from tests.admin.test_people import change, save
from tests.world import World

NESTED = {
    "any": [
        {
            "all": [
                {"field": "country", "op": "is", "value": "US"},
                {"any": [{"field": "custom.tier", "op": "is", "value": "A"}]},
            ]
        },
        {"field": "tech_stack", "op": "has_any", "value": ["salesforce"]},
    ]
}


def errors(page: Any, field: str) -> str:
    assert page.status_code == 200
    forms = [page.context["adminform"].form]
    forms += [form for inline in page.context["inline_admin_formsets"] for form in inline.formset.forms]
    found = [str(form.errors[field]) for form in forms if field in form.errors]
    assert found, [form.errors for form in forms]
    return found[0]


def last_change() -> str:
    return str(LogEntry.objects.order_by("-pk").first().change_message)


@pytest.mark.parametrize("criteria", [NESTED, {}, {"field": "employee_count", "op": "between", "value": [10, 99]}])
def test_criteria_come_back_as_they_were_typed(ours: World, rita: Client, criteria: dict[str, Any]) -> None:
    url = change(ours.profile)
    assert save(rita, url, criteria=json.dumps(criteria)).status_code == 200
    ours.profile.refresh_from_db()
    assert ours.profile.criteria == criteria
    assert json.loads(typed(rita, url)["criteria"] or "{}") == criteria
    version = ours.profile.version
    save(rita, url)
    ours.profile.refresh_from_db()
    assert ours.profile.version == version, "saving without a change is no new version"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"all": [{"field": "country", "op": "is", "value": "US"}, {"field": "employee_count", "op": "at_least", '
         '"value": "many"}]}', "Condition 2, value: “is at least” takes a number."),
        ('{"all": [{"any": [{"field": "size", "op": "is", "value": "x"}]}]}', "Condition 1.1, field:"),
        ('{"all": [{"field": "country", "op": "in", "value": ["Atlantis"]}]}', "Condition 1, value: 'Atlantis' is not"),
        ('{"all": [], "any": []}', "A group is only one of all, any, none"),
        ('{"field": "city", "op": "is", "value": "a\\u0000b"}', "a character that no text may hold"),
        ('{"field": "city", "op": "is", "value": "\\ud800"}', "half of a character"),
        ('{"field": "employee_count", "op": "at_least", "value": NaN}', "takes a number"),
        ("[" * 100_000, "nested too deeply"), ("1" * 5_000, "nested too deeply"), ("{oops", "valid JSON"),
        ("[]", "object"), ("3", "object"),
    ],
)  # fmt: skip
def test_wrong_criteria_are_told_beside_the_field_and_kept(ours: World, rita: Client, text: str, told: str) -> None:
    before = ours.profile.criteria
    url = change(ours.profile)
    page = rita.post(url, typed(rita, url, criteria=text))
    found = errors(page, "criteria").replace("&#x27;", "'").replace("&quot;", '"')
    assert told in found
    assert page.context["adminform"].form["criteria"].value() == text
    ours.profile.refresh_from_db()
    assert ours.profile.criteria == before


def test_a_country_in_any_spelling_becomes_its_code(ours: World, rita: Client) -> None:
    row = {"field": "country", "op": "in", "value": ["Germany", "USA", "nl"]}
    save(rita, change(ours.profile), criteria=json.dumps({"all": [row]}))
    ours.profile.refresh_from_db()
    assert ours.profile.criteria == {"all": [{**row, "value": ["DE", "US", "NL"]}]}


def test_the_preview_tells_criteria_in_words(ours: World, rita: Client, mona: Client) -> None:
    url = reverse("admin:routing_icpprofile_words")
    rows = [
        {"field": "country", "op": "in", "value": ["US", "CA"]},
        {"field": "employee_count", "op": "at_least", "value": 50},
    ]
    told = rita.post(url, {"criteria": json.dumps({"all": rows})}).json()
    assert told == {"words": "country is one of US, CA and employee count is at least 50", "problem": "", "part": ""}
    rows[1]["value"] = "x"
    told = rita.post(url, {"criteria": json.dumps({"all": rows})}).json()
    assert told["part"] == "criteria.all[1].value"
    assert "Condition 2" in told["problem"]
    for text in ("", "{", "[" * 100_000, "1" * 9_999, "null", "[]"):
        assert rita.post(url, {"criteria": text}).status_code == 200, text[:5]
    assert rita.get(url).status_code == 405
    assert mona.post(url, follow=True).status_code == 403


def test_only_one_profile_is_in_force(ours: World, rita: Client) -> None:
    url = reverse("admin:routing_icpprofile_add")
    form = typed(rita, url, name="Second")
    assert "“ICP” is in force." in errors(rita.post(url, form), "active")
    del form["active"]
    assert rita.post(url, form).status_code == 302
    assert "0 to 100" in errors(rita.post(url, form | {"name": "Third", "intent_bar": 101}), "intent_bar")
    assert rita.post(f"/admin/routing/icpprofile/{ours.profile.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_change_of_criteria_counts_the_version_up_and_is_kept_in_words(ours: World, rita: Client) -> None:
    save(rita, change(ours.profile), criteria='{"field": "country", "op": "is", "value": "US"}', intent_bar=50)
    ours.profile.refresh_from_db()
    assert ours.profile.version == 2
    assert "Criteria: employee count is at least 10 (or unknown) → country is US" in last_change()
    assert "Intent bar: 40 → 50" in last_change()
    assert LogEntry.objects.first().user == ours.revops.user


def test_a_territory_has_one_rule_on_its_own_page(ours: World, rita: Client) -> None:
    url = reverse("admin:leads_territory_add")
    rita.post(url, typed(rita, url, name="West", **{"pool-0-team": ours.team.pk, "pool-0-active": None}))
    west = Territory.objects.get(name="West")
    assert Pool.objects.get(territory=west).criteria == {}
    row = {"field": "region", "op": "is", "value": "California"}
    save(rita, change(west), **{"pool-0-criteria": json.dumps(row), "pool-0-position": 5})
    pool = Pool.objects.get(territory=west)
    assert (pool.criteria, pool.position, pool.version) == (row, 5, 2)
    assert "It takes a lead when: every lead → region is California" in last_change()
    page = rita.post(change(west), typed(rita, change(west), **{"pool-0-criteria": '{"field": "region"}'}))
    assert "operator" in errors(page, "criteria")
    page = rita.post(change(west), typed(rita, change(west), **{"pool-0-is_fallback": "on"}))
    assert "There is a fallback territory already: “Everywhere”." in errors(page, "is_fallback")
    assert "region is California" in rita.get("/admin/leads/territory/").content.decode()


def test_a_rule_that_takes_nothing_is_not_switched_on(ours: World, rita: Client) -> None:
    url = reverse("admin:leads_territory_add")
    page = rita.post(url, typed(rita, url, name="West", **{"pool-0-team": ours.team.pk}))
    assert "tick “Fallback”" in errors(page, "criteria")
    assert not Territory.objects.filter(name="West").exists()
    rita.post(url, typed(rita, url, name="West", **{"pool-0-team": ours.team.pk, "pool-0-active": None}))
    west = Territory.objects.get(name="West")
    assert "no lead by criteria, unless it is the fallback" in rita.get(change(west)).content.decode()
    page = rita.post(change(west), typed(rita, change(west), **{"pool-0-active": "on"}))
    assert "tick “Fallback”" in errors(page, "criteria")
    row = json.dumps({"field": "region", "op": "is", "value": "California"})
    save(rita, change(west), **{"pool-0-active": "on", "pool-0-criteria": row})
    assert Territory.objects.get(name="West").active
    everywhere = change(ours.territory)
    page = rita.post(everywhere, typed(rita, everywhere, **{"pool-0-is_fallback": None}))
    assert "Without conditions it takes no lead." in errors(page, "criteria")


def test_an_icp_without_criteria_is_said_to_fit_everybody(ours: World, rita: Client) -> None:
    assert "every company fits now" not in said(save(rita, change(ours.profile), intent_bar=50))
    page = save(rita, change(ours.profile), criteria="")
    warned = [str(message) for message in page.context["messages"] if message.level_tag == "warning"]
    assert len(warned) == 1
    assert "every company fits now" in warned[0]


@pytest.mark.parametrize("changes", [{"pool-0-active": None}, {"pool-0-active": None, "pool-0-is_fallback": None}])
def test_switching_off_the_only_fallback_warns(ours: World, rita: Client, changes: dict[str, Any]) -> None:
    assert "last resort" not in said(save(rita, change(ours.territory), name="Anywhere"))
    assert "leads which fit nowhere go to the last resort" in said(save(rita, change(ours.territory), **changes))


def test_a_rule_of_before_that_takes_nothing_is_told_of(ours: World, rita: Client) -> None:
    Pool.objects.create(territory=Territory.objects.create(name="West", team=ours.team))
    assert "West has no criteria and takes no leads." in rita.get("/admin/").content.decode()
    assert "nothing: it has no criteria" in rita.get("/admin/leads/territory/").content.decode()


def test_a_policy_is_checked_field_by_field(ours: World, rita: Client) -> None:
    url = change(ours.policy)
    for field, value, told in (
        ("buffer_max", 10, "shortest buffer"), ("release_after", 120, "Later than"),
        ("untouched_after", 60, "Later than"), ("pool_assign_after", 60, "Later than"),
        ("accept_within", 0, "greater than or equal to 1"),
        ("reminders", "half time", "“half time” is no reminder"),
        ("touch_reminders", "50%, soon", "“soon” is no reminder"),
        ("disposition_days", 4000, "less than or equal to 365"),
        ("cool_down", 2**31, "less than or equal"), ("touch_within", "soon", "whole number"),
    ):  # fmt: skip
        assert told in errors(rita.post(url, typed(rita, url, **{field: value})), field), field
    add = reverse("admin:sla_policy_add")
    fresh = typed(rita, add, name="Web", source="web")
    assert rita.post(add, fresh | {"reminders": "50 %,15 minutes left, 50%", "accept_within": 10}).status_code == 302
    assert Policy.objects.get(source="web").reminders == "50%, 15 min"
    week = fresh | {"name": "Weeks", "source": "weeks", "accept_within": 2701, "release_after": 5400}
    told = " ".join(map(str, rita.post(add, week, follow=True).context["messages"]))
    assert "“accept within (min)” and “Shark Tank after (min)” are longer than the 45 h that Mid-market works" in told
    assert "already" in errors(rita.post(add, fresh | {"name": "Web again", "source": " WEB "}), "source")


def test_what_a_policy_says_in_vain_is_told(ours: World, rita: Client) -> None:
    add = reverse("admin:sla_policy_add")

    def told(name: str, **fields: Any) -> str:
        page = rita.post(add, typed(rita, add, name=name, **fields), follow=True)
        return " ".join(map(str, page.context["messages"]))

    here = {"territory": ours.territory.pk, "source": "web"}
    assert "buffer" not in told("Web, there", source="web", buffer_min=5, buffer_max=10)
    web = told("Web, here", **here)
    assert "Web, here: its buffer holds for no lead" in web
    assert "“Web, there” has the buffer of these leads" in web
    late = told("Late", source="late", reminders="200 min, 50%", accept_within=120)
    assert "the reminder “200 min” never comes, for “accept within (min)” is 120 min." in late
    assert "50%" not in late


def test_the_policy_for_all_stays(ours: World, rita: Client) -> None:
    one = Policy.objects.create(name="Webinars", source="webinar")
    for policy, stays in ((ours.policy, True), (one, False)):
        rita.post(reverse("admin:sla_policy_delete", args=[policy.pk]), {"post": "yes"})
        assert Policy.objects.filter(pk=policy.pk).exists() == stays
    many = {"action": "delete_selected", "_selected_action": [ours.policy.pk], "post": "yes"}
    rita.post(reverse("admin:sla_policy_changelist"), many)
    assert Policy.objects.filter(pk=ours.policy.pk).exists()
    assert "No SLA policy is for all" not in rita.get("/admin/").content.decode()
    Policy.objects.update(source="webinar")
    assert "No SLA policy is for all territories and sources" in rita.get("/admin/").content.decode()


def test_an_edit_of_a_policy_moves_no_running_deadline(ours: World, rita: Client) -> None:
    lead = ours.to_state("assigned")
    before = (lead.due_at, lead.terms, Assignment.objects.get().accept_by)
    save(rita, change(ours.policy), accept_within=30)
    lead = ours.again(lead)
    assert (lead.due_at, lead.terms, Assignment.objects.get().accept_by) == before
    ours.policy.refresh_from_db()
    assert (ours.policy.accept_within, ours.policy.version) == (30, 2)
    assert last_change() == "Accept within: 120 → 30"
    assert "a deadline that is running never moves" in rita.get(change(ours.policy)).content.decode()


def test_a_calendar_counts_its_hours_in_its_version(ours: World, rita: Client) -> None:
    url = change(ours.calendar)
    save(rita, url, **{"hours-0-opens": "08:30"})
    ours.calendar.refresh_from_db()
    assert ours.calendar.version == 2
    assert "Opens: 09:00:00 → 08:30:00" in last_change()
    save(rita, url, **{"hours-4-DELETE": "on"})
    ours.calendar.refresh_from_db()
    assert (ours.calendar.version, ours.calendar.hours.count()) == (3, 4)
    assert "removed Friday" in last_change()
    page = rita.post(url, typed(rita, url, **{"hours-1-weekday": 0, "hours-1-opens": "17:00"}))
    assert "Two spans of Monday overlap." in page.content.decode()
    page = rita.post(url, typed(rita, url, timezone="Mars/Olympus"))
    assert "not a time zone" in errors(page, "timezone")
    page = rita.post(url, typed(rita, url, **{"hours-1-opens": "19:00"}))
    assert "closes after it opens" in page.content.decode()


def test_a_calendar_opens_some_time(ours: World, rita: Client) -> None:
    url = reverse("admin:sla_calendar_add")
    page = rita.post(url, typed(rita, url, name="Never"))
    assert "Give at least one span of hours" in page.content.decode()
    assert rita.post(url, typed(rita, url, name="Ever", always_open="on")).status_code == 302
    evening = {"hours-TOTAL_FORMS": 1, "hours-0-weekday": 0, "hours-0-opens": "17:00", "hours-0-closes": "00:00"}
    assert rita.post(url, typed(rita, url, name="Late", **evening)).status_code == 302
    assert WeeklyHours.objects.get(calendar__name="Late").closes == time(0)
    page = rita.post(url, typed(rita, url, name="Both", always_open="on", **evening))
    assert "What is always open has no hours" in page.content.decode()
    christmas = {"days-TOTAL_FORMS": 1, "days-0-day": "2026-12-25"}
    page = rita.post(url, typed(rita, url, name="Both", always_open="on", **christmas))
    assert "What is always open has no days of its own" in page.content.decode()
    assert not Calendar.objects.filter(name="Both").exists()
    used = reverse("admin:sla_calendar_delete", args=[ours.calendar.pk])
    rita.post(used, {"post": "yes"})
    assert Calendar.objects.filter(pk=ours.calendar.pk).exists(), "a calendar that a team works by stays"


def test_the_product_s_own_reasons_stay_and_take_other_words(ours: World, rita: Client, root: Client) -> None:
    timing = Reason.objects.get(code="timing")
    save(rita, change(timing), label="Not now", active=None, code="x", outcome="suppress")
    timing.refresh_from_db()
    assert (timing.label, timing.active, timing.code, timing.outcome) == ("Not now", False, "timing", "nurture")
    assert "needs a nurture track" in errors(rita.post(change(timing), typed(rita, change(timing), track="")), "track")
    for reason in Reason.objects.all():
        assert root.post(reverse("admin:leads_reason_delete", args=[reason.pk]), {"post": "yes"}).status_code == 403
    own = Reason.objects.get(code="rule_not_icp")
    save(rita, change(own), active=None, label="Not a fit")
    own.refresh_from_db()
    assert (own.active, own.label) == (True, "Not a fit")


@pytest.mark.parametrize(
    ("outcome", "asks", "track", "field"),
    [
        ("nurture", "", "", "track"), ("suppress", "", "timing", "track"), ("rebuffer", "", "", "asks"),
        ("merge", "field", "", "asks"), ("suppress", "lead", "", "asks"), ("reroute", "until", "", "asks"),
        ("nurture", "until", "timing", ""), ("rebuffer", "field", "", ""), ("merge", "lead", "", ""),
    ],
)  # fmt: skip
def test_a_reason_asks_what_its_outcome_needs(
    ours: World, rita: Client, outcome: str, asks: str, track: str, field: str
) -> None:
    url = reverse("admin:leads_reason_add")
    pk = Track.objects.get(code=track).pk if track else ""
    page = rita.post(url, typed(rita, url, label="Mine", code="mine", outcome=outcome, asks=asks, track=pk))
    if field:
        assert errors(page, field)
        return
    assert page.status_code == 302
    mine = Reason.objects.get(code="mine")
    assert rita.post(reverse("admin:leads_reason_delete", args=[mine.pk]), {"post": "yes"}).status_code == 302
    assert not Reason.objects.filter(code="mine").exists()


def test_a_track_s_triggers_are_ticked_and_its_days_bounded(ours: World, rita: Client) -> None:
    track = Track.objects.get(code="value")
    save(rita, change(track), triggers=["pricing", "intent"], days=30)
    track.refresh_from_db()
    assert (track.triggers, track.days) == (["pricing", "intent"], 30)
    assert "the person submits a form, a pricing page visit → a pricing page visit, the intent" in last_change()
    url = change(track)
    assert "triggers" in rita.post(url, typed(rita, url, triggers=["moon"])).context["adminform"].form.errors
    for days in (0, 4000, -1, 2**40):
        assert errors(rita.post(url, typed(rita, url, days=days)), "days")
    assert rita.post(reverse("admin:leads_track_delete", args=[track.pk]), {"post": "yes"}).status_code == 403


def test_a_deal_is_entered_and_an_account_s_owner_put_right(ours: World, rita: Client) -> None:
    account = ours.account()
    url = reverse("admin:leads_opportunity_add")
    form = typed(
        rita, url, account=account.pk, name="Big", last_activity_at_0="2026-11-01", last_activity_at_1="10:00",
        contacts="Jo <jo@acme.test>\r\nnobody",
    )  # fmt: skip
    assert "nobody" in errors(rita.post(url, form), "contacts")
    assert rita.post(url, form | {"contacts": "jo@acme.test\r\nbo@acme.test"}).status_code == 302
    assert Opportunity.objects.get().contacts == ["jo@acme.test", "bo@acme.test"]
    url = change(account)
    save(rita, url, owner=ours.reps[0].pk, name="Renamed", **{"domains-0-domain": "https://www.acme.co.uk/about"})
    account.refresh_from_db()
    assert (account.name, account.owner, account.domains.get().domain) == ("Acme", ours.reps[0], "acme.co.uk")
    assert errors(rita.post(url, typed(rita, url, **{"domains-0-domain": "gmail.com"})), "domain")


def test_the_shipped_policy_and_calendars_are_planted_once(ours: World) -> None:
    assert Policy.objects.count() == 1
    assert IcpProfile.objects.count() == 1
    office = Calendar.objects.get(name="Mon–Fri 9–18")
    assert office.hours.count() == 5
