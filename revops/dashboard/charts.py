"""The geometry of small charts that templates draw as SVG: plain numbers in, plain numbers out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, PAD = 120.0, 32.0, 3.0


@dataclass(frozen=True)
class Spark:
    """A line over equal steps that passes over those without a value; `label` says the same to who cannot see it."""

    points: str
    label: str
    width: float = WIDTH
    height: float = HEIGHT


def spark(values: Sequence[float | None], label: str, *, top: float | None = None) -> Spark | None:
    """A sparkline from 0 to `top` (or the greatest value); None with fewer than two values to draw."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    most = top or max(known) or 1.0
    step = (WIDTH - 2 * PAD) / (len(values) - 1)
    points = [
        f"{round(PAD + step * place, 1):g},{round(_height(value / most), 1):g}"
        for place, value in enumerate(values)
        if value is not None
    ]
    return Spark(" ".join(points), label)


def _height(share: float) -> float:
    return HEIGHT - PAD - min(max(share, 0.0), 1.0) * (HEIGHT - 2 * PAD)


@dataclass(frozen=True)
class Segment:
    """A part of a bar that is 100 wide."""

    x: float
    width: float
    tone: str


def bar(parts: Sequence[tuple[int, str]]) -> tuple[Segment, ...]:
    """Counts with their tones, side by side in their shares; what is there at all is at least a sliver."""
    shown = [(number, tone) for number, tone in parts if number > 0]
    whole = sum(number for number, _tone in shown)
    if not whole:
        return ()
    widths = [max(100 * number / whole, 0.8) for number, _tone in shown]
    scale = 100 / sum(widths)
    segments, x = [], 0.0
    for (_number, tone), width in zip(shown, widths, strict=True):
        segments.append(Segment(round(x, 2), round(width * scale, 2), tone))
        x += width * scale
    return tuple(segments)


def gauge(value: float, least: float, most: float) -> tuple[Segment, ...]:
    """How far a ratio is from 1, in a bar with 1 in its middle; twice as much is as far as half as much."""
    farthest = max(math.log(most), -math.log(least))
    x = round(50 + 50 * min(max(math.log(value) / farthest, -1.0), 1.0), 2)
    return (Segment(min(x, 50.0), round(abs(x - 50), 2) or 0.8, "accent" if value >= 1 else "calm-3"),)
