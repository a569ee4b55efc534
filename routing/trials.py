"""The leads of before that rules are tried on, in the order in which they were ready: read in small batches."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from leads import states
from leads.models import AccountDomain, Lead, PastLead
from routing import intent, qualification
from routing.backtest import LEAD, PAST, Trial
from routing.models import Decision, Source
from routing.roster import domains_of
from routing.territories import Case, case_of

BATCH = 500
# Why a lead of the time is not tried: no rule of these decided over it.
DEAL, SUPPRESSED, NOT_YET = "deal", "suppressed", "not_yet"


@dataclass(frozen=True)
class _Place:
    """A lead's place in the order, and the decisions that tell how it was first judged and routed."""

    at: datetime
    came: datetime
    pk: int
    judged: int | None
    routed: int | None


class Trials:
    """Every lead and past lead that came from `since` to `until`; `left_out` counts those not tried, by why."""

    def __init__(self, *, since: datetime, until: datetime) -> None:
        self.left_out: Counter[str] = Counter()
        self._span = (since, until)
        self._leads = list(self._places())
        self._past = PastLead.objects.filter(captured_at__range=self._span)
        self.past = self._past.count()

    def __len__(self) -> int:
        return len(self._leads) + self.past

    def __iter__(self) -> Iterator[Trial]:
        return merge(self._of_leads(), self._of_past(), key=lambda trial: (trial.at, trial.came, trial.key))

    def _places(self) -> Iterator[_Place]:
        rows = (
            _with_first_decisions(Lead.objects.filter(captured_at__range=self._span))
            .annotate(ready=Coalesce("judged_at", "captured_at"))
            .order_by("ready", "captured_at", "pk")
            .values_list("ready", "captured_at", "pk", "judged", "routed", "decided", "seq", "state", "ladder")
        )
        for *place, decided, seq, state, ladder in rows:
            found = _Place(*place)
            if found.judged is None and (why := _why_not(decided=decided, seq=seq, state=state, ladder=ladder)):
                self.left_out[why] += 1
            else:
                yield found

    def _of_leads(self) -> Iterator[Trial]:
        places = iter(self._leads)
        while batch := list(islice(places, BATCH)):
            yield from _trials(batch)

    def _of_past(self) -> Iterator[Trial]:
        sources = {source.name.casefold(): source for source in Source.objects.all()}
        rows = self._past.order_by("captured_at", "pk").iterator(chunk_size=BATCH)
        while batch := list(islice(rows, BATCH)):
            accounts = _accounts({lead.domain for lead in batch if lead.domain and not lead.is_free_mail})
            for lead in batch:
                yield _past_trial(lead, sources.get(lead.source.casefold()), accounts)


def _with_first_decisions(leads: QuerySet[Lead]) -> QuerySet[Any]:
    decisions = Decision.objects.filter(lead=OuterRef("pk"))
    judged = decisions.filter(kind="qualification").order_by("at", "pk")
    routed = decisions.filter(kind="routing", steps__has_key="territories").order_by("at", "pk")
    return leads.annotate(
        judged=Subquery(judged.values("pk")[:1]),
        judged_at=Subquery(judged.values("at")[:1]),
        routed=Subquery(routed.values("pk")[:1]),
        decided=Exists(decisions),
    )


def _why_not(*, decided: bool, seq: int, state: str, ladder: str) -> str | None:
    """Why a lead that no rule has judged is left out; None for one whose verdict was not kept."""
    if decided or ladder == states.DEAL_LADDER:
        return DEAL
    if state == states.SUPPRESSED:
        return SUPPRESSED
    return NOT_YET if seq == 1 else None


def _trials(places: Sequence[_Place]) -> Iterator[Trial]:
    wanted = [pk for place in places for pk in (place.judged, place.routed) if pk is not None]
    decisions = Decision.objects.in_bulk(wanted)
    leads = Lead.objects.select_related("account").in_bulk([place.pk for place in places])
    unjudged = [leads[place.pk] for place in places if place.judged is None]
    intents = qualification.intents(unjudged, 0, at=places[0].at) if unjudged else {}
    domains = domains_of({lead.account_id for lead in leads.values() if lead.account_id is not None})
    for place in places:
        lead = leads[place.pk]
        judged, routed = decisions.get(place.judged or 0), decisions.get(place.routed or 0)
        if judged is not None:
            told = judged.steps["intent"]
            score, hand_raise, awaited = told["score"], told["hand_raise"], judged.steps.get("awaited", ())
        else:
            score, hand_raise, awaited = intents[lead.pk].score, intents[lead.pk].hand_raise, ()
        facts = judged.inputs if judged is not None else qualification.facts(lead)
        case = _as_kept(routed, facts) if routed is not None else _first(lead, facts, domains)
        yield Trial((LEAD, lead.pk), place.at, place.came, case, lead.source, score, hand_raise, tuple(awaited))


def _as_kept(routed: Decision, facts: Mapping[str, Any]) -> Case:
    kept = routed.steps.get("case", {})
    return Case(facts, frozenset(kept.get("domains", ())), kept.get("owner"))


def _first(lead: Lead, facts: Mapping[str, Any], domains: Mapping[int, list[str]]) -> Case:
    """As it would be routed for the first time: kept from nobody."""
    case = case_of(lead, facts, domains.get(lead.account_id or 0, ()))
    return Case(case.facts, case.domains, case.owner_id)


def _accounts(domains: Collection[str]) -> dict[str, tuple[int | None, frozenset[str]]]:
    """By domain: the owner of the account that has it, and all of its domains."""
    rows = AccountDomain.objects.filter(domain__in=domains).values_list("domain", "account_id", "account__owner_id")
    found = list(rows)
    all_of = domains_of({account_id for _domain, account_id, _owner in found})
    return {domain: (owner, frozenset(all_of[account_id])) for domain, account_id, owner in found}


def _past_trial(
    lead: PastLead, source: Source | None, accounts: Mapping[str, tuple[int | None, frozenset[str]]]
) -> Trial:
    own = {lead.domain} if lead.domain and not lead.is_free_mail else set()
    owner, domains = accounts.get(lead.domain, (None, frozenset())) if own else (None, frozenset())
    base = [source.base_points] if source is not None and source.base_points else []
    sent = [lead.intent_score] if lead.intent_score is not None else []
    return Trial(
        key=(PAST, lead.pk),
        at=lead.captured_at,
        came=lead.captured_at,
        case=Case(qualification.facts(lead), domains | own, owner),
        source=lead.source,
        score=intent.score([*sent, *base], None),
        hand_raise=lead.hand_raise or bool(source and source.hand_raise),
    )
