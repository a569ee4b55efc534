"""Figures, how they are taken and how they are shown."""

import math
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """`ratio` is how many times the value costs of `baseline`, which was measured in the same run; a value above `bar`
    is too much.
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    baseline: str = ""
    bar: float | None = None

    @property
    def is_too_much(self) -> bool:
        return self.bar is not None and self.value > self.bar

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        told = f"  {self.name:<44} {self.value:>12,.{0 if self.value >= 100 else 3}f} {self.unit:<8}"
        beside = "" if self.ratio is None else f" {self.ratio:6.1f} x {self.baseline}"
        return told + beside + self._held_against_its_bar()

    def _held_against_its_bar(self) -> str:
        if self.bar is None:
            return ""
        return f"  ({'TOO MUCH' if self.is_too_much else 'good'}: the bar is {self.bar:g} {self.unit})"


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def p95(times: Sequence[float]) -> float:
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


def spread(name: str, times: Sequence[float], base: float, baseline: str, *, bar: float | None = None) -> list[Figure]:
    """Median and p95 of the times of one thing, beside the baseline's median; the p95 is held to the bar."""
    return [
        Figure(f"{name}, median", median(times), "s", median(times) / base, baseline),
        Figure(f"{name}, p95", p95(times), "s", p95(times) / base, baseline, bar),
    ]


@contextmanager
def peak_memory(name: str) -> Iterator[list[Figure]]:
    """The most memory that this process held within; of its whole life where the system cannot begin anew."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    found: list[Figure] = []
    yield found
    found.append(Figure(name, _peak_mb(), "MB"))


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
