"""An alert that two see at the same instant was seen by the first."""

from threading import Thread

import pytest
from django.db import connection, connections

from leads.models import Alert
from revops import alerts
from tests.races.test_races import world as world
from tests.world import HOUR, MINUTE, World

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def test_the_later_is_not_kept_instead(world: World) -> None:
    world.to_state("assigned")
    world.pass_time(2 * HOUR + MINUTE)
    found = Alert.objects.get()
    seen: list[int] = []

    def by_the_deputy() -> None:
        try:
            rows = alerts.open_for([world.team])
            seen.append(alerts.see(rows, by_id=world.deputy.user_id, how=Alert.How.PAGE, at=world.now))
        finally:
            connections.close_all()

    other, later = connection.copy(), Thread(target=by_the_deputy)
    try:
        other.set_autocommit(False)
        with other.cursor() as first, connection.cursor() as cursor:
            change = "UPDATE leads_alert SET done_at = %s, due_at = NULL, how = 'page', seen_by_id = %s WHERE id = %s"
            first.execute(change, [world.now, world.manager.user_id, found.pk])
            later.start()
            for _look in range(100_000):
                cursor.execute(WAITING)
                if cursor.fetchone() != (0,):
                    break
            other.commit()
        later.join()
    finally:
        other.close()
    assert seen == [0]
    assert Alert.objects.get().seen_by_id == world.manager.user_id
