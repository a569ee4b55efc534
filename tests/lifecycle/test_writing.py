"""A batch writes the columns that changed, whatever was read of each of its leads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Assignment, Delivery, Lead
from leads.models.rows import new_row
from leads.reading import TO_TAKE_AWAY, TO_TELL, Columns, complete
from leads.writing import WriteSet
from tests.world import CLIENT, World, check_law

pytestmark = pytest.mark.django_db


def write(*leads: Lead, writes: WriteSet | None = None) -> None:
    writes = writes or WriteSet()
    writes.touch(*leads)
    writes.flush()
    check_law()


def test_of_leads_read_in_part_and_whole(world: World) -> None:
    first, second = world.capture("a@acme.test", city="Ghent"), world.capture("b@acme.test", city="Lyon")
    part, whole = Lead.objects.only(*TO_TELL[Lead]).get(pk=first.pk), Lead.objects.get(pk=second.pk)
    whole.city, whole.custom, part.country = "Nice", {"tier": "gold"}, "BE"
    write(part, whole)
    assert set(Lead.objects.values_list("email", "city", "country", "custom__tier")) == {
        ("a@acme.test", "Ghent", "BE", None),
        ("b@acme.test", "Nice", "", "gold"),
    }


def test_what_was_completed_before_and_after_a_write(world: World) -> None:
    lead = world.capture(city="Ghent")
    for life in (2, 3):
        part = Lead.objects.only(*TO_TELL[Lead]).get(pk=lead.pk)
        if life == 3:
            write(part)
        complete([part])
        assert part.city == "Ghent"
        part.life = life
        write(part)
        assert Lead.objects.values_list("life", "city").get() == (life, "Ghent")


@pytest.mark.parametrize("columns", [TO_TELL, TO_TAKE_AWAY, None])
def test_of_a_turn_only_what_changed_is_written_however_much_of_it_was_read(
    world: World, columns: Columns | None
) -> None:
    """As when a rep accepts in the moment in which their deadline is found to have passed."""
    lead = world.to_state("assigned")
    rows = Assignment.objects.only(*columns[Assignment]) if columns else Assignment.objects.all()
    turn, others = rows.get(lead=lead), Assignment.objects.values_list("terms", "accept_by", "outcome", "ended_at")
    before = others.get()
    turn.accepted_at = world.now
    writes = WriteSet()
    writes.change_turn(turn)
    with CaptureQueriesContext(connection) as seen:
        writes.flush()
    assert not seen.captured_queries, "nothing else is to be read; the UPDATE itself goes past Django"
    assert (Assignment.objects.get().accepted_at, others.get()) == (world.now, before)


def test_a_turn_that_changes_twice_is_written_twice(world: World) -> None:
    """What was read of it says nothing of the row any more once it was written."""
    lead = world.to_state("assigned")
    turn = Assignment.objects.get(lead=lead)
    for accepted_at in (world.now, None):
        turn.accepted_at = accepted_at
        writes = WriteSet()
        writes.change_turn(turn)
        writes.flush()
        assert Assignment.objects.get().accepted_at == accepted_at


def test_turns_read_in_part_and_whole_are_written_together(world: World) -> None:
    first, second = world.to_state("assigned", "a@acme.test"), world.to_state("assigned", "b@acme.test")
    part = Assignment.objects.only(*TO_TELL[Assignment]).get(lead=first)
    whole, kept = Assignment.objects.get(lead=second), Assignment.objects.values_list("terms", flat=True)
    terms = kept.get(lead=first)
    part.accepted_at, whole.terms = world.now, {**whole.terms, "cool_down": 7}
    writes = WriteSet()
    writes.change_turn(part)
    writes.change_turn(whole)
    writes.flush()
    assert (kept.get(lead=first), kept.get(lead=second)["cool_down"]) == (terms, 7)


def test_what_was_set_before_it_is_completed_stays(world: World) -> None:
    lead = world.capture(city="Ghent")
    part = Lead.objects.only(*TO_TELL[Lead]).get(pk=lead.pk)
    part.slips += 1
    complete([part])
    assert (part.slips, part.city) == (1, "Ghent")
    write(part)
    assert Lead.objects.values_list("slips", "city").get() == (1, "Ghent")


def test_nothing_is_written_of_what_says_what_it_said(world: World) -> None:
    lead = Lead.objects.get(pk=world.capture().pk)
    lead.tech_stack = list(lead.tech_stack)
    with CaptureQueriesContext(connection) as seen:
        write(lead)
    assert not [query for query in seen.captured_queries if "UPDATE" in query["sql"]]
    lead.life = 2
    write(lead)
    assert Lead.objects.values_list("life", flat=True).get() == 2


def test_new_rows_that_nobody_points_at_get_their_ids_from_the_table(world: World) -> None:
    """And those that others point at have theirs before, whichever way round they were made."""
    lead = Lead.objects.get(pk=world.to_state("assigned").pk)
    writes = WriteSet()
    event = lead.note("touch", at=world.now, by=CLIENT)
    done = {"status": Delivery.Status.SKIPPED, "done_at": world.now, "created_at": world.now}
    times = {"send_at": world.now, "next_try_at": world.now, **done}
    owed = [new_row(Delivery, lead=lead, event=event, kind="x", dedupe_key=key, **times) for key in ("a", "b")]
    for row in owed:
        assert row.event_id is None
        writes.add(row)
    write(lead, writes=writes)
    told = Delivery.objects.filter(event=event)
    assert {(row.dedupe_key, row.lead_id) for row in told} == {("a", lead.pk), ("b", lead.pk)}
    assert len(set(told.values_list("pk", flat=True))) == 2
    assert [row.pk for row in owed] == [None, None], "none was asked for"
