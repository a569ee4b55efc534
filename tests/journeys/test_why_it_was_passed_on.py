"""The card of an alert that was passed on says why it comes to its reader: nobody has seen it, or who was not asked and
why not."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import Delivery, Rep
from revops import alerts
from revops.slack.messages import message, messages
from revops.slack.sending import TOLD
from routing.models import Absence
from tests.journeys.slack_told import send
from tests.lifecycle.conftest import with_reps
from tests.pages.conftest import story
from tests.world import HOUR, MINUTE, SECOND, World

__all__ = ["story"]


def told(world: World) -> list[str]:
    """What each who was asked reads."""
    rows = Delivery.objects.filter(kind=alerts.PASSED_ON).order_by("pk")
    assert rows, "nobody was asked"
    return [message(row, at=world.now)[0] for row in rows]


def test_what_a_digest_passes_on_is_read_for_all_its_lines_together(story: World) -> None:
    is_away(story, story.manager)
    with_reps(story, 12, name="lapsed")
    story.pass_time(2 * HOUR + MINUTE)
    story.pass_time(SECOND)
    rows = Delivery.objects.filter(kind=alerts.PASSED_ON).select_related(*TOLD).order_by("pk")
    counts = []
    for some in (list(rows[:2]), list(rows[2:12])):
        with CaptureQueriesContext(connection) as seen:
            said = messages(some, at=story.now)
        counts.append(len(seen))
        assert {text for text, _blocks in said} == {"Overdue: Acme. Mona, who would be asked, is away."}
    assert counts[0] == counts[1]


def holds(world: World, rep: Rep) -> None:
    """The deal of its account is theirs."""
    world.deal(world.account(), rep)


def is_away(world: World, rep: Rep) -> None:
    Absence.objects.create(rep=rep, starts_at=world.now, ends_at=world.now + 7 * HOUR)


def is_off(world: World, rep: Rep) -> None:
    Rep.objects.filter(pk=rep.pk).update(active=False)


WHYS = {"holds this lead": holds, "is away": is_away, "is switched off": is_off}


def lapses(world: World) -> None:
    """A lead becomes overdue, and the next look asks whoever is next."""
    world.to_state("assigned")
    world.pass_time(2 * HOUR + MINUTE)
    world.pass_time(SECOND)


@pytest.mark.parametrize("why", WHYS)
def test_where_the_manager_is_not_asked_the_deputy_reads_why(story: World, why: str) -> None:
    WHYS[why](story, story.manager)
    lapses(story)
    assert told(story) == [f"Overdue: Acme. Mona, who would be asked, {why}."]
    [row] = Delivery.objects.filter(kind=alerts.PASSED_ON)
    assert row.rep == story.deputy
    card = str(message(row, at=story.now)[1])
    assert f"*Why you*\\nMona, who would be asked, {why}." in card
    assert "Not seen" not in card
    assert "0 min" not in card


@pytest.mark.parametrize("why", WHYS)
def test_where_nobody_was_asked_revops_reads_why_of_each(story: World, why: str) -> None:
    is_away(story, story.manager)
    WHYS[why](story, story.deputy)
    lapses(story)
    assert told(story) == [f"Overdue: Acme. Mona, who would be asked, is away. Dan, the deputy, {why}."]
    [row] = Delivery.objects.filter(kind=alerts.PASSED_ON)
    assert row.rep == story.revops


def test_who_was_asked_has_not_seen_it(story: World) -> None:
    lapses(story)
    story.pass_time(30 * MINUTE)
    story.pass_time(30 * MINUTE + SECOND)
    deputys, revops = told(story)
    assert deputys == "Not seen for 1 h: Overdue, Acme."
    assert revops == "Not seen for 1 h: Overdue, Acme."


def test_who_was_not_asked_is_told_beside_who_has_not_seen_it(story: World) -> None:
    is_away(story, story.manager)
    lapses(story)
    story.pass_time(30 * MINUTE + SECOND)
    assert told(story)[1] == "Not seen for 30 min: Overdue, Acme. Mona, who would be asked, is away."


def test_a_manager_who_was_not_asked_and_is_back_by_now(story: World) -> None:
    """Nothing is said that is not so: neither that nobody has seen it for a while, nor that they are not there."""
    is_off(story, story.manager)
    lapses(story)
    Rep.objects.update(active=True)
    assert told(story) == ["Overdue: Acme."]


def test_a_manager_who_is_the_deputy_too_is_named_once(story: World) -> None:
    story.team.deputy = story.manager
    story.team.save()
    is_away(story, story.manager)
    lapses(story)
    assert told(story) == ["Overdue: Acme. Mona, who would be asked, is away."]


@pytest.mark.parametrize("webhook", ["", "http://127.0.0.1:9/services/T1/B1/x"], ids=["mail alone", "with a webhook"])
def test_by_mail_too(story: World, settings: Any, mailoutbox: list[Any], webhook: str) -> None:
    """What is for one person is mailed where there is no app."""
    settings.EMAIL_HOST, settings.SLACK_BOT_TOKEN, settings.SLACK_WEBHOOK_URL = "mail.test", "", webhook
    is_away(story, story.manager)
    lapses(story)
    Delivery.objects.exclude(kind=alerts.PASSED_ON).update(status="dropped", done_at=story.now, shows=None)
    send()
    [mail] = mailoutbox
    assert mail.to == ["dan@airtight.test"]
    assert mail.subject == "Overdue: Acme. Mona, who would be asked, is away."
