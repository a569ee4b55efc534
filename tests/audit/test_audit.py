"""The audit finds nothing on a sound database, and each kind of forgery by name."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from leads.intake.lead_form import clean_lead
from leads.models import Alert, Assignment, Delivery, Lead, LeadEvent, Rep, SentBack
from recycle.models import Enrolment
from revops import lifecycle
from revops.audit.auditing import Report, audit
from routing.models import Decision
from sla.models import Breach
from tests.world import CLIENT, DAY, HOUR, MINUTE, World, check_law


def sql(text: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, params)


@contextmanager
def lawless(*dropped: str) -> Iterator[None]:
    """Whoever may switch the triggers off, or drop a CHECK, may write anything at all."""
    check_law()
    for name in dropped:
        table = name.partition("_")[0]
        sql(f"ALTER TABLE leads_{'leadevent' if table == 'event' else table} DROP CONSTRAINT {name}")
    sql("SET LOCAL session_replication_role = replica")
    yield
    sql("SET LOCAL session_replication_role = origin")


@pytest.fixture
def story(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    return world


def off(report: Report) -> dict[str, tuple[int | str, ...]]:
    return {finding.key: finding.first for finding in report.findings if not finding.ok}


def found(world: World) -> dict[str, tuple[int | str, ...]]:
    return off(audit(at=world.now))


def a_busy_week(world: World) -> None:
    """Every road once: recycled, lapsed, claimed, converted, suppressed, merged, woken, on the ladder."""
    for number, state in enumerate(("shark_tank", "overdue", "accepted", "assigned")):
        world.to_state(state, f"p{number}@acme.test", employee_count=50)
    world.pass_time(DAY)
    for reason, answers in (
        ("timing", {}),
        ("not_icp", {}),
        ("wrong_territory", {"field": "country"}),
        ("bad_data", {"field": "phone"}),
        ("customer", {}),
    ):
        world.recycle(world.to_state("accepted", f"{reason}@acme.test", employee_count=50), reason, **answers)
    world.capture("timing@acme.test", hand_raise=True)
    world.capture("small@acme.test", employee_count=2)
    for wait in (4 * MINUTE, 3 * HOUR, 20 * HOUR, 5 * HOUR, DAY, 3 * DAY, 15 * DAY):
        world.pass_time(wait)


def test_a_sound_database_passes(story: World) -> None:
    a_busy_week(story)
    assert found(story) == {}


def test_an_empty_one_too(story: World) -> None:
    assert found(story) == {}


LEAD_FORGERIES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "a state no event tells of": (
        "UPDATE leads_lead SET state = 'shark_tank', owner_id = NULL, due_step = 'alert' WHERE id = %s", (), "recount",
    ),
    "an unknown state": (
        "UPDATE leads_lead SET state = 'limbo', owner_id = NULL, due_at = NULL, due_step = NULL WHERE id = %s",
        ("lead_state_known", "lead_due_exactly_while_open"), "states",
    ),
    "a seq without its event": ("UPDATE leads_lead SET seq = seq + 1 WHERE id = %s", (), "recount"),
    "an event deleted": ("DELETE FROM leads_leadevent WHERE lead_id = %s AND seq = 2", (), "recount"),
    "the last event edited": (
        "UPDATE leads_leadevent SET at = at + interval '1 day' WHERE lead_id = %s AND seq = 4", (), "recount",
    ),
    "an event's state edited": (
        "UPDATE leads_leadevent SET to_state = 'nurture' WHERE lead_id = %s AND seq = 2", ("event_legal",), "chain",
    ),
    "an illegal pair": (
        "UPDATE leads_leadevent SET from_state = 'converted' WHERE lead_id = %s AND seq = 3", ("event_legal",), "pairs",
    ),
    "a birth elsewhere": (
        "UPDATE leads_leadevent SET to_state = 'accepted' WHERE lead_id = %s AND seq = 1", ("event_legal",), "pairs",
    ),
    "no deadline": (
        "UPDATE leads_lead SET due_at = NULL WHERE id = %s", ("lead_due_exactly_while_open",), "deadlines",
    ),
    "a step of another state's": (
        "UPDATE leads_lead SET due_step = 'review' WHERE id = %s", ("lead_due_step_of_its_state",), "deadlines",
    ),
    "no owner": (
        "UPDATE leads_lead SET owner_id = NULL WHERE id = %s",
        ("lead_owner_exactly_where_a_person_holds_it",), "owners",
    ),
    "another owner": ("UPDATE leads_lead SET owner_id = owner_id + 1 WHERE id = %s", (), "turns"),
    "an assignment closed": (
        "UPDATE leads_assignment SET ended_at = now(), outcome = 'lapsed' WHERE lead_id = %s", (), "turns",
    ),
    "an owner nobody named": ("UPDATE leads_leadevent SET data = '{\"rep\": 0}' WHERE lead_id = %s AND kind = 'assign'",
                              (), "holders"),
    "a person's key that hides": ("UPDATE leads_lead SET person_key = 'jo+2@acme.test' WHERE id = %s", (), "persons"),
    "a deal in the pool": (
        "UPDATE leads_lead SET ladder = 'deal', state = 'shark_tank', due_step = 'alert', owner_id = NULL"
        " WHERE id = %s",
        ("lead_of_a_deal_never_routed_nor_pooled",), "deals",
    ),
    "nurture without a reason": (
        "UPDATE leads_lead SET state = 'nurture', due_step = 'review', owner_id = NULL, reason_id = NULL WHERE id = %s",
        ("lead_reason_in_nurture_and_suppressed",), "reasons",
    ),
    "merged into nothing": (
        "UPDATE leads_lead SET state = 'merged', due_at = NULL, due_step = NULL, owner_id = NULL WHERE id = %s",
        ("lead_merged_into_another",), "merged",
    ),
    "an arrival gone": ("DELETE FROM leads_arrival WHERE lead_id = %s", (), "knocks"),
    "a delivery missing": (
        "DELETE FROM leads_delivery WHERE lead_id = %s AND kind = 'slack.assigned'", (), "deliveries",
    ),
    "a decision missing": ("DELETE FROM routing_decision WHERE lead_id = %s AND kind = 'routing'", (), "decisions"),
    "an enrolment of a lead that is elsewhere": (
        "INSERT INTO recycle_enrolment (lead_id, event_id, reason_id, track_id, note, started_at, until, ended_by)"
        " SELECT id, 1, 1, 1, '', now(), now(), '' FROM leads_lead WHERE id = %s", (), "enrolments",
    ),
    "a lead put aside": ("UPDATE leads_lead SET retry_at = now(), error = 'x' WHERE id = %s", (), "aside"),
    "a deadline moved with the terms that say it": (
        "UPDATE leads_lead SET due_at = due_at + interval '1 day',"
        " terms = jsonb_set(terms, '{steps,accept,at}', to_jsonb(due_at + interval '1 day')) WHERE id = %s",
        (), "windows",
    ),
    "an assignment's window moved": (
        "UPDATE leads_assignment SET accept_by = accept_by + interval '1 day' WHERE lead_id = %s", (), "windows",
    ),
    "a person under another's key": (
        "UPDATE leads_lead SET person_key = 'zzz@evil.test' WHERE id = %s", (), "persons",
    ),
    "a deadline its terms do not say": (
        "UPDATE leads_lead SET due_at = due_at + interval '1 day' WHERE id = %s", (), "terms",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEAD_FORGERIES)
def test_a_forged_lead_is_named(story: World, name: str) -> None:
    text, dropped, check = LEAD_FORGERIES[name]
    lead, other = story.to_state("assigned"), story.to_state("assigned", "other@acme.test")
    with lawless(*dropped):
        sql(text, lead.pk)
    seen = found(story)
    assert seen.pop(check) == (lead.pk,)
    assert all(other.pk not in first for first in seen.values())
    if dropped:
        assert {table_of(one) for one in dropped} <= set(seen["law.constraints"])


def table_of(constraint: str) -> str:
    return f"{constraint} on leads_{'leadevent' if constraint.startswith('event') else 'lead'}"


def test_a_delivery_for_another_leads_event_is_a_stray(story: World) -> None:
    lead, other = story.to_state("assigned"), story.to_state("assigned", "other@acme.test")
    with lawless():
        delivery = Delivery.objects.filter(lead=lead, kind="slack.assigned").get()
        Delivery.objects.filter(pk=delivery.pk).update(lead=other)
    assert found(story)["strays"] == (other.pk,)


@pytest.mark.parametrize("named", ["rep_id", "territory_id", "rules_id"])
def test_a_decision_that_names_what_there_is_not(story: World, named: str) -> None:
    lead = story.to_state("assigned")
    Decision.objects.filter(lead=lead, kind="routing").update(**{named: 999_999})
    assert lead.pk in found(story)["named"]


def test_a_delivery_that_names_a_rep_there_is_not(story: World) -> None:
    lead = story.to_state("assigned")
    Delivery.objects.filter(lead=lead).update(rep_id=999_999)
    assert found(story)["named"] == (lead.pk,)


def test_leads_merged_into_each_other(story: World) -> None:
    one, two = story.to_state("assigned"), story.to_state("assigned", "two@acme.test")
    with lawless():
        for lead, into in ((one, two), (two, one)):
            sql(
                f"UPDATE leads_lead SET state = 'merged', merged_into_id = {into.pk}, due_at = NULL, due_step = NULL,"
                " owner_id = NULL WHERE id = %s",
                lead.pk,
            )
    assert found(story)["merged"] == (one.pk, two.pk)


def test_two_open_leads_of_one_person(story: World) -> None:
    one, two = story.to_state("assigned"), story.to_state("assigned", "two@acme.test")
    with lawless():
        sql("DROP INDEX lead_open_once_a_person")
        Lead.objects.filter(pk=two.pk).update(person_key=one.person_key)
    seen = found(story)
    assert seen["persons"] == (one.pk, two.pk)
    assert "lead_open_once_a_person on leads_lead" in seen["law.constraints"]


def test_two_open_assignments_of_one_lead(story: World) -> None:
    lead = story.to_state("assigned")
    with lawless():
        sql("DROP INDEX assignment_open_once")
        turn = Assignment.objects.get(lead=lead)
        turn.pk, turn.rep = None, next(rep for rep in story.reps if rep != lead.owner)
        turn.save()
    assert found(story)["turns"] == (lead.pk,)


def test_a_reason_without_its_track(story: World) -> None:
    sql("ALTER TABLE leads_reason DROP CONSTRAINT reason_track_where_its_outcome_asks_for_one")
    sql("UPDATE leads_reason SET track_id = NULL WHERE code = 'timing'")
    seen = found(story)
    assert len(seen["outcomes"]) == 1
    assert "reason_track_where_its_outcome_asks_for_one on leads_reason" in seen["law.constraints"]


def test_a_reps_count_of_leads_that_is_wrong(story: World) -> None:
    lead = story.to_state("assigned")
    Rep.objects.filter(pk=lead.owner_id).update(open_leads=7)
    assert found(story) == {"loads": (lead.owner_id,)}


def test_a_lead_sent_back_without_its_reason(story: World) -> None:
    lead = story.to_state("assigned")
    lifecycle.send_back(lead.pk, reason="Their rival.", at=story.now, by=story.actor(story.manager))
    assert found(story) == {}
    SentBack.objects.all().delete()
    assert found(story) == {"sent_back": (lead.pk,)}


KEPT = {"why": "recycle", "until": None}
DECISION_FORGERIES: dict[str, Callable[[Decision], dict[str, Any]]] = {
    "by another's turn": lambda one: {"rep_id": max(turn["rep_id"] for turn in one.steps["turns"])},
    "in another territory": lambda one: {"territory_id": (one.territory_id or 0) + 1},
    "to a rep it was kept from": lambda one: {
        "steps": one.steps | {"case": {"excluded_reps": [KEPT | {"rep": one.rep_id}]}}
    },
    "with another due first": lambda one: {"steps": one.steps | {"due": [{"rep": one.rep_id, "in": 9.0}]}},
    "with nobody's turn kept": lambda one: {"steps": one.steps | {"turns": None}},
    "since nobody could, where others are asked": lambda one: {"steps": one.steps | {"before": {"territories": []}}},
}


@pytest.mark.parametrize("name", DECISION_FORGERIES)
def test_a_decision_that_comes_out_otherwise(story: World, name: str) -> None:
    lead = story.to_state("assigned")
    one = Decision.objects.get(lead=lead, kind="routing")
    Decision.objects.filter(pk=one.pk).update(**DECISION_FORGERIES[name](one))
    assert found(story)["replays"] == (one.pk,)


@pytest.mark.parametrize("state", ["overdue", "shark_tank"])
def test_a_lapse_that_nobody_noted(story: World, state: str) -> None:
    lead = story.to_state(state)
    Breach.objects.order_by("-pk")[0].delete()
    assert found(story) == {"breaches": (lead.pk,)}


def test_a_lapse_held_against_a_rep_who_was_never_told(story: World, settings: Any) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    lead = story.to_state("overdue")
    assert found(story) == {}
    Breach.objects.update(cause="ignored")
    assert found(story) == {"blamed": (lead.pk,)}


def test_a_lapse_laid_to_an_alert_that_had_arrived(story: World, settings: Any) -> None:
    settings.SLACK_BOT_TOKEN = "xoxb-test"
    lead = story.to_state("assigned")
    Delivery.objects.filter(lead=lead, kind="slack.assigned").update(status="sent", done_at=story.now)
    story.pass_time(2 * HOUR + MINUTE)
    assert found(story) == {}
    Breach.objects.update(cause="not_told")
    assert found(story) == {"untold": (lead.pk,)}


def test_an_alert_that_nobody_passes_on(story: World) -> None:
    lead = story.to_state("overdue")
    Alert.objects.update(due_at=story.now - HOUR)
    assert found(story) == {"alerts": (lead.pk,)}


def test_nurture_without_an_enrolment(story: World) -> None:
    lead = story.recycle(story.to_state("accepted"), "timing")
    Enrolment.objects.all().delete()
    assert found(story) == {"enrolments": (lead.pk,)}


def test_a_waiting_backlog_needs_no_enrolment(story: World) -> None:
    form = clean_lead({"email": "old@acme.test"}, received_at=story.now)
    lifecycle.capture([lifecycle.Knock(form, slot=story.now + DAY)], at=story.now, by=CLIENT)
    assert found(story) == {}


def test_a_join_that_nobody_holds_owes_nothing(story: World) -> None:
    story.to_state("shark_tank")
    story.capture()
    story.capture("held@acme.test")
    story.pass_time(4 * MINUTE)
    story.capture("held@acme.test")
    assert found(story) == {}
    with lawless():
        Delivery.objects.filter(kind="slack.joined").delete()
    assert found(story) == {"deliveries": (Lead.objects.get(email="held@acme.test").pk,)}


def test_a_lead_left_lying_after_the_sweeps_tolerance(story: World) -> None:
    lead = story.to_state("assigned")
    story.now = lead.due_at + timedelta(seconds=119)
    assert found(story) == {}
    story.now = lead.due_at + timedelta(seconds=121)
    assert found(story) == {"late": (lead.pk,), "books": (lead.pk,)}


def test_a_database_from_a_dump_is_sound(story: World) -> None:
    """A restore writes each CHECK anew as PostgreSQL told it, which is not how it was written at first."""
    story.to_state("assigned")
    check_law()
    sql(
        """
        DO $$
        DECLARE c record;
        BEGIN
            FOR c IN SELECT conname, conrelid::regclass AS place, pg_get_constraintdef(oid) AS told FROM pg_constraint
                WHERE contype = 'c' AND conrelid::regclass::text ~ '^(leads|routing|sla|recycle|revops)_'
            LOOP
                EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I', c.place, c.conname);
                EXECUTE format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', c.place, c.conname, c.told);
            END LOOP;
        END $$"""
    )
    assert found(story) == {}


TAMPERINGS: dict[str, tuple[str, str, str]] = {
    "a foreign key dropped": (
        "ALTER TABLE leads_lead DROP CONSTRAINT lead_agrees_with_its_last_event",
        "law.constraints", "lead_agrees_with_its_last_event on leads_lead",
    ),
    "a CHECK not validated": (
        "ALTER TABLE leads_lead DROP CONSTRAINT lead_merged_into_another;"
        " ALTER TABLE leads_lead ADD CONSTRAINT lead_merged_into_another CHECK (true) NOT VALID",
        "law.constraints", "lead_merged_into_another on leads_lead",
    ),
    "a CHECK that lets all pass": (
        "ALTER TABLE leads_lead DROP CONSTRAINT lead_merged_into_another;"
        " ALTER TABLE leads_lead ADD CONSTRAINT lead_merged_into_another CHECK (true)",
        "law.constraints", "lead_merged_into_another on leads_lead says something else",
    ),
    "a unique index of something else": (
        "DROP INDEX lead_open_once_a_person;"
        " CREATE UNIQUE INDEX lead_open_once_a_person ON leads_lead (id) WHERE state = 'buffer'",
        "law.constraints", "lead_open_once_a_person on leads_lead says something else",
    ),
    "a foreign key to elsewhere": (
        "ALTER TABLE leads_lead DROP CONSTRAINT lead_owner_has_the_open_assignment;"
        " ALTER TABLE leads_lead ADD CONSTRAINT lead_owner_has_the_open_assignment"
        " FOREIGN KEY (owner_id) REFERENCES leads_rep (id)",
        "law.constraints", "lead_owner_has_the_open_assignment on leads_lead says something else",
    ),
    "a trigger off": (
        "ALTER TABLE leads_leadevent DISABLE TRIGGER event_append_only",
        "law.triggers", "event_append_only on leads_leadevent is switched off",
    ),
    "a trigger gone": ("DROP TRIGGER lead_birth ON leads_lead", "law.triggers", "lead_birth on leads_lead is missing"),
    "a profile's versions no longer held": (
        "DROP TRIGGER profile_says_its_version ON routing_icpprofile",
        "law.triggers", "profile_says_its_version on routing_icpprofile is missing",
    ),
    "versions that can be changed": (
        "ALTER TABLE routing_icpprofileversion DISABLE TRIGGER version_append_only",
        "law.triggers", "version_append_only on routing_icpprofileversion is switched off",
    ),
    "a trigger that fires at other times": (
        "DROP TRIGGER delivery_kept ON leads_delivery; CREATE TRIGGER delivery_kept AFTER DELETE ON leads_delivery"
        " FOR EACH ROW EXECUTE FUNCTION airtight_delivery_kept()",
        "law.triggers", "delivery_kept on leads_delivery fires at other times",
    ),
    "a function emptied": (
        "CREATE OR REPLACE FUNCTION airtight_lead_birth() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RETURN NEW; END $$",
        "law.functions", "airtight_lead_birth()",
    ),
    "foreign keys off": (
        "ALTER TABLE leads_assignment DISABLE TRIGGER ALL",
        "law.guards", "foreign keys of leads_assignment are switched off",
    ),
    "no trigger fires": (
        "SET LOCAL session_replication_role = replica",
        "law.guards", "session_replication_role is not origin: no trigger fires",
    ),
    "one pair more": (
        "ALTER TABLE leads_leadevent DROP CONSTRAINT event_legal;"
        " ALTER TABLE leads_leadevent ADD CONSTRAINT event_legal CHECK (seq < 2 OR to_state <> 'nowhere')",
        "law.pairs", "birth in accepted",
    ),
    "no law on pairs": (
        "ALTER TABLE leads_leadevent DROP CONSTRAINT event_legal", "law.pairs", "event_legal is missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_law_is_named(story: World, name: str) -> None:
    text, check, told = TAMPERINGS[name]
    story.to_state("assigned")
    check_law()
    sql(text)
    seen = found(story)
    sql("SET LOCAL session_replication_role = origin")
    assert told in seen[check]


def test_the_command_passes_and_prints_the_books(story: World) -> None:
    a_busy_week(story)
    out = run()
    assert "Airtight: nothing is off." in out
    assert "leaked" in out
    assert "OFF" not in out


def test_the_command_fails_with_the_ids(story: World) -> None:
    lead = story.to_state("assigned")
    Decision.objects.filter(lead=lead).delete()
    with pytest.raises(SystemExit) as ended:
        call_command("audit", stdout=(out := StringIO()))
    assert ended.value.code == 1
    assert "OFF  decisions" in out.getvalue()
    assert f"1 lead: {lead.pk}" in out.getvalue()
    assert "1 of 36 checks found something off." in out.getvalue()


def test_only_the_first_twenty_are_named(story: World) -> None:
    story.capture_all([{"email": f"p{number}@acme.test"} for number in range(25)])
    story.pass_time(4 * MINUTE)
    Decision.objects.filter(kind="routing").delete()
    [finding] = [finding for finding in audit(at=story.now).findings if not finding.ok]
    assert (finding.count, len(finding.first)) == (25, 20)
    with pytest.raises(SystemExit):
        call_command("audit", stdout=(out := StringIO()))
    assert "and 5 more" in out.getvalue()


def run(*args: str) -> str:
    call_command("audit", *args, stdout=(out := StringIO()))
    return out.getvalue()


def test_json_for_machines(story: World) -> None:
    story.to_state("accepted")
    report = json.loads(run("--json"))
    assert (report["ok"], report["ledger"]["leaked"], report["ledger"]["places"]["with_reps"]) == (True, 0, 1)
    assert {check["off"] for check in report["checks"]} == {0}


def test_since_leaves_older_changes_out(story: World) -> None:
    story.to_state("assigned")
    Decision.objects.all().delete()
    story.now += MINUTE
    report = json.loads(run("--json", "--since", f"{story.now:%FT%TZ}"))
    assert report["ledger"]["knocked"] == 0
    with pytest.raises(SystemExit):
        run("--since", "2026-11-02")


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", ""])
def test_a_date_that_is_none(story: World, text: str) -> None:
    with pytest.raises(CommandError, match="not a date"):
        run("--since", text)


@pytest.mark.parametrize("text", ["2099-01-01", "2026-11-03", "2026-11-02T10:00:01Z"])
def test_a_time_that_lies_ahead_is_not_told_that_nothing_is_off(story: World, text: str) -> None:
    assert f"{story.now:%FT%TZ}" == "2026-11-02T10:00:00Z"
    run("--since", "2026-11-02T10:00:00Z")
    with pytest.raises(CommandError, match="lies ahead"):
        run("--since", text)


def test_the_forgeries_leave_the_timeline_alone(story: World) -> None:
    """The helper really switches the law off and on again."""
    lead = story.to_state("assigned")
    with lawless():
        sql("UPDATE leads_leadevent SET door = 'forged' WHERE lead_id = %s", lead.pk)
    assert LeadEvent.objects.filter(door="forged").exists()
    with pytest.raises(Exception, match="only ever added"):
        sql("UPDATE leads_leadevent SET door = 'again' WHERE lead_id = %s", lead.pk)
