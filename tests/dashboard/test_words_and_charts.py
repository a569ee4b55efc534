"""The pure parts: periods, words and the geometry of charts, as tables."""

import math
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from revops.dashboard import charts, saying
from revops.dashboard.figures import FIGURES
from revops.dashboard.metrics import RATES, SAMPLES
from revops.dashboard.scope import BadPeriod, Period

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "–"), (0, "0 %"), (0.0001, "0.1 %"), (0.5, "50 %"), (0.994, "99.4 %"), (0.99999, "99.9 %"), (1, "100 %")],
)  # fmt: skip
def test_percents_keep_none_and_all_apart(share: float | None, words: str) -> None:
    assert saying.percent(share) == words


@pytest.mark.parametrize(("length", "words"), [(None, "–"), (math.inf, "not yet"), (240, "within 4 min")])
def test_a_limit_is_said_with_its_preposition_or_without(length, words):
    assert saying.within(length) == words


@pytest.mark.parametrize(("length", "words"), [(None, "–"), (math.inf, "not yet"), (59, "59 s"), (3720, "1 h 2 min")])
def test_spans(length: float | None, words: str) -> None:
    assert saying.seconds(length) == words


def test_days_are_whole_days_of_the_zone_across_a_change_of_clocks() -> None:
    at = datetime(2026, 10, 26, 12, tzinfo=UTC)
    period = Period.last(7, at=at, zone=AMSTERDAM)
    assert period.since == datetime(2026, 10, 19, 22, tzinfo=UTC)
    assert period.until == datetime(2026, 10, 26, 23, tzinfo=UTC)
    assert (len(period.edges), period.step) == (8, "day")


def test_a_quarter_is_cut_into_weeks() -> None:
    period = Period.last(90, at=datetime(2026, 11, 20, tzinfo=UTC), zone=AMSTERDAM)
    assert (len(period.edges) - 1, period.step) == (13, "week")


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 2, 2), date(2026, 2, 1)), (date(2025, 1, 1), date(2026, 1, 2)), (date(1, 1, 1), date(1, 1, 2)),
     (date(9999, 12, 31), date(9999, 12, 31))],
)  # fmt: skip
def test_days_that_cannot_be_shown(first: date, last: date) -> None:
    with pytest.raises(BadPeriod):
        Period.between(first, last, zone=AMSTERDAM)


def test_a_sparkline_passes_over_what_is_not_known() -> None:
    drawn = charts.spark([0, None, 1], "Rate by day")
    assert drawn is not None
    assert drawn.points == "3,29 117,3"
    assert charts.spark([None, 0.5], "Rate") is None
    assert charts.spark([0, 0], "Rate") is not None


def test_a_bar_is_full_and_shows_slivers() -> None:
    parts = charts.bar([(1000, "ok"), (0, "warn"), (1, "danger")])
    assert [part.tone for part in parts] == ["ok", "danger"]
    assert parts[-1].width > 0.5
    assert parts[-1].x + parts[-1].width == pytest.approx(100, abs=0.05)
    assert charts.bar([(0, "ok")]) == ()


def test_rates_and_samples_are_of_figures_that_exist() -> None:
    named = {key for pair in (*RATES.values(), *SAMPLES.values()) for key in pair if key}
    assert named <= set(FIGURES)
