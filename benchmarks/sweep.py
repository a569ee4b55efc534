"""Every lead due at once, in one process: from the buffer to a rep, then from the rep to overdue with breach and post.

The bar (reliability catalogue, L4) is 100,000 leads in 20 s with less than 400 MB, by two processes.
"""

from datetime import UTC, datetime, timedelta

from benchmarks.figures import Figure, peak_memory, seconds
from benchmarks.leads import in_buffer
from benchmarks.replaying import AWAY, Replay
from leads.models import Lead
from revops.sweep import sweep

DEFAULT = 5_000


def measure(leads: int) -> list[Figure]:
    at = datetime.now(UTC)
    in_buffer(leads, at=at)
    replay = Replay()
    figures: list[Figure] = []
    with peak_memory("peak memory") as memory:
        for what, state, wait in (
            ("buffer to assigned", "assigned", timedelta(minutes=6)),
            ("assigned to overdue", "overdue", timedelta(hours=2, minutes=1)),
        ):
            at += wait
            taken = seconds(lambda: sweep(at=at))  # noqa: B023
            arrived = Lead.objects.filter(pk__lt=AWAY, state=state).count()
            base = sum(replay.again())
            figures += [
                Figure(what, taken, "s", taken / base, "the same by plain SQL"),
                Figure(f"{what}, leads", arrived, "leads"),
                Figure(f"{what}, a second", arrived / taken, "leads/s"),
            ]
    return figures + memory
