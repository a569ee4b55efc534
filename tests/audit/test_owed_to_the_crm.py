"""A database from before touches and lapses owed the CRM a word passes its audit once it is migrated."""

from importlib import import_module

from django.db import connection

from leads.models import Delivery, LeadEvent
from tests.world import World, check_law

OWED = import_module("leads.migrations.0014_owed_to_the_crm")


def test_what_happened_before_owes_nothing_that_is_missing(world: World) -> None:
    lead = world.to_state("overdue")
    old = LeadEvent.objects.create(lead=lead, kind="touch", at=world.now, actor="rep", door="page")
    before = Delivery.objects.count()
    for _again in range(2):
        with connection.cursor() as cursor:
            cursor.execute(OWED.SKIPPED)
    assert Delivery.objects.count() == before + 1
    row = Delivery.objects.get(event=old)
    assert (row.kind, row.status, row.lead) == ("crm.state", "skipped", lead)
    check_law()
