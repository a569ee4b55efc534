"""Pulls the CRM: page by page, each kept before the next is asked for.

A pull that is stopped goes on from its last page; the first one is of everything, the next ones of what changed.
Accounts and opportunities are mirrored. What people did with leads there reaches ours by the lifecycle before the page
is kept: a page that comes again, since its pull was killed, does nothing twice.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Min

from leads import crm_mirror, mirror
from leads.locks import Lock
from leads.models import CrmPull, Lead
from revops import crm_health
from revops.alone import alone
from revops.crm_accounts import keep_accounts, keep_deals
from revops.crm_activities import ActivityPage, meetings_held
from revops.crm_leads import LeadPage, follow_waiting
from revops.integrations.crm.port import STALE_CURSOR, Crm, Owners, Page
from revops.integrations.errors import VendorError

Kind = CrmPull.Kind
# Accounts first, since deals hang on them; leads before what was done with them.
KINDS = (Kind.ACCOUNTS, Kind.OPPORTUNITIES, Kind.LEADS, Kind.ACTIVITIES)
HANGS_ON = {Kind.OPPORTUNITIES: Kind.ACCOUNTS, Kind.ACTIVITIES: Kind.LEADS}
log = structlog.get_logger(__name__)
Progress = Callable[[str, int], None]


def no_progress(kind: str, rows: int) -> None:
    return None


@dataclass
class Pulled:
    """What a pull did: rows kept and left out, by kind; `error` where the CRM ended it, `unfinished` where time did."""

    rows: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    error: str = ""
    unfinished: bool = False


def pull(
    crm: Crm, *, at: datetime, full: bool = False, progress: Progress = no_progress, seconds: float = math.inf
) -> Pulled:
    """Pull what changed, or all with `full`. A failure of the CRM ends it; what it refuses of one kind alone is kept
    with that kind, and the others go on.

    After so many `seconds` no further page is asked for; the next pull goes on there.
    """
    with alone(Lock.PULLING) as held:
        if not held:
            return Pulled(error="Another process is pulling.")
        follow_waiting(at=at)
        try:
            return Pull(crm, at=at, full=full, progress=progress, ends=monotonic() + seconds).run()
        finally:
            meetings_held(at=at)  # after the pages, which may say that one was called off


def catch_up(*, at: datetime) -> None:
    """What time brings while the CRM is not to be asked: conversions that waited, meetings that have been."""
    with alone(Lock.PULLING) as held:
        if held:
            follow_waiting(at=at)
            meetings_held(at=at)


class Pull:
    def __init__(self, crm: Crm, *, at: datetime, full: bool, progress: Progress, ends: float) -> None:
        self.crm, self.at, self.full, self.progress, self.ends = crm, at, full, progress, ends
        self.done = Pulled()
        self.owners = Owners({})

    def run(self) -> Pulled:
        try:
            users = self.crm.users()
            self.owners = Owners.of(users)
            crm_mirror.take_users(users)
            for kind in KINDS:
                if not self._kind(kind):
                    self.done.unfinished = True
                    return self.done
        except VendorError as error:
            crm_health.failed(error, at=self.at)
            self._keep_error(error, KINDS)
            return self.done
        mirror.find_owners()
        if not self.done.error:
            crm_health.answered(at=self.at)
        return self.done

    def _kind(self, kind: Kind) -> bool:
        """Whether this kind was pulled to its end, or will not come."""
        state = self._begin(kind)
        try:
            return self._pages_of(state)
        except VendorError as error:
            if not error.permanent or crm_health.is_shut(error):
                raise
            self._keep_error(error, [kind])
            return True
        finally:
            self.done.rows[kind], self.done.left_out[kind] = state.rows, state.left_out

    def _begin(self, kind: Kind) -> CrmPull:
        """Where the pull of this kind stands; one that is under way goes on unless everything is asked for anew."""
        state, _new = CrmPull.objects.get_or_create(kind=kind)
        if self.full:
            state.since, state.cursor = None, ""
        if kind == Kind.ACTIVITIES and state.since is None:
            # What was done before there was any lead of ours is nobody's touch.
            state.since = Lead.objects.aggregate(first=Min("captured_at"))["first"] or self.at
        if not state.cursor:
            state.began_at, state.rows, state.left_out = self.at, 0, 0
        state.save()
        return state

    def _pages_of(self, state: CrmPull) -> bool:
        """Whether it came to the end of the pull."""
        read = {
            Kind.ACCOUNTS: self.crm.accounts,
            Kind.OPPORTUNITIES: self.crm.opportunities,
            Kind.LEADS: self.crm.leads,
            Kind.ACTIVITIES: self.crm.activities,
        }
        for page in map(_of_the_living, _pages(read[Kind(state.kind)], state)):
            keep = self._keeper(Kind(state.kind), page)
            with transaction.atomic():
                state.left_out += keep()
                state.rows += len(page.items)
                state.cursor = page.cursor
                if not page.cursor:
                    self._finish(state, page)
                state.save()
            self.progress(state.kind, len(page.items))
            if page.cursor and monotonic() > self.ends:
                return False
        return True

    def _keeper(self, kind: Kind, page: Page[Any]) -> Callable[[], int]:
        """What saves the page, once what is in it was reported to the lifecycle, each lead in its own transaction."""
        if kind == Kind.ACCOUNTS:
            return lambda: keep_accounts(page.items, page.gone, self.owners, at=self.at)
        if kind == Kind.OPPORTUNITIES:
            return lambda: keep_deals(page.items, page.gone, self.owners, at=self.at)
        pages = {Kind.LEADS: LeadPage, Kind.ACTIVITIES: ActivityPage}
        reported = pages[kind](page.items, page.gone, at=self.at)
        reported.report()
        return reported.keep

    def _finish(self, state: CrmPull, page: Page[Any]) -> None:
        kind = Kind(state.kind)
        if state.since is None and state.began_at is not None:
            _drop_unseen(kind, since=state.began_at)
            _all_anew_that_hangs_on(kind)
        if kind == Kind.LEADS:
            crm_mirror.keep_the_latest()
        state.since, state.done_at, state.error, state.error_at = _no_later(kind, page.until), self.at, "", None

    def _keep_error(self, error: VendorError, kinds: Sequence[Kind]) -> None:
        CrmPull.objects.filter(kind__in=kinds).update(error=str(error)[:500], error_at=self.at)
        self.done.error = str(error)


def _pages(read: Callable[[datetime | None, str], Page[Any]], state: CrmPull) -> Iterator[Page[Any]]:
    """The pages from where the pull stands; a cursor that the CRM no longer knows begins the pull again."""
    while True:
        try:
            page = read(state.since, state.cursor)
        except VendorError as error:
            if error.code != STALE_CURSOR or not state.cursor:
                raise
            state.cursor = ""
            continue
        yield page
        if not page.cursor:
            return


def _of_the_living(page: Page[Any]) -> Page[Any]:
    """The last word of what is gone is that it is, whatever an index still finds of it."""
    gone = {one.id for one in page.gone}
    return replace(page, items=tuple(item for item in page.items if item.id not in gone)) if gone else page


def _no_later(kind: Kind, until: datetime) -> datetime:
    """From when on changes of this kind are read next: none from before which what it hangs on has not been read, or a
    deal that was read before its account would not come again."""
    above = CrmPull.objects.filter(kind=HANGS_ON.get(kind)).first()
    return min(until, above.since) if above is not None and above.since is not None else until


def _all_anew_that_hangs_on(kind: Kind) -> None:
    """What was read while this kind had never come whole, since the CRM refused it, was left out; a pull under way
    begins again."""
    below = [one for one, above in HANGS_ON.items() if above == kind]
    CrmPull.objects.filter(kind__in=below).update(since=None, cursor="")


def _drop_unseen(kind: Kind, *, since: datetime) -> None:
    if kind == Kind.LEADS:
        crm_mirror.drop_unseen(since=since)
    else:
        mirror.drop_unseen(kind, since=since)
