"""The books: each knock has an outcome, each new lead one place, and what leaks is counted."""

from leads.models import Lead, Rep
from revops import lifecycle
from revops.dashboard.ledger import leaked_leads, ledger
from tests.world import CLIENT, DAY, HOUR, MINUTE, World


def fill(world: World) -> None:
    world.to_state("accepted", "rep@acme.test")
    world.capture("small@acme.test", employee_count=2)
    world.pass_time(4 * MINUTE)
    gone = world.recycle(world.to_state("accepted", "gone@acme.test"), "not_icp")
    world.capture_all([{"email": gone.email}])
    world.capture("rep@acme.test")
    for code in ("no_email", "no_email", "bad_row"):
        lifecycle.refuse(code, at=world.now, by=CLIENT).save()
    world.capture("new@acme.test")


def test_everything_that_knocked_is_in_the_books(world: World) -> None:
    fill(world)
    books = ledger(world.now - DAY, world.now + DAY, at=world.now)
    outcomes = {key: books.counts[key] for key in ("knocked", "new", "joined", "turned_back", "refused")}
    assert outcomes == {"knocked": 9, "new": 4, "joined": 1, "turned_back": 1, "refused": 3}
    assert books.refused == {"bad_row": 1, "no_email": 2}
    assert {key: n for key, n in books.places.items() if n} == {
        "in_buffer": 1, "with_reps": 1, "in_nurture": 1, "suppressed": 1,
    }  # fmt: skip
    assert (books.leaked, books.balanced) == (0, True)


def test_a_lead_put_aside_has_leaked_until_it_is_cleared(world: World) -> None:
    lead = world.to_state("assigned")
    Lead.objects.filter(pk=lead.pk).update(retry_at=world.now + HOUR, error="boom")
    books = ledger(None, None, at=world.now)
    assert (books.leaked, books.places["with_reps"], books.balanced) == (1, 0, True)
    assert leaked_leads(None, None, at=world.now) == [lead.pk]
    Lead.objects.filter(pk=lead.pk).update(retry_at=None)
    assert ledger(None, None, at=world.now).leaked == 0


def test_a_lead_past_its_deadline_leaks_after_the_sweeps_tolerance(world: World) -> None:
    lead = world.to_state("assigned")
    assert ledger(None, None, at=lead.due_at + 2 * MINUTE).leaked == 0
    assert ledger(None, None, at=lead.due_at + 3 * MINUTE).leaked == 1


def test_the_books_of_a_team_hold_its_leads_alone(world: World) -> None:
    fill(world)
    mine = ledger(None, None, [world.team.pk], at=world.now)
    assert (mine.counts["new"], mine.counts["refused"], mine.places["with_reps"]) == (2, 0, 1)
    assert ledger(None, None, [0], at=world.now).counts["knocked"] == 0


def test_a_deal_owners_lead_stays_in_its_teams_books_after_the_end(world: World) -> None:
    owner: Rep = world.reps[0]
    world.deal(world.account(), owner)
    lead = world.to_state("accepted")
    lifecycle.convert(lead.pk, opportunity="006", at=world.now, by=world.actor(owner))
    assert ledger(None, None, [world.team.pk], at=world.now).places["converted"] == 1


def test_only_the_period_counts(world: World) -> None:
    world.capture()
    assert ledger(world.now - 2 * DAY, world.now - DAY, at=world.now).counts["knocked"] == 0
