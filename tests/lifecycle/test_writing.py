"""A batch writes the columns that changed, whatever was read of each of its leads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Assignment, Lead
from leads.reading import TO_TELL, complete
from leads.writing import WriteSet
from tests.world import World, check_law

pytestmark = pytest.mark.django_db


def write(*leads: Lead) -> None:
    writes = WriteSet()
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


def test_a_turn_read_to_tell_of_it_is_written_whole(world: World) -> None:
    """As when a rep accepts in the moment in which their deadline is found to have passed."""
    lead = world.to_state("assigned")
    turn = Assignment.objects.only(*TO_TELL[Assignment]).get(lead=lead)
    terms, until = Assignment.objects.values_list("terms", "accept_by").get()
    turn.accepted_at = world.now
    writes = WriteSet()
    writes.change_turn(turn)
    with CaptureQueriesContext(connection) as seen:
        writes.flush()
    assert len(seen) == 1, "what is missing is read together"  # the UPDATE itself goes past Django
    assert Assignment.objects.values_list("accepted_at", "terms", "accept_by").get() == (world.now, terms, until)


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
