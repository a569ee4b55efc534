"""What a file changes, and what becomes of the leads, the rules' versions and the rows that it does not name."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from leads.locks import Lock
from leads.models import Draft, Rep, RuleSet, Team, Territory, Track
from revops import publishing
from revops.audit.auditing import audit
from revops.config import applying, table_writing
from revops.models import HookSource
from routing.models import IcpProfile, LoadCap, Pool, Source, Weight
from sla.models import Calendar, Policy, TeamCalendar
from tests.config.conftest import Run, exported
from tests.world import MINUTE, World, check_law

ROW = "airtight: 1\n"
RITA = ("--yes", "--by", "rita@airtight.test")


def edited(*swaps: tuple[str, str]) -> str:
    text = exported()
    for before, after in swaps:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text


NORTH = """
  North:
    team: Mid-market
    position: 5
    criteria: {all: [{field: country, op: in, value: [Germany, NO]}]}
    strategy: weighted
    weights: {ada@airtight.test: 3}
    named_accounts: [www.Acme.test, beta.test]
"""


def test_the_difference_is_told_section_by_section_and_nothing_written(company: World, run: Run) -> None:
    Source.objects.create(name="old fair", base_points=3)
    text = edited(
        ("    accept_within: 120", "    accept_within: 90"),
        ("- {field: employee_count, op: at_least, value: 10, unknown: pass}", "- {field: country, op: is, value: DE}"),
        ("territories:", f"territories:{NORTH}"),
        ("  old fair:\n    base_points: 3\n    hand_raise: false\n", "  webinar:\n    hand_raise: true\n"),
        ("opens: '09:00', closes: '18:00'}", "opens: '08:00', closes: '18:00'}"),
        ("skills: []", "skills: [german, french]"),
    )
    before = exported()
    told = run("diff", text)
    assert told.splitlines() == [
        "calendars",
        "  changed Mon–Fri 9–18",
        "      hours: no longer weekday monday, opens 09:00, closes 18:00",
        "      hours: new weekday monday, opens 08:00, closes 18:00",
        "reps",
        "  changed ada@airtight.test",
        "      skills: nothing → german, french",
        "sources",
        "  added webinar",
        "      base points: 0",
        "      hand raise: yes",
        "  removed old fair",
        "icp profiles",
        "  changed ICP",
        "      criteria: no longer: employee count is at least 10 (or unknown)",
        "      criteria: new: country is DE",
        "territories",
        "  added North",
        "      team: Mid-market",
        "      active: yes",
        "      position: 5",
        "      fallback: no",
        "      criteria: country is one of DE, NO",
        "      strategy: weighted",
        "      owner first: yes",
        "      longest wait: 96",
        "      then: fallback",
        "      named accounts: acme.test, beta.test",
        "      weights: ada@airtight.test: 3",
        "sla policies",
        "  changed Default",
        "      accept within: 120 → 90",
        "",
        "exit 1",
    ]
    assert exported() == before


def test_applied_it_is_in_force_as_one_version_and_in_the_history(company: World, run: Run) -> None:
    text = edited(("territories:", f"territories:{NORTH}"), ("    accept_within: 120", "    accept_within: 90"))
    told = run("apply", text, *RITA)
    assert "Applied: 2 rows.\nThe rules are version 1 now.\n" in told
    [version] = RuleSet.objects.all()
    assert (version.note, version.by) == ("Applied from airtight.yaml.", company.revops.user)
    north = Pool.objects.get(territory__name="North")
    assert north.criteria["all"][0]["value"] == ["DE", "NO"]
    assert north.named is not None
    assert (north.named.domains, north.named.by) == (["acme.test", "beta.test"], company.revops.user)
    assert Weight.objects.get(pool=north).weight == 3
    entries = LogEntry.objects.order_by("pk").values_list("object_repr", "user__email", "change_message")
    assert list(entries)[1] == (
        "Default",
        "rita@airtight.test",
        "By airtight.yaml; accept within: 120 → 90",
    )
    assert run("apply", exported(), "--yes").startswith("Nothing would change")
    assert RuleSet.objects.count() == 1


def test_a_version_counts_what_changed(company: World, run: Run) -> None:
    run("apply", f"{ROW}sla_policies: {{Default: {{accept_within: 90}}}}\n", "--yes")
    run("apply", f"{ROW}icp_profiles: {{ICP: {{intent_bar: 20}}}}\n", *RITA)
    assert Policy.objects.get(name="Default").version == 2
    profile = IcpProfile.objects.get()
    assert profile.version == profile.versions.count() == 2
    assert profile.versions.get(number=2).by == company.revops.user


def test_a_reminder_that_never_comes_is_warned_of_as_in_the_admin(company: World, run: Run) -> None:
    never = "Default: the reminder “500 min” never comes, for “accept within (min)” is 120 min."
    file = f"{ROW}sla_policies:\n  Default:\n    accept_within: 120\n    reminders: 500 min\n"
    assert f"Warning: {never}\n" in run("apply", file, *RITA)
    told = run("apply", f"{file}  Web: {{source: web, reminders: 50%}}\n", *RITA)
    assert "added Web" in told
    assert "never comes" not in told


def test_a_window_that_no_week_is_long_enough_for_is_warned_of_as_in_the_admin(company: World, run: Run) -> None:
    """Three days of waiting are 72 h, of the 45 that the team works in a week; other changes are not told it again."""
    file = f"{ROW}sla_policies:\n  Default:\n    release_after: 4320\n"
    told = run("apply", file, *RITA)
    assert "Warning: Default: “Shark Tank after (min)” is longer than the 45 h that Mid-market works in a week." in told
    assert told.endswith("exit 0")
    assert "Warning" not in run("apply", f"{ROW}sources:\n  Fair:\n    points: 5\n", *RITA)
    told = run("apply", f"{ROW}sla_policies:\n  Default:\n    release_after: 240\n", *RITA)
    assert "Applied: 1 row." in told
    assert "Warning" not in told


def test_a_missing_column_and_a_missing_section_are_left_alone(company: World, run: Run) -> None:
    Rep.objects.filter(pk=company.reps[0].pk).update(skills=["german"], slack_user_id="U1")
    rest = "".join(f"  {name}@airtight.test: {{}}\n" for name in ("ada", "ben", "cleo", "dan", "mona", "rita"))
    assert run("diff", f"{ROW}reps:\n{rest}").startswith("Nothing would change")
    assert run("diff", ROW).startswith("Nothing would change")


def test_who_is_switched_off_leaves_no_lead_behind(company: World, run: Run) -> None:
    lead = company.to_state("assigned")
    holder = lead.owner
    row = f"  {holder.user.email}:\n    team: Mid-market\n    active: true"
    told = run("apply", edited((row, row.replace("true", "false"))), *RITA)
    assert f"  switched off {holder.user.email}\n      active: yes → no\n" in told
    assert "1 lead went on to others." in told
    again = company.again(lead)
    assert again.owner not in (None, holder)
    check_law()
    assert audit(at=company.now).ok


def test_who_is_taken_out_of_the_file_or_changes_teams_hands_on_too(company: World, run: Run) -> None:
    leads = [company.to_state("assigned", f"p{number}@x{number}.test") for number in range(6)]
    ada, ben, cleo = company.reps
    text = edited(("teams:\n", "teams:\n  South: {calendar: Office hours}\n"))
    start = text.index(f"  {ada.user.email}:\n")
    text = text[:start] + text[text.index(f"  {ben.user.email}:\n") :]
    row = f"  {ben.user.email}:\n    team: Mid-market"
    text = text.replace(row, row.replace("Mid-market", "South"))
    told = run("apply", text, *RITA)
    assert "  switched off ada@airtight.test\n" in told
    assert "  changed ben@airtight.test\n      team: Mid-market → South\n" in told
    assert {company.again(lead).owner for lead in leads} == {cleo}
    assert "4 leads went on to others." in told
    ben.refresh_from_db()
    assert (ben.team.name, ben.active) == ("South", True)
    check_law()
    assert audit(at=company.now).ok


def test_with_a_draft_open_the_rules_go_into_it_and_all_else_holds(company: World, run: Run) -> None:
    by = company.actor(company.revops)
    publishing.open_draft(at=company.now, by=by)
    text = edited(("    accept_within: 120", "    accept_within: 90"), ("skills: []", "skills: [german]"))
    told = run("apply", text, *RITA)
    assert "A draft is open: ICP, territories, load caps and policies were saved in it" in told
    assert RuleSet.objects.count() == 1
    assert Draft.objects.exists()
    lead = company.to_state("assigned")
    assert lead.due_at - company.now > 100 * MINUTE
    publishing.publish(at=company.now, by=by)
    assert RuleSet.objects.count() == 2


def test_rows_that_are_not_named_go_as_the_admin_would_have_them_go(company: World, run: Run) -> None:
    """Removed, switched off, or kept where they are the product's own or in use."""
    Calendar.objects.create(name="Unused", always_open=True)
    Track.objects.create(code="own", name="Own", days=5)
    LoadCap.objects.create(rep=company.reps[0], per_day=3)
    HookSource.objects.create(name="Segment", kind="segment", token_hash="x", secret="y")
    other = Territory.objects.create(name="Other", team=company.team)
    Pool.objects.create(territory=other, criteria={"all": [{"field": "country", "op": "is", "value": "DE"}]})
    names = ("calendars", "nurture_tracks", "recycle_reasons", "load_caps_of_reps", "sla_policies", "icp_profiles")
    text = ROW + "".join(f"{name}: {{}}\n" for name in (*names, "territories", "webhooks", "enrichment_vendors"))
    told = run("apply", text, "--yes")
    assert "leads which fit nowhere go to the last resort" in told
    assert not Calendar.objects.filter(name="Unused").exists()
    assert TeamCalendar.objects.get(team=company.team).calendar.name == "Office hours"
    assert not Track.objects.filter(code="own").exists()
    assert Track.objects.filter(code="timing").exists()
    assert not LoadCap.objects.exists()
    assert not HookSource.objects.exists()
    assert not IcpProfile.objects.filter(active=True).exists()
    assert not Pool.objects.filter(active=True).exists()
    assert not Pool.objects.filter(is_fallback=True).exists()
    assert Policy.objects.get().name == "Default"
    assert "  switched off Other\n" in told
    assert "Not in the file, and stays, since it is the product's own or in use: " in told
    assert "recycle_reasons: rule_not_icp" in told
    assert "calendars: Office hours" in told
    assert run("diff", text).endswith("exit 0")


def test_what_only_one_may_have_changes_hands(company: World, run: Run) -> None:
    """The fallback, the ICP in force and two reps' users in Slack, whichever stands first in the file."""
    ada, ben, _cleo = company.reps
    Rep.objects.filter(pk=ada.pk).update(slack_user_id="UA")
    Rep.objects.filter(pk=ben.pk).update(slack_user_id="UB")
    text = edited(
        ("slack_user_id: UA", "slack_user_id: U?"),
        ("slack_user_id: UB", "slack_user_id: UA"),
        ("slack_user_id: U?", "slack_user_id: UB"),
        ("territories:\n", "territories:\n  All: {team: Mid-market, fallback: true}\n"),
        ("    position: 100\n    fallback: true", "    position: 100\n    active: false\n    fallback: false"),
        ("icp_profiles:\n  ICP:\n    active: true", "icp_profiles:\n  New: {active: true}\n  ICP:\n    active: false"),
    ).replace("    team: Mid-market\n    active: true\n    position", "    team: Mid-market\n    position")
    assert "exit 0" in run("apply", text, "--yes")
    ada.refresh_from_db()
    assert ada.slack_user_id == "UB"
    assert Pool.objects.get(is_fallback=True).territory.name == "All"
    assert IcpProfile.objects.get(active=True).name == "New"
    check_law()


def test_a_new_webhook_has_a_secret_that_nobody_knows_and_says_so(company: World, run: Run) -> None:
    row = "webhooks:\n  Site:\n    kind: standard\n    rules: [{event: /pricing/*, does: signal, kind: visit}]\n"
    told = run("apply", ROW + row, "--yes")
    assert "Webhook Site: make its address and its secret in the admin (Webhooks)." in told
    source = HookSource.objects.get()
    [secret] = source.secrets(at=company.now)
    assert secret not in told
    assert source.rules.get().name == "/pricing/*"
    assert "webhooks.Site.secret: is not carried by this file (a secret)." in run("diff", ROW + row + "    secret: x\n")


def test_what_changed_meanwhile_is_not_written_over(company: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = edited(("    accept_within: 120", "    accept_within: 90"))
    tried = applying.tried

    def tried_and_then(*args: object, **kwargs: object) -> object:
        found = tried(*args, **kwargs)  # type: ignore[arg-type]
        Team.objects.filter(pk=company.team.pk).update(alert_email="new@airtight.test")
        return found

    monkeypatch.setattr("revops.management.commands.config.tried", tried_and_then)
    told = run("apply", text, "--yes")
    assert "the configuration was changed meanwhile" in told
    assert told.endswith("exit 2")
    assert Policy.objects.get(name="Default").accept_within == 120


def test_a_lead_left_with_nobody_stops_all_of_it(company: World, run: Run, settings: Settings) -> None:
    """A deal owner's lead goes up the ladder, on which nobody is left."""
    settings.AIRTIGHT_LAST_RESORT = ""
    company.deal(company.account(), company.reps[0])
    lead = company.to_state("assigned")
    before = exported()
    told = run("apply", f"{ROW}reps: {{}}\n", "--yes")
    assert "Nothing was written: a lead would be left with nobody." in told
    assert told.endswith("exit 2")
    assert exported() == before
    assert company.again(lead).owner == lead.owner == company.reps[0]


def test_the_roster_is_held_alone_meanwhile(company: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    write = table_writing.TableWriter.write

    def written(writer: table_writing.TableWriter) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT mode FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()"
                " WHERE locktype = 'advisory' AND objid = %s AND granted",
                [Lock.ROSTER],
            )
            held.append([mode for (mode,) in cursor.fetchall()])
        write(writer)

    monkeypatch.setattr(table_writing.TableWriter, "write", written)
    run("apply", edited(("    accept_within: 120", "    accept_within: 90")), "--yes")
    assert held == [["ExclusiveLock"], ["ExclusiveLock"]]


def test_who_may_apply(company: World, run: Run) -> None:
    text = edited(("    accept_within: 120", "    accept_within: 90"))
    assert "There is no user with the e-mail x@y.test." in run("apply", text, "--yes", "--by", "x@y.test")
    assert "is not RevOps, and only RevOps may configure." in run("apply", text, "--yes", "--by", "ada@airtight.test")
    with pytest.raises(CommandError, match="Say who applies it: --by EMAIL"):
        call_command("config", "apply", "airtight.yaml", "--yes")
    assert Policy.objects.get(name="Default").accept_within == 120
    assert User.objects.filter(is_staff=True).count() == 1


@pytest.mark.parametrize(("answer", "within"), [("y", 90), ("n", 120), ("", 120)])
def test_it_asks_at_a_terminal(
    company: World, run: Run, monkeypatch: pytest.MonkeyPatch, answer: str, within: int
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    run("apply", edited(("    accept_within: 120", "    accept_within: 90")))
    assert Policy.objects.get(name="Default").accept_within == within


def test_whoever_hangs_up_has_not_said_yes(company: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_question: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", nobody)
    told = run("apply", edited(("    accept_within: 120", "    accept_within: 90")))
    assert told.endswith("Nothing was written.\nexit 1")
    assert Policy.objects.get(name="Default").accept_within == 120


def test_without_a_terminal_it_takes_yes(company: World, run: Run) -> None:
    told = run("apply", edited(("    accept_within: 120", "    accept_within: 90")))
    assert "accept within: 120 → 90" in told
    assert "Nothing was written: nobody is there to ask. Apply it with --yes." in told
    assert Policy.objects.get(name="Default").accept_within == 120


def test_a_file_from_before_slack_ids_were_found_takes_none_away(company: World, run: Run) -> None:
    ada, ben, _cleo = company.reps
    Rep.objects.filter(pk=ben.pk).update(slack_user_id="UB")
    text = edited()
    assert "slack_user_id: ''" not in text
    assert "slack_user_id: UB" in text
    Rep.objects.filter(pk=ada.pk).update(slack_user_id="UA")
    assert run("diff", text).endswith("exit 0")
    text = text.replace("slack_user_id: UB", "slack_user_id: ''")
    assert "slack user id: UB → nothing" in run("apply", text, "--yes")
    assert set(Rep.objects.exclude(slack_user_id="").values_list("slack_user_id", flat=True)) == {"UA"}


def test_applying_says_of_whom_nobody_takes_leads(company: World, run: Run) -> None:
    told = run("apply", edited(("    takes_routing: true", "    takes_routing: false")), "--yes")
    assert "takes leads from routing" not in told
    told = run("apply", edited().replace("takes_routing: true", "takes_routing: false"), "--yes")
    assert "Nobody takes leads from routing: each waits" in told
