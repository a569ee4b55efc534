"""The eight impossibilities of the design, each tried by raw SQL, by QuerySet.update and by hand."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from leads import states
from leads.models import Assignment, Delivery, Lead, LeadEvent, Reason, Track
from leads.models.lead import Lead as LeadModel
from tests.world import HOUR, MINUTE, World, check_law

READY_NOW = "jsonb_build_object('steps', jsonb_build_object('ready', jsonb_build_object('at', now())))"


def run(sql: str, *params: Any) -> None:
    """Execute statements as one transaction would: with a commit's constraints checked at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(sql: str, *params: Any) -> str:
    with pytest.raises(IntegrityError) as caught:
        run(sql, *params)
    return str(caught.value)


# In a copy of a row, what would collide with it.
UNIQUE = {"dedupe_key": "'another'", "step": "'release'"}


def columns_of(table: str) -> list[str]:
    """All but what the database gives itself."""
    with connection.cursor() as cursor:
        names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    return [name for name in names if name != "id"]


def event_row(lead: Lead, **changed: Any) -> tuple[str, list[Any]]:
    row = {
        "lead_id": lead.pk,
        "kind": "forged",
        "at": lead.entered_at,
        "seq": lead.seq + 1,
        "prev_seq": lead.seq,
        "from_state": lead.state,
        "to_state": "accepted",
        "actor": "system",
        "door": "sweep",
        "data": "{}",
        **changed,
    }
    marks = ", ".join(["%s"] * len(row))
    return f"INSERT INTO leads_leadevent ({', '.join(row)}) VALUES ({marks})", list(row.values())


class TestStatesAndTransitions:
    """1. A state outside the table, or a transition outside it."""

    def test_a_state_that_is_not_one(self, world: World) -> None:
        lead = world.capture()
        text = refused("UPDATE leads_lead SET state = 'limbo', seq = seq + 1 WHERE id = %s", lead.pk)
        assert 'violates check constraint "lead_' in text

    def test_a_state_without_an_event(self, world: World) -> None:
        lead = world.to_state("assigned")
        assert "needs an event" in refused("UPDATE leads_lead SET state = 'accepted' WHERE id = %s", lead.pk)

    def test_queryset_update_is_no_way_round(self, world: World) -> None:
        lead = world.to_state("assigned")
        with pytest.raises(IntegrityError), transaction.atomic():
            Lead.objects.filter(pk=lead.pk).update(state="accepted")
        assert world.again(lead).state == "assigned"

    def test_the_attribute_is_protected(self, world: World) -> None:
        lead = world.to_state("assigned")
        with pytest.raises(AttributeError):
            lead.state = "accepted"

    def test_every_pair_of_the_matrix(self, world: World) -> None:
        """An event from x to y passes the CHECK exactly where the table has the pair; then its lead is missed."""
        lead = world.capture()
        for source, target in product(states.STATES, states.STATES):
            sql, params = event_row(lead, from_state=source, to_state=target)
            why = "without the change" if (source, target) in states.PAIRS else "event_legal"
            assert why in refused(sql, *params), (source, target)

    def test_a_birth_by_event_alone(self, world: World) -> None:
        lead = world.capture()
        for state in states.STATES:
            sql, params = event_row(lead, from_state=None, to_state=state, seq=1, prev_seq=None)
            why = "event_once" if state in states.BIRTHS else "event_legal"
            assert why in refused(sql, *params), state

    @pytest.mark.parametrize("state", sorted(set(states.STATES) - set(states.BIRTHS)))
    def test_birth_in_another_state(self, world: World, state: str) -> None:
        lead = world.capture()
        columns = [field.column for field in LeadModel._meta.concrete_fields if field.column not in ("id", "state")]
        names = ", ".join(columns)
        text = refused(
            f"INSERT INTO leads_lead (state, {names}) SELECT %s, {names} FROM leads_lead WHERE id = %s", state, lead.pk
        )
        assert "is born" in text

    def test_a_stale_writer_loses(self, world: World) -> None:
        """Two who read the lead at the same seq: the second finds its event's number taken."""
        lead = world.to_state("assigned")
        world.pass_time(2 * HOUR + MINUTE)
        sql, params = event_row(lead)
        assert "event_once" in refused(sql, *params)

    def test_going_back_in_seq(self, world: World) -> None:
        lead = world.to_state("assigned")
        assert "may not go back" in refused("UPDATE leads_lead SET seq = seq - 1 WHERE id = %s", lead.pk)


class TestDeadlines:
    """2. An open lead without a deadline; an ended one with one."""

    @pytest.mark.parametrize("state", ["buffer", "assigned", "overdue", "shark_tank", "accepted"])
    def test_open_without(self, world: World, state: str) -> None:
        lead = world.to_state(state)
        assert "due" in refused("UPDATE leads_lead SET due_at = NULL WHERE id = %s", lead.pk)
        assert "due" in refused("UPDATE leads_lead SET due_step = NULL WHERE id = %s", lead.pk)

    def test_ended_with(self, world: World) -> None:
        lead = world.recycle(world.to_state("accepted"), "not_icp")
        assert lead.state == "suppressed"
        sql = f"UPDATE leads_lead SET due_at = now(), due_step = 'ready', terms = {READY_NOW} WHERE id = %s"
        assert "lead_due_exactly_while_open" in refused(sql, lead.pk)

    def test_a_step_of_another_state(self, world: World) -> None:
        lead = world.to_state("assigned")
        sql = f"UPDATE leads_lead SET due_at = now(), due_step = 'ready', terms = {READY_NOW} WHERE id = %s"
        assert "lead_due_step_of_its_state" in refused(sql, lead.pk)

    @pytest.mark.parametrize("when", ["infinity", "-infinity", "9999-12-31", "1970-01-01"])
    def test_a_deadline_out_of_sight(self, world: World, when: str) -> None:
        """With terms that say so too; else they are what refuses it."""
        lead = world.to_state("assigned")
        terms = """jsonb_set(terms, '{steps,accept,at}', to_jsonb(%s::text))"""
        text = refused(f"UPDATE leads_lead SET due_at = %s, terms = {terms} WHERE id = %s", when, when, lead.pk)
        assert "lead_due_within_sight" in text

    @pytest.mark.parametrize("state", ["buffer", "assigned", "shark_tank", "accepted"])
    def test_a_deadline_moved_by_hand(self, world: World, state: str) -> None:
        lead = world.to_state(state)
        text = refused("UPDATE leads_lead SET due_at = due_at + interval '1 day' WHERE id = %s", lead.pk)
        assert "not what its terms say" in text
        text = refused("UPDATE leads_lead SET terms = '{}' WHERE id = %s", lead.pk)
        assert "not what its terms say" in text

    def test_entered_at_another_time(self, world: World) -> None:
        lead = world.to_state("assigned")
        text = refused("UPDATE leads_lead SET entered_at = entered_at + interval '1 year' WHERE id = %s", lead.pk)
        assert "when its event says" in text

    @pytest.mark.parametrize("column", ["entered_at", "captured_at", "life_began_at"])
    def test_a_time_out_of_sight(self, world: World, column: str) -> None:
        lead = world.to_state("assigned")
        text = refused(f"UPDATE leads_lead SET {column} = 'infinity', seq = seq + 1 WHERE id = %s", lead.pk)
        assert "lead_times_in_sight" in text or "lead_due_within_sight" in text

    @pytest.mark.parametrize("column", ["at", "noticed_at"])
    def test_an_event_out_of_sight(self, world: World, column: str) -> None:
        lead = world.to_state("assigned")
        sql, params = event_row(lead, seq=None, prev_seq=None, from_state=None, to_state=None, **{column: "infinity"})
        assert "event_times_in_sight" in refused(sql, *params)

    def test_a_delivery_put_off_for_ever(self, world: World) -> None:
        lead = world.to_state("assigned")
        for column in ("send_at", "next_try_at"):
            text = refused(f"UPDATE leads_delivery SET {column} = 'infinity' WHERE lead_id = %s", lead.pk)
            assert "delivery_times_in_sight" in text

    @pytest.mark.parametrize("when", ["infinity", "2300-01-01"])
    def test_put_aside_for_ever(self, world: World, when: str) -> None:
        lead = world.to_state("assigned")
        text = refused("UPDATE leads_lead SET retry_at = %s, error = 'x' WHERE id = %s", when, lead.pk)
        assert "lead_put_aside_with_its_error" in text

    def test_put_aside_without_an_error(self, world: World) -> None:
        lead = world.to_state("assigned")
        text = refused("UPDATE leads_lead SET retry_at = now() WHERE id = %s", lead.pk)
        assert "lead_put_aside_with_its_error" in text


class TestMerges:
    """A merged lead lives on in another: never in itself, never in a circle."""

    def merge(self, lead: Lead, into: Lead) -> tuple[str, list[Any]]:
        """Lead and event as the lifecycle writes them, by hand."""
        sql, params = event_row(lead, to_state="merged")
        update = (
            "UPDATE leads_lead SET state = 'merged', seq = seq + 1, merged_into_id = %s, due_at = NULL, due_step = NULL"
            " WHERE id = %s;"
        )
        return update + sql, [into.pk, lead.pk, *params]

    def test_into_itself(self, world: World) -> None:
        lead = world.capture()
        sql, params = self.merge(lead, lead)
        assert "lead_merged_into_another" in refused(sql, *params)

    def test_named_without_being_merged(self, world: World) -> None:
        first, second = world.capture("jo@acme.test"), world.capture("ann@acme.test")
        text = refused("UPDATE leads_lead SET merged_into_id = %s WHERE id = %s", second.pk, first.pk)
        assert "lead_merged_into_another" in text

    def test_its_own_predecessor(self, world: World) -> None:
        lead = world.capture()
        assert "lead_later_than_another" in refused("UPDATE leads_lead SET previous_id = id WHERE id = %s", lead.pk)

    def test_in_a_circle(self, world: World) -> None:
        first, second = world.capture("jo@acme.test"), world.capture("ann@acme.test")
        sql, params = self.merge(first, second)
        run(sql, *params)
        sql, params = self.merge(second, first)
        assert "itself merged" in refused(sql, *params)

    def test_for_good(self, world: World) -> None:
        first, second, third = (world.capture(f"{name}@acme.test") for name in ("jo", "ann", "kim"))
        sql, params = self.merge(first, second)
        run(sql, *params)
        text = refused("UPDATE leads_lead SET merged_into_id = %s WHERE id = %s", third.pk, first.pk)
        assert "merged for good" in text


class TestOwners:
    """3. and 4. Who holds a lead, and the one open assignment that says so."""

    def test_assigned_without_owner(self, world: World) -> None:
        lead = world.to_state("assigned")
        text = refused("UPDATE leads_lead SET owner_id = NULL, seq = seq + 1 WHERE id = %s", lead.pk)
        assert "lead_owner_exactly_where_a_person_holds_it" in text

    @pytest.mark.parametrize("state", ["buffer", "shark_tank"])
    def test_unowned_state_with_owner(self, world: World, state: str) -> None:
        lead = world.to_state(state)
        text = refused("UPDATE leads_lead SET owner_id = %s, seq = seq + 1 WHERE id = %s", world.reps[0].pk, lead.pk)
        assert "lead_owner_exactly_where_a_person_holds_it" in text

    def test_another_owner_by_hand(self, world: World) -> None:
        lead = world.to_state("assigned")
        other = next(rep for rep in world.reps if rep.pk != lead.owner_id)
        assert "needs an event" in refused("UPDATE leads_lead SET owner_id = %s WHERE id = %s", other.pk, lead.pk)

    def test_an_owner_who_is_not_the_open_assignments_rep(self, world: World) -> None:
        lead = world.to_state("assigned")
        other = next(rep for rep in world.reps if rep.pk != lead.owner_id)
        text = refused("UPDATE leads_assignment SET rep_id = %s WHERE lead_id = %s", other.pk, lead.pk)
        assert "may not change" in text
        sql, params = event_row(lead, kind="assign", to_state="assigned")
        moved = "UPDATE leads_lead SET owner_id = %s, seq = seq + 1 WHERE id = %s"
        text = refused(f"{moved}; {sql}", other.pk, lead.pk, *params)
        assert "foreign key" in text

    def test_the_open_assignment_closed_under_the_owner(self, world: World) -> None:
        lead = world.to_state("assigned")
        text = refused("UPDATE leads_assignment SET ended_at = now(), outcome = 'x' WHERE lead_id = %s", lead.pk)
        assert "lead_owner_has_the_open_assignment" in text

    def test_two_open_assignments(self, world: World) -> None:
        lead = world.to_state("assigned")
        turn = Assignment.objects.get(lead=lead)
        turn.pk, turn.rep = None, next(rep for rep in world.reps if rep.pk != lead.owner_id)
        with pytest.raises(IntegrityError, match="assignment_open_once"), transaction.atomic():
            turn.save()

    def test_an_assignment_of_no_lead_or_of_another(self, world: World) -> None:
        lead, other = world.to_state("shark_tank"), world.capture("other@acme.test")
        columns = "rep_id, how, started_at, accept_by, ended_at, outcome, terms, first_touch_by_hand"
        copied = f"INSERT INTO leads_assignment (lead_id, {columns}) SELECT 999999, {columns} FROM leads_assignment"
        assert "its lead is not there" in refused(f"{copied} WHERE lead_id = %s", lead.pk)
        assert "may not change" in refused("UPDATE leads_assignment SET lead_id = %s", other.pk)

    @pytest.mark.parametrize("sql", ["DELETE FROM leads_assignment", "TRUNCATE leads_assignment CASCADE"])
    def test_turns_stay(self, world: World, sql: str) -> None:
        world.to_state("shark_tank")
        check_law()
        assert "is refused" in refused(sql)

    def test_an_assignment_of_an_unowned_lead(self, world: World) -> None:
        lead = world.to_state("shark_tank")
        refused("UPDATE leads_assignment SET ended_at = NULL, outcome = '' WHERE lead_id = %s", lead.pk)

    def test_a_deals_lead_in_the_pool(self, world: World) -> None:
        lead = world.to_state("shark_tank")
        assert "deal" in refused("UPDATE leads_lead SET ladder = 'deal' WHERE id = %s", lead.pk)


class TestPersons:
    """5. Two open leads for one person."""

    @pytest.mark.parametrize("again", ["jo@acme.test", " JO@Acme.Test ", "jo+demo@acme.test", "Jo+x+y@ACME.test"])
    def test_the_same_person_joins(self, world: World, again: str) -> None:
        first = world.capture("jo@acme.test")
        assert world.capture(again).pk == first.pk
        assert Lead.objects.count() == 1

    def test_by_sql(self, world: World) -> None:
        world.capture("jo@acme.test")
        other = world.capture("ann@acme.test")
        text = refused("UPDATE leads_lead SET person_key = 'jo@acme.test' WHERE id = %s", other.pk)
        assert "lead_open_once_a_person" in text


class TestReasons:
    """6. Nurture or suppressed without a reason; a reason without an outcome or without the track it needs."""

    @pytest.mark.parametrize("code", ["timing", "not_icp"])
    def test_without_a_reason(self, world: World, code: str) -> None:
        lead = world.recycle(world.to_state("accepted"), code)
        assert "reason" in refused("UPDATE leads_lead SET reason_id = NULL WHERE id = %s", lead.pk)

    def test_another_reason_without_an_event(self, world: World) -> None:
        lead = world.recycle(world.to_state("accepted"), "timing")
        other = "(SELECT id FROM leads_reason WHERE code = 'budget')"
        told = refused(f"UPDATE leads_lead SET reason_id = {other} WHERE id = %s", lead.pk)
        assert "another reason needs an event" in told

    def test_a_reason_without_an_outcome(self, world: World) -> None:
        assert "outcome" in refused("UPDATE leads_reason SET outcome = '' WHERE code = 'timing'")
        assert "outcome" in refused("UPDATE leads_reason SET outcome = 'snooze' WHERE code = 'timing'")

    def test_a_nurture_reason_without_a_track(self, world: World) -> None:
        assert "track" in refused("UPDATE leads_reason SET track_id = NULL WHERE code = 'timing'")

    def test_a_reason_in_use_is_kept(self, world: World) -> None:
        world.recycle(world.to_state("accepted"), "timing")
        refused("DELETE FROM leads_reason WHERE code = 'timing'")
        assert Track.objects.exists()
        assert Reason.objects.filter(code="timing").exists()


class TestEvents:
    """7. A change without its event, an event without its change, an event edited or deleted."""

    def test_a_change_without_its_event(self, world: World) -> None:
        lead = world.to_state("assigned")
        refused("UPDATE leads_lead SET state = 'overdue', due_step = 'release', seq = seq + 1 WHERE id = %s", lead.pk)

    def test_an_event_without_its_change(self, world: World) -> None:
        lead = world.to_state("assigned")
        sql, params = event_row(lead)
        assert "without the change" in refused(sql, *params)

    def test_an_event_that_does_not_follow(self, world: World) -> None:
        """A legal pair, but not from where the lead was."""
        lead = world.to_state("assigned")
        sql, params = event_row(lead, from_state="overdue", to_state="accepted")
        refused(
            "UPDATE leads_lead SET seq = seq + 1, state = 'accepted', due_step = 'touch' WHERE id = %s;" + sql,
            lead.pk,
            *params,
        )

    @pytest.mark.parametrize("told", ["accepted", "nurture", "overdue"])
    def test_an_event_to_another_state_than_the_leads(self, world: World, told: str) -> None:
        """Each is a legal way on; the lead itself goes to overdue."""
        lead = world.to_state("assigned")
        moved = (
            "UPDATE leads_lead SET seq = seq + 1, state = 'overdue', due_step = 'release',"
            " due_at = (terms->'steps'->'release'->>'at')::timestamptz WHERE id = %s; "
        )
        sql, params = event_row(lead, to_state=told)
        if told == "overdue":
            run(moved + sql, lead.pk, *params)
            check_law()
        else:
            assert "without the change" in refused(moved + sql, lead.pk, *params)

    def test_a_lead_without_a_birth(self, world: World) -> None:
        lead = world.capture()
        columns = ", ".join(
            field.column for field in LeadModel._meta.concrete_fields if field.column not in ("id", "person_key")
        )
        refused(
            f"INSERT INTO leads_lead (person_key, {columns}) SELECT 'x@y.test', {columns} FROM leads_lead WHERE id=%s",
            lead.pk,
        )

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE leads_leadevent SET at = at - interval '1 hour'",
            "UPDATE leads_leadevent SET data = '{}'",
            "DELETE FROM leads_leadevent",
            "TRUNCATE leads_leadevent CASCADE",
            "TRUNCATE leads_lead CASCADE",
            "TRUNCATE leads_lead, leads_assignment CASCADE",
            "DELETE FROM leads_lead",
        ],
    )
    def test_history_stays(self, world: World, sql: str) -> None:
        world.to_state("assigned")
        check_law()
        before = LeadEvent.objects.count()
        refused(sql)
        assert LeadEvent.objects.count() == before


class TestDeliveries:
    """8. A delivery for a change that was rolled back, or none for a change that owed one."""

    def test_rolled_back_together(self, world: World) -> None:
        lead = world.to_state("assigned")
        before = Delivery.objects.count()
        with transaction.atomic():
            world.accept(lead)
            assert Delivery.objects.count() > before
            transaction.set_rollback(True)
        assert Delivery.objects.count() == before

    def test_without_an_event(self, world: World) -> None:
        world.to_state("assigned")
        refused("UPDATE leads_delivery SET event_id = NULL")
        refused("UPDATE leads_delivery SET event_id = 999999")

    @pytest.mark.parametrize("table", ["leads_delivery", "routing_decision", "sla_breach", "leads_alert"])
    def test_of_an_event_that_is_not_there_or_anothers(self, world: World, table: str) -> None:
        lead = world.to_state("overdue")
        other, names = world.capture("other@acme.test"), columns_of(table)
        first = lead.events.earliest("pk").pk
        for event, whose in ((999_999, lead.pk), (other.events.get().pk, lead.pk), (first, other.pk)):
            values = {**UNIQUE, "event_id": str(event), "lead_id": str(whose)}
            copied = ", ".join(values.get(name, name) for name in names)
            text = refused(f"INSERT INTO {table} ({', '.join(names)}) SELECT {copied} FROM {table} LIMIT 1")
            assert "is not there, or another" in text

    def test_a_breach_of_anothers_turn(self, world: World) -> None:
        lead = world.to_state("overdue")
        turn = Assignment.objects.get(lead=world.to_state("assigned", email="other@acme.test"))
        rep = next(rep for rep in world.reps if rep.pk != lead.owner_id)
        names = columns_of("sla_breach")
        for column, value in (("assignment_id", turn.pk), ("assignment_id", 999_999), ("rep_id", rep.pk)):
            values = {**UNIQUE, column: str(value)}
            copied = ", ".join(values.get(name, name) for name in names)
            text = refused(f"INSERT INTO sla_breach ({', '.join(names)}) SELECT {copied} FROM sla_breach LIMIT 1")
            assert "its turn is not there, or another's" in text
        assert "may not change" in refused("UPDATE sla_breach SET rep_id = %s", rep.pk)

    @pytest.mark.parametrize("sql", ["DELETE FROM leads_delivery", "TRUNCATE leads_delivery"])
    def test_kept(self, world: World, sql: str) -> None:
        """The row is young by the database's own clock, whatever the story's clock says."""
        world.to_state("assigned")
        check_law()
        run("UPDATE leads_delivery SET created_at = now()")
        refused(sql)

    def test_every_change_that_owes_one_has_one(self, world: World) -> None:
        lead = world.to_state("shark_tank")
        for event in lead.events.filter(kind__in=["assign", "expire", "release"]):
            assert event.deliveries.exists(), event.kind
        assert set(Delivery.objects.values_list("status", flat=True)) == {"skipped"}


def test_legal_steps_in_one_transaction_pass(world: World) -> None:
    """buffer → aql → routing → assigned in one commit is the normal road, not an attack."""
    lead = world.to_state("assigned")
    check_law()
    events = lead.events.filter(seq__isnull=False).order_by("seq")
    assert [event.to_state for event in events] == ["buffer", "aql", "routing", "assigned"]
    assert timedelta(0) <= events[3].at - events[1].at <= MINUTE
