"""Every figure of the page, wherever it stands and however it is told, opens exactly as many as it counts."""

import html
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from leads.models import Assignment, Rep
from recycle.models import Dispute
from tests.dashboard.season import Season, company, troubles
from tests.world import DAY, HOUR, MONDAY, World

LINK = re.compile(r'<a\b[^>]*?href="(/dashboard/leads/[^"]+)"([^>]*)>(.*?)</a>', re.DOTALL)
TITLE = re.compile(r'title="([^"]*)"')
TAG = re.compile(r"<[^>]+>")
PART = re.compile(r"^([\d,]+) of [\d,]+\.")
TIME = re.compile(r"^(\d+ (d|h|min|s)\b.*|–|not yet)$")
NUMBER = re.compile(r"(?<![\d,])([\d,]+)")
LONG = "company is one of " + ", ".join(f"company {number}" for number in range(80))


@dataclass(frozen=True)
class Figure:
    """A link of the page: what it opens, its words, and how many it says there are (None for a length of time)."""

    address: str
    text: str
    said: int | None


def figures(page: str) -> Iterator[Figure]:
    for address, attributes, inner in LINK.findall(page):
        text = " ".join(html.unescape(TAG.sub(" ", inner)).split())
        found = TITLE.search(attributes)
        title = html.unescape(found[1]) if found else ""
        number = PART.match(title) or (None if TIME.match(text) else NUMBER.search(text))
        said = int(number[1].replace(",", "")) if number else None
        yield Figure(html.unescape(address), text, said)


@pytest.fixture
def season(db: None, planted: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """A week of two teams with something of every kind; some turns have lost their reason, a dispute is odd."""
    since = MONDAY - 4 * HOUR
    world = company(since)
    Season(world, random.Random(12)).play(since, since + 7 * DAY, a_day=14)
    troubles(world)
    back = Assignment.objects.filter(outcome="recycled").order_by("pk")
    Assignment.objects.filter(pk__in=[turn.pk for turn in back[:4]]).update(reason=None)
    world.pass_time(5 * HOUR)  # to the hours in which somebody takes leads
    odd = world.to_state("assigned", "odd@odd.test", company="Odd", employee_count=50, intent_score=90)
    dispute = Dispute.objects.get(lead=world.recycle(odd, "not_icp"))
    dispute.criteria_met = [LONG, LONG, f"{LONG} and more", "employee count is at least 10"]
    dispute.save()
    monkeypatch.setattr("revops.clock.now", lambda: world.now)
    return world


def counted(client: Client, address: str) -> int:
    context = client.get(address).context
    return int(context["total"] if "knocks" in context else context["page"].counted)


def check(page: str, open_: Callable[[str], int]) -> int:
    """Open everything; how many different figures there were."""
    said: dict[str, set[int]] = defaultdict(set)
    timed: set[str] = set()
    for figure in figures(page):
        if figure.said is None:
            timed.add(figure.address)
        else:
            said[figure.address].add(figure.said)
    # A length of time opens its sample, whose size stands beside it.
    assert timed <= set(said), timed - set(said)
    wrong = {address: (told, open_(address)) for address, told in said.items() if told != {open_(address)}}
    assert not wrong
    return len(said)


@pytest.mark.long
def test_every_figure_opens_what_it_counts(season: World) -> None:
    finn = Rep.objects.get(user__username="finn@airtight.test")
    for rep, asked in ((season.revops, "days=30"), (season.manager, "days=7"), (season.revops, f"team={finn.team_id}")):
        client = Client()
        client.force_login(rep.user)
        page = client.get(f"/dashboard/?{asked}").content.decode()
        assert check(page, lambda address, client=client: counted(client, address)) > 60
        if asked == "days=30":
            assert "No reason kept" in page
            assert LONG[:60] in page
