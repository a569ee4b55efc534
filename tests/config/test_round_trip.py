"""What is written out and put into an empty install is written out there the same, letter by letter."""

import random
from datetime import time
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count
from hypothesis import example, given
from hypothesis import strategies as st

from leads.models import Reason, Rep, Team, Track
from recycle.models import Feature
from revops.config import yaml_text
from revops.config.flow import FlowList
from revops.config.reading import read
from revops.config.sections import SECTIONS
from revops.models import HookRule, HookSource, digest
from routing.models import LoadCap, Pool, SignalKind, Source, Vendor
from sla.models import Calendar, Policy, WeeklyHours
from tests.config.conftest import exported
from tests.routing import anything
from tests.world import World, check_law

NAMES = [
    "NO",
    "yes",
    "1e3",
    "0x10",
    "null",
    "~",
    "# no comment",
    "a: b",
    "naïve – “quoted”",
    "- x",
    "9:30",
    "🦈",
    "1.5",
]


def anything_that_the_admin_takes(rng: random.Random) -> None:
    """Every section filled at random, with names that YAML could misread."""
    world = World.make()
    for _round in range(3):
        anything.rewrite(world, rng)
    Team.objects.update(slack_channel="#deals", pool_channel=rng.choice(["", "C0POOL"]))
    for calendar in Calendar.objects.annotate(spans=Count("hours")).filter(spans=0, always_open=False):
        WeeklyHours.objects.create(calendar=calendar, weekday=6, opens=time(22, 30), closes=time(0))
    Pool.objects.filter(criteria={}, named=None, is_fallback=False).update(active=False)
    for rep in Rep.objects.filter(active=True)[:3]:
        rep.slack_user_id = f"U{rng.randint(0, 10**9)}"
        rep.save()
    Team.objects.exclude(pk=world.team.pk).filter(name=f"Team {rng.randint(0, 3)}").update(name=rng.choice(NAMES))
    for team in rng.sample(list(Team.objects.all()), 1):
        LoadCap.objects.create(team=team, per_day=rng.randint(0, 9))
    for name in rng.sample(NAMES, 4):
        Source.objects.create(name=name, base_points=rng.randint(0, 50), hand_raise=rng.random() < 0.5)
        SignalKind.objects.create(
            name=f"k{rng.random()}", points=rng.choice([None, -5]), half_life_days=rng.random() + 1
        )
        Feature.objects.create(key=f"f{rng.randint(0, 10**9)}", name=name)
        Policy.objects.create(name=name, source=name, territory=rng.choice([None, world.territory]), cool_down=7)
    track = Track.objects.create(code="own", name=rng.choice(NAMES), days=rng.randint(1, 99), triggers=["form"])
    Reason.objects.create(code="own-1", label=rng.choice(NAMES), outcome="nurture", asks="until", track=track)
    Vendor.objects.filter(name="apollo").update(fields=["country"], credits_a_day=rng.choice([None, 4]), seconds=2.5)
    hook = HookSource.objects.create(name=rng.choice(NAMES), kind="standard", token_hash=digest("t"), secret="sealed")
    for number in range(rng.randint(0, 3)):
        HookRule.objects.create(source=hook, position=number // 2, kind="visit", name=f"/p{number}/*")


@pytest.mark.parametrize("seed", [0, 1, *[pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8)]])
def test_an_empty_install_takes_it_over(db: None, planted: None, tmp_path: Path, seed: int) -> None:
    with transaction.atomic():
        anything_that_the_admin_takes(random.Random(seed))
        text = exported()
        people = list(User.objects.values_list("username", "email", "first_name"))
        transaction.set_rollback(True)
    assert not Team.objects.exists()
    for username, email, first in people:
        User.objects.create_user(username, email, "correct horse battery", first_name=first)
    User.objects.filter(email="rita@airtight.test").update(is_superuser=True)
    file = tmp_path / "airtight.yaml"
    file.write_text(text, encoding="utf-8")

    call_command("config", "apply", str(file), "--yes", "--by", "rita@airtight.test")

    check_law()
    assert exported() == text
    with pytest.raises(SystemExit) as end:
        call_command("config", "diff", str(file))
    assert end.value.code == 0


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30))
@example(text="\ufeff")
@example(text="a\x85b\u2028c\r\n\td ")
def test_any_text_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("text") / "a.yaml"
    document = {section.name: {} for section in SECTIONS} | {"sources": {"s": {"a": text, "b": FlowList([text])}}}
    file.write_bytes(yaml_text.text(document).encode())
    assert read(file).plain["sources"] == {"s": {"a": text, "b": [text]}}


def test_no_secret_id_or_time_is_in_it(company: World) -> None:
    HookSource.objects.create(name="Segment", kind="segment", token_hash=digest("t0ken"), secret="sea1ed")
    text = exported()
    assert "sea1ed" not in text
    assert digest("t0ken") not in text
    assert company.reps[0].user.password not in text
    assert "2026" not in text
