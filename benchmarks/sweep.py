"""Every lead due at once, for two processes: buffer to a rep, to overdue with its breach and post, the manager's alert
on to the deputy and to RevOps, from the rep into the Shark Tank, the alert that nobody claims it, and to a rep again.

The bars (L4): 100,000 leads that let a deadline pass in 20 s, less than 400 MB for all processes together, and
meanwhile an accept within 800 ms at p95. Where they are given to reps they are done within the minute that the end of
the buffer is promised: in turn and by load, each gift waits for the one before, and at the buffer's end it is three
moves and two decisions. A bar that is missed ends the run with 1; fewer leads have so much less time. Between two
deadlines lie hours, in which autovacuum has done its work; here the tables are vacuumed before each.
"""

import os
import resource
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from threading import Event, Thread

from django.db import connections

from benchmarks.family import watched
from benchmarks.figures import Figure, p95, seconds
from benchmarks.leads import API, form, in_buffer, vacuum
from benchmarks.replaying import AWAY, Replay
from leads import states
from leads.actor import Actor
from leads.models import Lead
from revops import lifecycle
from revops.demo import company
from revops.process_tree import die_with
from revops.sweep import sweep

DEFAULT = 100_000
PROCESSES = 2
SECONDS, MEMORY, ACCEPT = 20.0, 400.0, 0.8
GIVEN_SECONDS = 60.0
AN_ASSIGNMENT = timedelta(minutes=6)
# What falls due, where the leads go (an alert leaves them where they are), how long after the one before, and in how
# many seconds for 100,000.
STEPS = (
    ("buffer to assigned", states.ASSIGNED, AN_ASSIGNMENT, GIVEN_SECONDS),
    ("assigned to overdue", states.OVERDUE, timedelta(hours=2, minutes=1), SECONDS),
    ("alerts on to the deputy", "", timedelta(minutes=45), SECONDS),
    ("alerts on to RevOps", "", timedelta(minutes=45), SECONDS),
    ("overdue to the Shark Tank", states.SHARK_TANK, timedelta(minutes=31), SECONDS),
    ("alert that nobody claims it", "", timedelta(hours=1, minutes=1), SECONDS),
    ("Shark Tank to assigned", states.ASSIGNED, timedelta(hours=3), GIVEN_SECONDS),
)
# However few leads there are, to begin takes its time, and what is short a noisy machine doubles.
LEAST_SECONDS = 5.0
A_PERSON = 0.5  # seconds from one accept to the next: a thousand reps, of whom each answers one in eight minutes
ALONE = 20
PEOPLES = 200  # leads that they have at each step


def measure(leads: int) -> list[Figure]:
    at = datetime.now(UTC)
    company.load(at=at)
    people = People(leads=max(min(leads // 10, PEOPLES), 4))
    people.take(at=at)
    alone = people.accept(most=ALONE)
    at += AN_ASSIGNMENT
    in_buffer(leads, at=at)
    replay = Replay()
    figures: list[Figure] = []
    memory: list[float] = []
    for what, state, wait, most in STEPS:
        if state and figures:  # those they have at first were taken before
            people.take(at=at)
        at += wait
        bar = max(most * leads / 100_000, LEAST_SECONDS)
        vacuum()
        used, work = _processor_time(), partial(_swept, at)
        with watched() as family:
            taken = seconds(partial(people.meanwhile, work) if state else work)
        memory.append(family.peak)
        if not state:
            figures.append(Figure(what, taken, "s", bar=bar))
            continue
        base = replay.again(workers=PROCESSES)
        arrived = Lead.objects.filter(pk__gte=AWAY, state=state).count()  # each twin stands where its lead does
        figures += [
            Figure(what, taken, "s", taken / base, "the same by plain SQL", bar),
            Figure(f"{what}, leads", arrived, "leads"),
            Figure(f"{what}, a second", arrived / taken, "leads/s"),
            Figure(f"{what}, processor time of the sweep", _processor_time() - used, "s"),
        ]
    return [*figures, Figure("peak memory of all processes", max(memory), "MB", bar=MEMORY), *people.figures(alone)]


def _processor_time() -> float:
    """Of the processes that have ended: on a machine that does other things too, it tells more than the clock."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _swept(at: datetime) -> None:
    """Sweep with all processes."""
    if PROCESSES == 1:
        sweep(at=at)
        return
    connections.close_all()
    fork = get_context("fork")
    workers = [fork.Process(target=_sweep, args=(at, os.getpid())) for _each in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("A sweeping process died; its own words are above.")


def _sweep(at: datetime, parent: int) -> None:
    die_with(parent, signal.SIGTERM)
    sweep(at=at)
    connections.close_all()


class People:
    """Reps with leads of their own, who accept one after the other."""

    def __init__(self, *, leads: int) -> None:
        self.leads = leads
        self._waiting: list[tuple[int, int, int]] = []
        self._times: list[float] = []

    def take(self, *, at: datetime) -> None:
        """New leads come at that time, and are assigned, in place of those that were left."""
        knocks = [lifecycle.Knock(form(number, at=at, name=f"{at:%H%M}a")) for number in range(self.leads)]
        came = [captured.lead_id for captured in lifecycle.capture(knocks, at=at, by=API)]
        self.at = at + AN_ASSIGNMENT
        sweep(at=self.at)
        rows = Lead.objects.filter(pk__in=came, state=states.ASSIGNED).order_by("pk")
        self._waiting = list(rows.values_list("pk", "owner_id", "owner__user_id"))

    def accept(self, *, most: int) -> list[float]:
        """How long each of so many took."""
        return [self._accept_one() for _each in range(min(most, len(self._waiting) // 2))]

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Accept for as long as `work` takes, from another thread."""
        if PROCESSES == 1:
            work()
            self._times += self.accept(most=1)
            return
        done = Event()
        thread = Thread(target=self._until, args=(done,))
        thread.start()
        try:
            work()
        finally:
            done.set()
            thread.join()

    def _until(self, done: Event) -> None:
        while not done.wait(A_PERSON) and self._waiting:
            self._times.append(self._accept_one())
        connections.close_all()

    def _accept_one(self) -> float:
        lead, rep, user = self._waiting.pop()
        who = Actor("rep", "page", user_id=user, rep_id=rep)
        began = time.perf_counter()
        lifecycle.accept(lead, at=self.at, by=who)
        return time.perf_counter() - began

    def figures(self, alone: list[float]) -> list[Figure]:
        if not self._times or not alone:
            return []
        late = p95(self._times)
        return [
            Figure("an accept meanwhile, p95", late, "s", late / p95(alone), "with no sweep", ACCEPT),
            Figure("accepts meanwhile", len(self._times), "leads"),
        ]
