"""Pulls the CRM's accounts and opportunities into ours: page by page, each kept before the next is asked for.

A pull that is stopped goes on from its last page; the first one is of everything, the next ones of what changed.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import monotonic
from typing import Any

import structlog
from django.db import transaction

from leads import mirror
from leads.models import Account, CrmPull, VendorHealth
from revops.alone import alone
from revops.integrations.crm.port import STALE_CURSOR, Crm, CrmAccount, CrmOpportunity, Gone, Owners, Page
from revops.integrations.errors import VendorError
from routing.models import NameAnswer

VENDOR = "crm"
KINDS = (CrmPull.Kind.ACCOUNTS, CrmPull.Kind.OPPORTUNITIES)  # accounts first: deals hang on them
# One process pulls at a time.
PULLING_LOCK = 4_170_003
log = structlog.get_logger(__name__)
Progress = Callable[[str, int], None]


def no_progress(kind: str, rows: int) -> None:
    return None


@dataclass(frozen=True)
class Pulled:
    """What a pull did: rows kept and left out, by kind; `error` where the CRM ended it, `unfinished` where time did."""

    rows: dict[str, int]
    left_out: dict[str, int]
    error: str = ""
    unfinished: bool = False


def pull(
    crm: Crm, *, at: datetime, full: bool = False, progress: Progress = no_progress, seconds: float = math.inf
) -> Pulled:
    """Pull what changed, or all with `full`. A failure of the CRM ends it, and is kept with what was pulled.

    After so many `seconds` no further page is asked for; the next pull goes on there.
    """
    ends = monotonic() + seconds
    with alone(PULLING_LOCK) as held:
        if not held:
            return Pulled({}, {}, error="Another process is pulling.")
        rows: dict[str, int] = {}
        left_out: dict[str, int] = {}
        try:
            owners = Owners.of(crm.users())
            for kind in KINDS:
                state = _begin(kind, at=at, full=full)
                finished = _pull_kind(crm, state, owners, at=at, progress=progress, ends=ends)
                rows[kind], left_out[kind] = state.rows, state.left_out
                if not finished:
                    return Pulled(rows, left_out, unfinished=True)
            mirror.find_owners()
        except VendorError as error:
            _keep_error(error, at=at)
            return Pulled(rows, left_out, error=str(error))
        _well(at=at)
    return Pulled(rows, left_out)


def _begin(kind: str, *, at: datetime, full: bool) -> CrmPull:
    """Where the pull of this kind stands; one that is under way goes on unless everything is asked for anew."""
    state, _new = CrmPull.objects.get_or_create(kind=kind)
    if full:
        state.since, state.cursor = None, ""
    if not state.cursor:
        state.began_at, state.rows, state.left_out = at, 0, 0
    state.save()
    return state


def _pull_kind(crm: Crm, state: CrmPull, owners: Owners, *, at: datetime, progress: Progress, ends: float) -> bool:
    """Whether it came to the end of the pull."""
    read = {CrmPull.Kind.ACCOUNTS: crm.accounts, CrmPull.Kind.OPPORTUNITIES: crm.opportunities}
    for page in _pages(read[CrmPull.Kind(state.kind)], state):
        with transaction.atomic():
            left_out = _take(state.kind, page, owners, at=at)
            state.rows += len(page.items)
            state.left_out += left_out
            state.cursor = page.cursor
            if not page.cursor:
                _finish(state, page, at=at)
            state.save()
        progress(state.kind, len(page.items))
        if page.cursor and monotonic() > ends:
            return False
    return True


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


def _take(kind: str, page: Page[Any], owners: Owners, *, at: datetime) -> int:
    if kind == CrmPull.Kind.ACCOUNTS:
        _hand_on_names(page.gone)
        mirror.drop_accounts({gone.id: gone.merged_into for gone in page.gone})
        return mirror.take_accounts([account_row(item, owners) for item in page.items if not item.person], at=at)
    mirror.drop_deals([gone.id for gone in page.gone])
    return mirror.take_deals([deal(item, owners) for item in page.items], at=at)


def _hand_on_names(gone: Iterable[Gone]) -> None:
    """What people said that a name means holds for the account that a merged one became part of."""
    for one in gone:
        heir = Account.objects.filter(external_id=one.merged_into).first() if one.merged_into else None
        if heir is not None:
            NameAnswer.objects.filter(account__external_id=one.id).update(account=heir)


def account_row(item: CrmAccount, owners: Owners) -> dict[str, Any]:
    """An account in the words of intake, which cleans it. Revenue in another currency than dollars is left out."""
    in_dollars = item.currency in ("", "USD")
    return {
        "external_id": item.id,
        "name": item.name,
        "website": item.website,
        "domains": " ".join(item.domains),
        "country": item.country,
        "region": item.region,
        "city": item.city,
        "employee_count": item.employee_count if item.employee_count is not None else "",
        "industry": item.industry,
        "annual_revenue": str(int(item.annual_revenue)) if item.annual_revenue and in_dollars else "",
        "owner_email": owners.email(item.owner_id),
    }


def deal(item: CrmOpportunity, owners: Owners) -> mirror.Deal:
    """A day without a time counts to its end; where the CRM saw no activity, its last change does."""
    seen = item.last_activity_on
    active = datetime.combine(seen, time(0), UTC) + timedelta(days=1, seconds=-1) if seen else item.changed_at
    return mirror.Deal(
        external_id=item.id,
        account_id=item.account_id,
        name=item.name or "Unnamed deal",
        kind=item.kind,
        stage=item.stage,
        is_closed=item.is_closed,
        is_won=item.is_won,
        amount=item.amount,
        close_date=item.close_date,
        loss_reason=item.loss_reason,
        owner_email=owners.email(item.owner_id),
        contacts=item.contacts,
        last_activity_at=active,
    )


def _finish(state: CrmPull, page: Page[Any], *, at: datetime) -> None:
    if state.since is None and state.began_at is not None:
        mirror.drop_unseen(state.kind, since=state.began_at)
    state.since, state.done_at, state.error, state.error_at = page.until, at, "", None


def _keep_error(error: VendorError, *, at: datetime) -> None:
    CrmPull.objects.filter(kind__in=KINDS).update(error=str(error)[:500], error_at=at)
    health, _new = VendorHealth.objects.get_or_create(vendor=VENDOR)
    if error.retry_after is not None:
        health.paused(str(error), until=at + timedelta(seconds=error.retry_after), at=at)
    else:
        health.failed(str(error), at=at)
    health.save()
    log.warning("crm_pull_failed", error=str(error), permanent=error.permanent)


def _well(*, at: datetime) -> None:
    health, _new = VendorHealth.objects.get_or_create(vendor=VENDOR)
    health.succeeded(at=at)
    health.save()


def may_pull(*, at: datetime) -> bool:
    """Not while the CRM asked us to wait, or has failed again and again."""
    health = VendorHealth.objects.filter(vendor=VENDOR).first()
    return health is None or not health.is_open(at=at)
