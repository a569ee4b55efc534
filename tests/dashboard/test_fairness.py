"""The fairness ledger: shares, balances, credits with why, caps and who is left out, for who answers for the team."""

from typing import Any

import pytest
from django.test import Client

from leads import wording
from leads.models import Assignment, Rep
from revops.dashboard.fairness import balance
from routing.models import Absence, LoadCap, Pool, Weight
from sla.models import RepCalendar
from tests.journeys.conftest import Story, came
from tests.journeys.conftest import story as story
from tests.journeys.test_who_may_take_a_lead import calendar
from tests.world import DAY, MINUTE


def page(rep: Rep, **asked: Any) -> Any:
    client = Client()
    client.force_login(rep.user)
    return client.get("/dashboard/fairness/", asked)


def rows(answer: Any) -> dict[str, Any]:
    [panel] = answer.context["panels"]
    return {row.name: row for row in panel.rows}


def test_shares_balances_caps_and_who_is_left_out(story: Story) -> None:
    ada, ben, cleo = story.world.reps
    Pool.objects.update(strategy="weighted")
    Weight.objects.create(pool=Pool.objects.get(), rep=ada, weight=2)
    LoadCap.objects.create(team=story.world.team, per_day=9, open_leads=20)
    for number in range(9):
        came(story, f"p{number}@acme.test")
    Absence.objects.create(rep=ben, starts_at=story.world.now, ends_at=story.world.now + DAY)
    RepCalendar.objects.create(rep=cleo, calendar=calendar("Afternoons", 14, 18))
    found = rows(page(story.world.manager))
    assert {name: row.share for name, row in found.items()} == {"Ada": "50%", "Ben": "25%", "Cleo": "25%"}
    assert sum(row.given for row in found.values()) == 9
    assert abs(found["Ada"].given - 4.5) < 1
    assert found["Ada"].balance == "0.50 owed" if found["Ada"].given == 4 else "0.50 ahead"
    assert (f"{found['Ada'].given} of 20 held", False) in found["Ada"].caps
    assert (f"{found['Ada'].given} of 9 today", False) in found["Ada"].caps
    assert (found["Ada"].out, found["Cleo"].out) == ("", "Outside working hours until 14:00 today")
    assert found["Ben"].out.startswith("Away until")
    assert b"left out" in page(story.world.manager).content


def test_what_was_given_adds_up_though_the_weights_were_others(story: Story) -> None:
    """Half of the leads at weight 6, half at 1: the share is today's, and due is what balance and given come from."""
    ada = story.world.reps[0]
    Pool.objects.update(strategy="weighted")
    weight = Weight.objects.create(pool=Pool.objects.get(), rep=ada, weight=6)
    story.burst(16)
    story.wait(4 * MINUTE)
    weight.delete()
    story.world.capture_all([{"email": f"jo@b{number}.test"} for number in range(15)])
    story.wait(4 * MINUTE)
    lead = Assignment.objects.earliest("pk").lead_id
    story.api.post(f"leads/{lead}/send-back/", story.world.manager.user, {"reason": "x"})
    found = rows(page(story.world.manager))
    assert found["Ada"].share == "33%"
    assert 16 <= found["Ada"].given <= 19, "three of four, then one of three"
    for row in found.values():
        off = float(row.due) - (row.given - row.credited)
        assert row.balance == wording.balance(off), row
    assert sum(float(row.due) for row in found.values()) == pytest.approx(31, abs=0.02)


def test_a_team_that_is_switched_off_has_given_what_it_has_given(story: Story) -> None:
    for number in range(4):
        came(story, f"p{number}@acme.test")
    Rep.objects.filter(pk=story.world.reps[0].pk).update(team=story.api.stranger.team)
    [panel] = page(story.world.revops, team=story.world.team.pk).context["panels"]
    assert (panel.given, panel.elsewhere) == (4, 2)
    story.world.team.active = False
    story.world.team.save()
    answer = page(story.world.revops, team=story.world.team.pk)
    [panel] = answer.context["panels"]
    assert (panel.given, panel.rows) == (4, ())
    assert "4 leads given in turn ·" in answer.content.decode()


def test_a_credit_says_which_lead_and_why(story: Story) -> None:
    lead = came(story)
    ada = story.holder(lead)
    story.api.post(f"leads/{lead}/send-back/", story.world.manager.user, {"reason": "Their rival."})
    answer = page(story.world.manager)
    row = rows(answer)[ada.name]
    assert (row.credited, row.earlier) == (1, 0)
    [credit] = row.credits
    assert (credit.lead_id, credit.company, credit.why) == (lead, "Acme", "sent back by a manager")
    assert f'href="/leads/{lead}/"' in answer.content.decode()
    assert "Their rival" not in answer.content.decode()


def test_nobody_sees_the_ledger_of_a_team_that_is_not_theirs(story: Story) -> None:
    came(story)
    sam = story.api.stranger
    assert page(sam).status_code == 302, "a rep has no ledger"
    sam.team.manager = sam
    sam.team.save()
    answer = page(sam)
    assert answer.context["panels"] == []
    assert "Ada" not in answer.content.decode()
    assert page(sam, team=story.world.team.pk).status_code == 404
    assert len(page(story.world.revops).context["panels"]) == 1
    assert Client().get("/dashboard/fairness/").status_code == 302


def test_it_is_linked_where_it_is_looked_for(story: Story) -> None:
    came(story)
    client = Client()
    client.force_login(story.world.revops.user)
    assert "/dashboard/fairness/" in client.get("/dashboard/").content.decode()
    assert "/dashboard/fairness/" in client.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("owed", "words", "tone"),
    [
        (0.0, "even", "calm"),
        (0.004, "even", "calm"),
        (-0.004, "even", "calm"),
        (0.25, "0.25 owed", "calm"),
        (-0.5, "0.50 ahead", "calm"),
        (1.0, "1.00 owed", "danger"),
        (-2.5, "2.50 ahead", "danger"),
    ],
)
def test_a_balance_in_words(owed: float, words: str, tone: str) -> None:
    assert balance(owed) == (words, tone)
