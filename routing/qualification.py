"""The shared definition of a qualified lead, applied: the ICP criteria and the intent bar."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from django.db.models import Q

from leads.models import IntentSignal, Lead, PastLead
from routing import criteria, intent, judging
from routing.intent import Counted, KindRule
from routing.models import IcpProfile, SignalKind, Source
from routing.ranges import RANGES

# What criteria may ask of a lead beside its custom fields.
FACTS = (*criteria.FIELDS, *RANGES.values())
FIT, NOT_FIT, UNKNOWN = "fit", "not fit", "unknown"
# The buffer's ways on, in the order in which they are asked.
SUPPRESSED, BYPASS, NOT_ICP, LOW_INTENT, AQL = "suppressed", "bypass", "not_icp", "low_intent", "aql"
_COLUMNS = attrgetter(*FACTS)


@dataclass(frozen=True)
class Intent:
    """A lead's intent score and its parts, the signals also by kind; `score` None is unknown, and unknown passes."""

    score: int | None
    bar: int
    hand_raise: bool
    parts: Mapping[str, int] = field(default_factory=dict)
    kinds: tuple[Counted, ...] = ()

    @property
    def passes(self) -> bool:
        return self.hand_raise or self.score is None or self.score >= self.bar

    @property
    def reaches_the_bar(self) -> bool:
        """Known, and enough: what brings back a lead that waits for it."""
        return self.score is not None and self.score >= self.bar

    def as_steps(self) -> dict[str, Any]:
        return {
            "score": self.score,
            "bar": self.bar,
            "hand_raise": self.hand_raise,
            "parts": self.parts,
            "kinds": [asdict(one) for one in self.kinds],
            "passes": self.passes,
        }


@dataclass(frozen=True)
class Qualification:
    """The verdict over one lead: its fit with every criterion, and its intent; with the facts it was judged by."""

    judged: judging.Judgement
    intent: Intent
    profile: Mapping[str, Any]
    unanswered: bool = False
    awaited: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fit(self) -> str:
        """Unknown, too, is a lead that passes only because nothing of what is asked for is known."""
        if self.judged.verdict == criteria.MET and not self.judged.grounded:
            return UNKNOWN
        return {criteria.MET: FIT, criteria.NOT_MET: NOT_FIT}.get(self.judged.verdict, UNKNOWN)

    def as_steps(self) -> dict[str, Any]:
        return {
            "profile": self.profile,
            "fit": self.fit,
            "unanswered": self.unanswered,
            "awaited": list(self.awaited),
            "criteria": [vars(verdict) for verdict in self.judged.criteria],
            "scores": [asdict(score) for score in self.judged.scores],
            "intent": self.intent.as_steps(),
        }

    def sentence(self) -> str:
        if self.fit == NOT_FIT:
            return f"Not ICP: {'; '.join(self.judged.because[:3])}."
        icp = "ICP" if self.fit == FIT else "ICP as far as known"
        if not self.intent.passes:
            return f"{icp}, but intent {self.intent.score} is below the bar of {self.intent.bar}."
        if self.intent.hand_raise:
            return f"Qualified: {icp}, and the person asked for a call."
        known = f"intent {self.intent.score}" if self.intent.score is not None else "intent unknown"
        return f"Qualified: {icp}, {known}."

    def way_on(self, *, suppressed: bool, deal: bool) -> str:
        """The first that holds of: suppressed, open deal, not ICP, too little intent. Else an AQL."""
        if suppressed:
            return SUPPRESSED
        if deal:
            return BYPASS
        if self.fit == NOT_FIT:
            return NOT_ICP
        return AQL if self.intent.passes else LOW_INTENT


def met(steps: Mapping[str, Any]) -> list[str]:
    """The criteria of a stored decision that the lead met. One that was passed without its value is none of these:
    such a one was stored as met once, and is known by what was found."""
    rows = steps.get("criteria", ())
    return [row["text"] for row in rows if row["verdict"] == criteria.MET and not criteria.is_unknown(row["found"])]


def called_icp(steps: Mapping[str, Any]) -> bool:
    """Whether a stored decision said so on the ground of a known value. Before, one that knew none said so too."""
    return steps.get("fit") == FIT and (bool(met(steps)) or not steps.get("criteria"))


def unknowns(steps: Mapping[str, Any]) -> list[str]:
    """The criteria of a stored decision about which nothing was known."""
    rows = steps.get("criteria", ())
    return [row["text"] for row in rows if row["verdict"] == criteria.UNKNOWN or criteria.is_unknown(row["found"])]


def facts(lead: Lead | PastLead) -> dict[str, Any]:
    """What criteria may ask of a lead, or of one of before."""
    known = dict(zip(FACTS, _COLUMNS(lead), strict=True))
    return known | {f"custom.{name}": value for name, value in lead.custom.items()}


def qualify(
    leads: Sequence[Lead],
    profile: IcpProfile | None,
    *,
    at: datetime,
    unanswered: Mapping[int, Collection[str]] = MappingProxyType({}),
) -> dict[int, Qualification]:
    """Judge the leads by a profile; without one everybody fits. By lead id.

    `unanswered` are, by the ids of those that vendors have not told all about in time, the fields that may still come:
    they are judged as unknown that passes. It is kept with the verdict.
    """
    profile = profile or IcpProfile(name="no profile", intent_bar=0)
    told = {"id": profile.pk, "name": profile.name, "version": profile.version}
    scores = intents(leads, profile.intent_bar, at=at)
    verdicts = {}
    for lead in leads:
        awaited = tuple(sorted(unanswered.get(lead.id, ())))
        known = facts(lead)
        judged = judging.judge(profile.criteria, known, awaited=awaited)
        verdicts[lead.id] = Qualification(judged, scores[lead.id], told, lead.id in unanswered, awaited, known)
    return verdicts


def intents(leads: Sequence[Lead], bar: int, *, at: datetime) -> dict[int, Intent]:
    """The intent scores of the leads at that moment against the bar, by lead id."""
    sources = {source.name.casefold(): source for source in Source.objects.all()}
    signals = signals_of(leads, at=at)
    return {
        lead.id: _intent(lead, sources.get(lead.source.casefold()), signals.get(lead.id, ()), bar) for lead in leads
    }


def _intent(lead: Lead, source: Source | None, signals: tuple[Counted, ...], bar: int) -> Intent:
    parts = {}
    if lead.intent_score is not None:
        parts["sent"] = lead.intent_score
    if source is not None and source.base_points:
        parts["source"] = source.base_points
    score = intent.score(parts.values(), signals)
    if signals:
        parts["signals"] = intent.rounded(sum(one.points for one in signals))
    return Intent(score, bar, lead.hand_raise or bool(source and source.hand_raise), parts, signals)


def signals_of(leads: Sequence[Lead], *, at: datetime) -> dict[int, tuple[Counted, ...]]:
    """What the signals of each lead's person and, unless it is free mail, company domain are worth; by lead id.

    They are added up as they are read, since a company may have sent a great many.
    """
    rules = kind_rules()
    keys = {lead.person_key for lead in leads}
    domains = {lead.domain for lead in leads if _company(lead)}
    rows = (
        IntentSignal.objects.filter(Q(person_key__in=keys) | Q(person_key="", domain__in=domains))
        .order_by("person_key", "domain")
        .values_list("person_key", "domain", "kind", "points", "occurred_at")
    )
    books: dict[tuple[str, str], dict[str, Counted]] = {}
    for key, signs in groupby(rows.iterator(chunk_size=2000), key=_book):
        books[key] = intent.add_up((row[2:] for row in signs), rules, at=at)
    found = {}
    for lead in leads:
        theirs = [books.get((lead.person_key, ""), {}), books.get(("", _company(lead)), {})]
        if any(theirs):
            found[lead.pk] = intent.together(theirs, rules)
    return found


def kind_rules() -> dict[str, KindRule]:
    return {row.name: KindRule(row.points, row.half_life_days, row.cap) for row in SignalKind.objects.all()}


def _book(row: tuple[str, str, str, int, datetime]) -> tuple[str, str]:
    """A person's signals stand together whatever company they name; a company's are those of nobody in particular."""
    return (row[0], "") if row[0] else ("", row[1])


def _company(lead: Lead) -> str:
    return "" if lead.is_free_mail else lead.domain
