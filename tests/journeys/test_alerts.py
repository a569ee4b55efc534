"""An alert to a manager is seen, or it is passed on: to the deputy, then to RevOps, each once, in open minutes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from leads.models import Alert, Delivery, Lead, Rep
from revops import alerts, lifecycle
from revops.deliver import deliver_due
from revops.groups import REVOPS
from revops.ladder import Ladder
from revops.sweep import sweep
from routing.models import Absence
from sla.models import Policy
from tests.pages.conftest import _fresh_cache, story, visit
from tests.slack.conftest import Workspace, slack
from tests.world import DAY, HOUR, MINUTE, World, person

__all__ = ["_fresh_cache", "slack", "story", "visit"]
Visit = Callable[..., Client]
JUST = timedelta(milliseconds=1)


def asked(lead: Lead) -> list[int | None]:
    """Who was asked in turn."""
    rows = Delivery.objects.filter(lead=lead, kind=alerts.PASSED_ON).order_by("pk")
    return list(rows.values_list("rep_id", flat=True))


def alert_of(lead: Lead) -> Alert:
    return Alert.objects.get(lead=lead, kind="expire")


def at(world: World, time: datetime) -> None:
    world.now = time
    sweep(at=time)


def test_thirty_open_minutes_then_the_deputy_then_revops_and_nobody_twice(story: World) -> None:
    lead = story.to_state("overdue")
    raised = alert_of(lead)
    assert raised.due_at == raised.raised_at + 30 * MINUTE
    at(story, raised.due_at)
    assert asked(lead) == []
    at(story, raised.due_at + JUST)
    assert asked(lead) == [story.deputy.pk]
    sweep(at=story.now)
    assert asked(lead) == [story.deputy.pk]
    at(story, story.now + 30 * MINUTE + JUST)
    assert asked(lead) == [story.deputy.pk, story.revops.pk]
    assert alert_of(lead).due_at is None
    at(story, story.now + 40 * MINUTE)
    assert asked(lead) == [story.deputy.pk, story.revops.pk]


def test_not_in_the_night(story: World) -> None:
    """Overdue at a quarter to six in the evening: a quarter of an hour is left of that day, the rest is tomorrow's."""
    story.now = story.now.replace(hour=15, minute=40)
    lead = story.to_state("assigned")
    at(story, story.now.replace(hour=17, minute=45))
    due = alert_of(lead).due_at
    assert due == (story.now + DAY).replace(hour=9, minute=15)
    at(story, due - JUST)
    assert asked(lead) == []


def test_the_policy_says_how_long_and_holds_for_those_that_run(story: World) -> None:
    Policy.objects.update(acknowledge_within=10)
    lead = story.to_state("overdue")
    Policy.objects.update(acknowledge_within=90)
    assert alert_of(lead).within == 10
    story.pass_time(10 * MINUTE + JUST)
    assert asked(lead) == [story.deputy.pk]


def test_once_the_lead_goes_on_nobody_is_asked(story: World) -> None:
    lead = story.to_state("overdue")
    story.accept(lead)
    story.pass_time(31 * MINUTE)
    assert asked(lead) == []
    assert (alert_of(lead).how, alert_of(lead).seen_by) == ("moved_on", None)


def test_a_touch_answers_the_alert_of_an_untouched_lead(story: World) -> None:
    lead = story.to_state("accepted")
    story.pass_time(HOUR + MINUTE)
    assert Alert.objects.get(lead=lead).kind == "flag_untouched"
    lifecycle.touch(lead.pk, kind="call", at=story.now, by=story.actor(lead.owner))
    story.pass_time(31 * MINUTE)
    assert asked(lead) == []


def test_the_pools_alert_is_one_too(story: World) -> None:
    lead = story.to_state("shark_tank")
    story.pass_time(HOUR + MINUTE)
    story.pass_time(31 * MINUTE)
    assert Alert.objects.get(lead=lead, kind="pool_unclaimed").deputy_at is not None
    assert asked(lead)[-1] == story.deputy.pk


def test_nobody_waits_for_a_manager_who_is_away(story: World) -> None:
    Absence.objects.create(rep=story.manager, starts_at=story.now, ends_at=story.now + 5 * HOUR)
    Absence.objects.create(rep=story.deputy, starts_at=story.now, ends_at=story.now + 5 * HOUR)
    lead = story.to_state("overdue")
    story.pass_time(JUST)
    assert asked(lead) == [story.revops.pk]


@pytest.mark.parametrize("off", ["rep", "user"])
def test_nobody_waits_for_a_manager_who_is_switched_off(story: World, off: str) -> None:
    if off == "rep":
        Rep.objects.filter(pk=story.manager.pk).update(active=False)
    else:
        User.objects.filter(pk=story.manager.user_id).update(is_active=False)
    lead = story.to_state("overdue")
    story.pass_time(JUST)
    assert asked(lead) == [story.deputy.pk]


@pytest.mark.parametrize("named", ["nobody", "nobody@airtight.test", "ben@airtight.test"])
def test_whoever_is_named_to_be_asked_last_and_is_not_here_is_told_of(story: World, settings: Any, named: str) -> None:
    User.objects.filter(email="ben@airtight.test").update(is_active=False)
    checked = {"tags": ["database"], "databases": ["default"]}
    assert "revops.W016" not in [one.id for one in run_checks(**checked)]
    settings.AIRTIGHT_LAST_RESORT = named
    (told,) = [one for one in run_checks(**checked) if one.id == "revops.W016"]
    assert f"names {named}, and nobody with that e-mail" in told.msg
    assert f"create_revops {named}" in str(told.hint)


def test_who_is_asked_last_can_see_it_and_say_so(story: World, visit: Visit, settings: Any) -> None:
    """The setting may name anybody; of RevOps is who is asked."""
    settings.AIRTIGHT_LAST_RESORT = person("otto@airtight.test", story.team, takes=False).user.email
    assert "revops.W014" in [one.id for one in run_checks(tags=["database"], databases=["default"])]
    lead = story.to_state("overdue")
    story.pass_time(31 * MINUTE)
    story.pass_time(31 * MINUTE)
    assert asked(lead) == [story.deputy.pk, story.revops.pk]
    said = visit(story.revops).post(f"/alerts/{alert_of(lead).pk}/seen/", follow=True).content.decode()
    assert "you have seen it" in said
    settings.AIRTIGHT_LAST_RESORT = story.revops.user.email
    assert not run_checks(tags=["database"], databases=["default"])


def test_nobody_is_asked_of_their_own_lead(story: World) -> None:
    other = person("rob@airtight.test", story.revops.team, takes=False)
    other.user.groups.add(Group.objects.get(name=REVOPS))
    lead = story.to_state("overdue")
    found = alert_of(lead)
    found.deputy_at, found.lead.owner = story.now, story.revops
    assert alerts._next(found, Ladder(), set(), at=story.now) == other


def test_seen_on_the_page_by_who_answers_for_the_team_and_once(story: World, visit: Visit) -> None:
    lead = story.to_state("overdue")
    path = f"/alerts/{alert_of(lead).pk}/seen/"
    for rep in story.reps:
        assert visit(rep).post(path).status_code == 404
        assert visit(rep).get("/alerts/").status_code == 404
    for page in ("/dashboard/", "/alerts/"):
        assert "Acme" in visit(story.manager).get(page).content.decode()
    assert "you have seen it" in visit(story.manager).post(path, follow=True).content.decode()
    first = alert_of(lead)
    assert (first.how, first.seen_by_id, first.due_at) == ("page", story.manager.user_id, None)
    story.now += MINUTE
    assert "Seen already" in visit(story.deputy).post(path, follow=True).content.decode()
    assert Alert.objects.filter(pk=first.pk).values().get() == {
        field.attname: getattr(first, field.attname) for field in Alert._meta.concrete_fields
    }
    story.pass_time(31 * MINUTE)
    assert asked(lead) == []
    assert "Nothing waits to be seen" in visit(story.manager).get("/alerts/").content.decode()


def test_seen_in_slack_by_its_button(slack: Workspace) -> None:
    world = slack.world
    world.manager.slack_user_id = "UMONA"
    world.manager.save()
    lead = world.to_state("overdue")
    holder = Rep.objects.get(pk=world.again(lead).owner.pk)
    assert slack.press("alert_seen", lead, holder).status_code == 200
    assert slack.told.pop() == "This is for who answers for the team. Nothing was changed."
    assert alert_of(lead).done_at is None
    slack.press("alert_seen", lead, "UMONA")
    assert "nobody else is asked" in slack.told.pop()
    assert (alert_of(lead).how, alert_of(lead).seen_by_id) == ("slack", world.manager.user_id)
    slack.press("alert_seen", lead, "UMONA")
    assert slack.told.pop() == "Seen already, or the lead has gone on since."


def test_the_leads_page_tells_managers_whom_it_was_passed_on_to_and_who_saw_it(story: World, visit: Visit) -> None:
    lead = story.to_state("overdue")
    story.pass_time(30 * MINUTE + JUST)
    story.now += MINUTE
    visit(story.deputy).post(f"/alerts/{alert_of(lead).pk}/seen/")
    page = " ".join(visit(story.manager).get(f"/leads/{lead.pk}/").content.decode().split())
    timeline = page[page.index("Timeline") :]
    told = ("The alert was seen", story.deputy.name, "The alert was passed on to the deputy", "Overdue: nobody")
    assert sorted(told, key=timeline.index) == list(told)
    assert "The alert was" not in visit(story.again(lead).owner).get(f"/leads/{lead.pk}/").content.decode()


@pytest.mark.usefixtures("_fresh_cache")
def test_by_mail_it_says_where_to_say_so(story: World, settings: object) -> None:
    settings.EMAIL_HOST, settings.SLACK_BOT_TOKEN = "mail.test", ""  # type: ignore[attr-defined]
    lead = story.to_state("overdue")
    while deliver_due(at=story.now):
        pass
    [alert] = [one for one in mail.outbox if one.to == [story.manager.user.email]]
    assert alert.subject.startswith("Overdue")
    assert "Seen it? Say so, or it is passed on: " in alert.body
    assert "/alerts/" in alert.body
    assert alert.extra_headers["List-Id"] == "Airtight alerts <alerts.airtight.127.0.0.1>"
    story.pass_time(31 * MINUTE)
    while deliver_due(at=story.now):
        pass
    [passed] = [one for one in mail.outbox if one.subject.startswith("Not seen for")]
    assert passed.to == [story.deputy.user.email]
    assert asked(lead) == [story.deputy.pk]


def test_what_was_seen_meanwhile_is_not_sent_on(story: World, settings: object) -> None:
    settings.EMAIL_HOST, settings.SLACK_BOT_TOKEN = "mail.test", ""  # type: ignore[attr-defined]
    lead = story.to_state("overdue")
    story.pass_time(31 * MINUTE)
    alerts.see(alerts.open_for([story.team]), by_id=story.manager.user_id, how=Alert.How.PAGE, at=story.now)
    while deliver_due(at=story.now):
        pass
    assert Delivery.objects.get(lead=lead, kind=alerts.PASSED_ON).status == Delivery.Status.DROPPED


def test_many_passed_on_at_once_cost_as_many_queries_as_a_few(story: World) -> None:
    counts = []
    for size in (2, 20):
        story.capture_all([{"email": f"p{number}@at{size}.test"} for number in range(size)])
        story.pass_time(4 * MINUTE)
        story.pass_time(2 * HOUR + MINUTE)
        story.now += 31 * MINUTE
        with CaptureQueriesContext(connection) as asked_of_it:
            assert alerts.pass_on(at=story.now, limit=500) >= size
        counts.append(len(asked_of_it))
        for lead in Lead.objects.filter(state="overdue").select_related("owner__user"):
            story.accept(lead)
    assert counts[1] <= counts[0]


def test_what_nobody_is_left_to_ask_about_is_one_line_of_the_log_that_says_why(story: World) -> None:
    """The only person of RevOps holds the leads themselves, which is no fault of the install; nobody at all is one."""
    for number in range(3):
        story.to_state("overdue", email=f"p{number}@acme{number}.test")
    rows = list(Alert.objects.filter(kind="expire").select_related("lead", "team__deputy__user", "event"))
    for row in rows:
        row.deputy_at, row.lead.owner = story.now, story.revops
    with capture_logs() as log:
        assert alerts._ask_next(rows, at=story.now) == []
    [line] = log
    assert (line["log_level"], line["alerts"]) == ("warning", 3)
    assert line["told"].startswith("Rita holds these leads and is the only one who answers for RevOps")
    User.objects.filter(pk=story.revops.user_id).update(is_active=False)
    with capture_logs() as log:
        assert alerts._ask_next(rows, at=story.now) == []
    [line] = log
    assert (line["log_level"], line["alerts"]) == ("error", 3)
    assert "create_revops" in line["error"]
