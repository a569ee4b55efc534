"""Whoever is switched off, moved or away in the admin leaves no lead behind, in the same save."""

import html
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client, override_settings
from django.urls import reverse
from knox.models import AuthToken

from leads.admin.teams import TeamForm
from leads.models import Rep, Team
from revops.groups import GROUPS, plant_groups
from routing.models import Absence
from sla.models import Calendar, CalendarDay, TeamCalendar
from sla.seeds import OFFICE_HOURS
from sla.terms import OFFICE_HOURS as OFFICE
from sla.terms import working_hours
from tests.admin.conftest import said, signed_in, typed
from tests.world import DAY, HOUR, World, check_law

At = Callable[[], Any]


def change(obj: Any) -> str:
    return reverse(f"admin:{obj._meta.label_lower.replace('.', '_')}_change", args=[obj.pk])


def save(client: Client, url: str, **changes: Any) -> Any:
    return client.post(url, typed(client, url, **changes), follow=True)


@pytest.fixture
def other(ours: World) -> Team:
    return Team.objects.create(
        name="Enterprise", active=True, manager=ours.manager, deputy=ours.deputy, alert_email="e@airtight.test"
    )


def test_switching_a_rep_off_hands_on_their_leads_and_says_how_many(ours: World, rita: Client, at: At) -> None:
    lead = ours.to_state("assigned")
    rep = lead.owner
    page = save(rita, change(rep), active=None, slack_user_id="U1")
    assert f"{rep.name} was switched off; 1 lead went on to others." in said(page)
    rep.refresh_from_db()
    assert (rep.active, rep.open_leads, rep.slack_user_id) == (False, 0, "U1")
    lead = ours.again(lead)
    assert lead.owner not in (None, rep)
    assert lead.events.filter(user=ours.revops.user, door="admin").exists()
    check_law()
    save(rita, change(rep), active="on")
    rep.refresh_from_db()
    assert rep.active


def test_moving_a_rep_leaves_their_leads_with_the_team(ours: World, rita: Client, at: At, other: Team) -> None:
    lead = ours.to_state("accepted")
    rep = lead.owner
    page = save(rita, change(rep), team=other.pk)
    assert f"{rep.name} changed teams; 1 lead went on to others." in said(page)
    rep.refresh_from_db()
    assert (rep.team, rep.active) == (other, True)
    lead = ours.again(lead)
    assert lead.owner != rep
    assert lead.owner.team == ours.team
    check_law()


def test_a_rep_who_is_off_can_change_teams(ours: World, rita: Client, at: At, other: Team) -> None:
    rep = ours.reps[0]
    save(rita, change(rep), active=None, team=other.pk)
    rep.refresh_from_db()
    assert (rep.team, rep.active) == (other, False)


def test_saving_a_rep_never_sets_back_what_the_lifecycle_counts(ours: World, rita: Client, at: At) -> None:
    rep = ours.reps[0]
    data = typed(rita, change(rep), slack_user_id="U7", open_leads=99)
    Rep.objects.filter(pk=rep.pk).update(open_leads=5)
    rita.post(change(rep), data)
    rep.refresh_from_db()
    assert (rep.open_leads, rep.slack_user_id) == (5, "U7")


def test_a_manager_who_is_switched_off_is_told_about(ours: World, rita: Client, at: At) -> None:
    page = save(rita, change(ours.manager), active=None)
    assert "Mona still answers for Mid-market as manager or deputy" in said(page)


@override_settings(AIRTIGHT_LAST_RESORT="")
def test_nothing_is_saved_where_a_lead_would_be_left_with_nobody(ours: World, rita: Client, at: At) -> None:
    lead = ours.to_state("assigned")
    lead.territory.pool.delete()
    Rep.objects.filter(takes_routing=False).update(active=False)
    page = save(rita, change(lead.owner), active=None)
    assert "Nothing was saved: a lead would be left with nobody." in said(page)
    lead.owner.refresh_from_db()
    assert lead.owner.active


def test_deactivating_a_user_switches_their_rep_off(ours: World, rita: Client, at: At) -> None:
    lead = ours.to_state("assigned")
    rep = lead.owner
    page = save(rita, change(rep.user), is_active=None)
    assert "was switched off as a rep too; 1 leads went on" in said(page)
    rep.refresh_from_db()
    rep.user.refresh_from_db()
    assert (rep.active, rep.user.is_active) == (False, False)
    assert ours.again(lead).owner != rep


def test_a_user_is_never_deleted(ours: World, rita: Client, root: Client) -> None:
    user = ours.reps[0].user
    for client in (rita, root):
        page = client.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"}, follow=True)
        assert "never deleted" in said(page)
        client.post("/admin/auth/user/", {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"})
    assert User.objects.filter(pk=user.pk).exists()


def test_revops_cannot_become_more_than_revops(ours: World, rita: Client, root: Client) -> None:
    boss = User.objects.get(username="root@airtight.test")
    strong = Group.objects.create(name="Strong")
    assert rita.post(change(boss), {"username": "me"}).status_code == 403
    assert rita.get(f"/admin/auth/user/{boss.pk}/password/").status_code == 403
    save(rita, change(ours.reps[0].user), is_superuser="on", groups=[strong.pk])
    save(rita, change(ours.revops.user), is_superuser="on", is_staff=None, is_active=None)
    mine = User.objects.get(pk=ours.revops.user_id)
    assert (mine.is_superuser, mine.is_staff, mine.is_active) == (False, True, True)
    ada = User.objects.get(pk=ours.reps[0].user_id)
    assert (ada.is_superuser, ada.groups.count()) == (False, 0)
    assert rita.post("/admin/auth/group/add/", {"name": "Mine"}).status_code == 403


def test_revops_makes_a_user_and_changes_a_password(ours: World, rita: Client) -> None:
    new = {"username": "eve@airtight.test", "password1": "horse staple battery", "password2": "horse staple battery"}
    rita.post("/admin/auth/user/add/", {**new, "usable_password": "true", "first_name": "Eve"})
    eve = User.objects.get(username="eve@airtight.test")
    again = {"password1": "staple horse correct", "password2": "staple horse correct", "usable_password": "true"}
    assert rita.get(f"/admin/auth/user/{eve.pk}/password/").status_code == 200
    assert rita.post(f"/admin/auth/user/{eve.pk}/password/", again).status_code == 302
    eve.refresh_from_db()
    assert eve.check_password("staple horse correct")
    assert not LogEntry.objects.filter(change_message__contains="staple").exists()
    assert rita.get("/admin/password_change/").status_code == 200


def test_no_two_users_share_an_address(ours: World, rita: Client) -> None:
    twin = {"username": "twin", "email": ours.reps[0].user.email.upper()}
    add = reverse("admin:auth_user_add")
    page = save(rita, add, **twin, password1="correct-horse-7", password2="correct-horse-7")
    assert f"{ours.reps[0].name} has this address already." in page.content.decode()
    assert not User.objects.filter(username="twin").exists()
    page = save(rita, change(ours.reps[1].user), email=ours.reps[0].user.email)
    assert "has this address already." in page.content.decode()
    assert save(rita, change(ours.reps[0].user), first_name="Another").status_code == 200
    assert User.objects.get(pk=ours.reps[0].user.pk).first_name == "Another"


def test_a_team_is_switched_on_only_with_people_and_a_channel(ours: World, rita: Client) -> None:
    url = reverse("admin:leads_team_add")
    form = typed(rita, url, name="New", active="on")
    page = rita.post(url, form)
    errors = page.context["adminform"].form.errors
    assert set(errors) == {"manager", "deputy"}
    form |= {"manager": ours.manager.pk, "deputy": ours.manager.pk}
    assert "somebody else" in str(rita.post(url, form).context["adminform"].form.errors["deputy"])
    form["deputy"] = ours.deputy.pk
    assert "slack_channel" in rita.post(url, form).context["adminform"].form.errors
    form["alert_email"] = "new@airtight.test"
    Rep.objects.filter(pk=ours.deputy.pk).update(active=False)
    assert "Dan is switched off" in str(rita.post(url, form).context["adminform"].form.errors["deputy"])
    Rep.objects.filter(pk=ours.deputy.pk).update(active=True)
    assert rita.post(url, form).status_code == 302
    assert Team.objects.get(name="New").active


@pytest.mark.parametrize("field", ["slack_channel", "pool_channel"])
@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("C0123ABC", True), ("#deals", True), ("deals-emea_2", True), ("#verkäufe", True), ("", True),
        ("#general; drop", False), ("#Deals", False), ("##deals", False), ("@jim", False), ("https://a.test/", False),
    ],
)  # fmt: skip
def test_a_channel_is_an_id_or_a_name(ours: World, text: str, taken: bool, field: str) -> None:
    form = TeamForm({"name": "New", field: text})
    assert form.is_valid() is taken
    assert taken or "like C0123ABC, or its name, like #deals" in str(form.errors[field])


def test_a_channel_of_before_keeps_nobody_from_saving(ours: World) -> None:
    kept = {"name": "Renamed", "slack_channel": ours.team.slack_channel, "pool_channel": ours.team.pool_channel}
    assert TeamForm(kept, instance=ours.team).is_valid()


def test_a_channel_that_reps_read_too_is_told_on_the_teams_page_and_when_it_is_set(ours: World, rita: Client) -> None:
    told = "Reps are offered leads in C-MANAGER"
    assert told not in rita.get(change(ours.team)).content.decode()
    Team.objects.filter(pk=ours.team.pk).update(name="<b>Mid</b>")
    assert told in said(save(rita, change(ours.team), pool_channel=""))
    page = rita.get(change(ours.team)).content.decode()
    assert f"{told}, &lt;b&gt;Mid" in page
    assert "<b>Mid</b>&#x27;s channel" not in page
    assert told not in said(save(rita, change(ours.team), pool_channel="C0POOL"))


def test_switching_off_the_team_of_the_only_fallback_warns(ours: World, rita: Client, other: Team) -> None:
    assert "go to the last resort" not in said(save(rita, change(other), active=None))
    assert "leads which fit nowhere go to the last resort" in said(save(rita, change(ours.team), active=None))


def test_a_new_team_works_office_hours_until_others_are_picked(ours: World, rita: Client) -> None:
    url = reverse("admin:leads_team_add")
    rita.post(url, typed(rita, url, name="New"))
    team = Team.objects.get(name="New")
    assert TeamCalendar.objects.get(team=team).calendar.name == OFFICE_HOURS
    always = Calendar.objects.get(name="Always open")
    save(rita, change(team), **{"team_calendar-0-calendar": always.pk})
    assert TeamCalendar.objects.get(team=team).calendar == always
    assert f"{OFFICE_HOURS} → Always open" in LogEntry.objects.first().change_message


def test_a_new_teams_office_hours_are_on_its_own_clock(ours: World, rita: Client) -> None:
    """The zone of most teams is offered; hours of one zone are one calendar, and what was edited is left alone."""
    url = reverse("admin:leads_team_add")
    ours.calendar.timezone = "Europe/Amsterdam"
    ours.calendar.save()
    assert typed(rita, url)["team_calendar-0-zone"] == "Europe/Amsterdam"
    for name in ("North", "South"):
        rita.post(url, typed(rita, url, name=name, **{"team_calendar-0-zone": "Asia/Kathmandu"}))
    north, south = (TeamCalendar.objects.get(team__name=name).calendar for name in ("North", "South"))
    assert (north, north.name, north.timezone) == (south, f"{OFFICE_HOURS}, Asia/Kathmandu", "Asia/Kathmandu")
    assert working_hours(north).spans == OFFICE.spans
    CalendarDay.objects.create(calendar=north, day=date(2026, 12, 24))
    rita.post(url, typed(rita, url, name="West", **{"team_calendar-0-zone": "Asia/Kathmandu"}))
    assert TeamCalendar.objects.get(team__name="West").calendar.name == f"{OFFICE_HOURS}, Asia/Kathmandu (2)"
    page = rita.post(url, typed(rita, url, name="East", **{"team_calendar-0-zone": "Europe/Atlantis"}))
    assert "not one of the available choices" in html.unescape(page.content.decode())
    assert not Team.objects.filter(name="East").exists()


def test_leave_hands_on_when_it_is_declared(ours: World, rita: Client, at: At) -> None:
    lead = ours.to_state("assigned")
    rep = lead.owner
    away = {
        "rep": rep.pk, "starts_at_0": f"{ours.now - HOUR:%Y-%m-%d}", "starts_at_1": f"{ours.now - HOUR:%H:%M}",
        "ends_at_0": f"{ours.now + 9 * DAY:%Y-%m-%d}", "ends_at_1": "09:00",
    }  # fmt: skip
    page = rita.post(reverse("admin:routing_absence_add"), away, follow=True)
    assert f"{rep.name} is away now: 1 lead went on to others." in said(page)
    assert ours.again(lead).owner != rep
    absence = Absence.objects.get()
    assert absence.applied_at == ours.now
    save(rita, change(absence), ends_at_0=f"{ours.now - 9 * DAY:%Y-%m-%d}")
    absence.refresh_from_db()
    assert absence.ends_at > absence.starts_at


@pytest.mark.parametrize(
    ("name", "day", "told"),
    [
        ("ends_at", "9999-12-31", "That lies too far ahead: 2199-12-31 is the latest."),
        ("ends_at", "2200-01-01", "That lies too far ahead: 2199-12-31 is the latest."),
        ("starts_at", "9999-12-31", "That lies too far ahead: 2199-12-31 is the latest."),
        ("starts_at", "0001-01-01", "That lies too far back: 2000-01-01 is the earliest."),
    ],
)
def test_an_absence_out_of_sight_is_told_the_latest(
    ours: World, rita: Client, at: At, name: str, day: str, told: str
) -> None:
    away = {
        "rep": ours.reps[0].pk, "starts_at_0": "2026-11-09", "starts_at_1": "09:00",
        "ends_at_0": "2026-11-19", "ends_at_1": "09:00", f"{name}_0": day,
    }  # fmt: skip
    page = rita.post(reverse("admin:routing_absence_add"), away)
    assert told in str(page.context["adminform"].form.errors[name])
    assert not Absence.objects.exists()


def test_an_absence_ends_early_or_is_deleted_before_it_begins(ours: World, rita: Client, at: At) -> None:
    rep = ours.reps[0]
    running = Absence.objects.create(rep=rep, starts_at=ours.now - HOUR, ends_at=ours.now + 9 * DAY)
    ahead = Absence.objects.create(rep=rep, starts_at=ours.now + DAY, ends_at=ours.now + 9 * DAY)
    url = reverse("admin:routing_absence_end", args=[running.pk])
    assert url in rita.get("/admin/routing/absence/").content.decode()
    page = rita.post(change(running), typed(rita, change(running), ends_at_0=f"{ours.now - DAY:%Y-%m-%d}"))
    assert "To end an absence now" in str(page.context["adminform"].form.errors["ends_at"])
    assert rita.post(f"/admin/routing/absence/{running.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "Is Ada back?" in rita.get(url).content.decode()
    assert "Ada is back and gets new leads again." in said(rita.post(url, follow=True))
    running.refresh_from_db()
    assert running.ends_at == ours.now
    assert "Ended early." in LogEntry.objects.first().change_message
    assert "Ada was back already." in said(rita.post(url, follow=True))
    assert rita.post(change(running), {"ends_at_0": "2027-01-01"}).status_code == 403
    assert rita.post(f"/admin/routing/absence/{ahead.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Absence.objects.filter(pk=ahead.pk).exists()


def test_a_manager_ends_no_absence_in_the_admin(ours: World, mona: Client, at: At) -> None:
    running = Absence.objects.create(rep=ours.reps[0], starts_at=ours.now - HOUR, ends_at=ours.now + 9 * DAY)
    assert mona.post(reverse("admin:routing_absence_end", args=[running.pk]), follow=True).status_code == 403
    running.refresh_from_db()
    assert running.ends_at > ours.now


def test_a_token_is_revoked_and_never_shown(ours: World, rita: Client) -> None:
    token, secret = AuthToken.objects.create(ours.reps[0].user)
    page = rita.get("/admin/knox/authtoken/").content.decode()
    assert secret not in page
    assert token.token_key not in page
    assert rita.get("/admin/knox/authtoken/add/").status_code == 403
    rita.post("/admin/knox/authtoken/", {"action": "revoke", "_selected_action": [token.pk]})
    assert not AuthToken.objects.exists()
    assert "revoked" in LogEntry.objects.get().change_message


def test_the_groups_are_planted_once(db: None) -> None:
    plant_groups(Group)
    plant_groups(Group)
    assert set(Group.objects.values_list("name", flat=True)) == set(GROUPS)


def test_a_manager_cannot_post_either(ours: World, mona: Client) -> None:
    assert mona.post(change(ours.reps[0]), {"team": ours.team.pk}, follow=True).status_code == 403
    ours.reps[0].refresh_from_db()
    assert ours.reps[0].active
    assert signed_in(ours.reps[0].user).get("/admin/", follow=True).status_code == 403
