"""The shared definition of a qualified lead, applied: the ICP criteria and the intent bar."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Q, Sum

from leads.models import IntentSignal, Lead
from routing import criteria, judging
from routing.models import IcpProfile, Source

FIT, NOT_FIT, UNKNOWN = "fit", "not fit", "unknown"
# The buffer's ways on, in the order in which they are asked.
SUPPRESSED, BYPASS, NOT_ICP, LOW_INTENT, AQL = "suppressed", "bypass", "not_icp", "low_intent", "aql"


@dataclass(frozen=True)
class Intent:
    """A lead's intent score and its parts; `score` None is unknown, and unknown passes."""

    score: int | None
    bar: int
    hand_raise: bool
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        return self.hand_raise or self.score is None or self.score >= self.bar


@dataclass(frozen=True)
class Qualification:
    """The verdict over one lead: its fit with every criterion, and its intent."""

    judged: judging.Judgement
    intent: Intent
    profile: Mapping[str, Any]
    unanswered: bool = False

    @property
    def fit(self) -> str:
        return {criteria.MET: FIT, criteria.NOT_MET: NOT_FIT}.get(self.judged.verdict, UNKNOWN)

    def as_steps(self) -> dict[str, Any]:
        return {
            "profile": self.profile,
            "fit": self.fit,
            "unanswered": self.unanswered,
            "criteria": [vars(verdict) for verdict in self.judged.criteria],
            "scores": [asdict(score) for score in self.judged.scores],
            "intent": {
                "score": self.intent.score,
                "bar": self.intent.bar,
                "hand_raise": self.intent.hand_raise,
                "parts": self.intent.parts,
                "passes": self.intent.passes,
            },
        }

    def sentence(self) -> str:
        if self.fit == NOT_FIT:
            return f"Not ICP: {'; '.join(self.judged.because[:3])}."
        if not self.intent.passes:
            return f"ICP, but intent {self.intent.score} is below the bar of {self.intent.bar}."
        if self.intent.hand_raise:
            return "Qualified: ICP, and the person asked for a call."
        known = f"intent {self.intent.score}" if self.intent.score is not None else "intent unknown"
        return f"Qualified: {'ICP' if self.fit == FIT else 'ICP as far as known'}, {known}."

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


def facts(lead: Lead) -> dict[str, Any]:
    """What criteria may ask of a lead."""
    known = {name: getattr(lead, name) for name in criteria.FIELDS}
    return known | {f"custom.{name}": value for name, value in lead.custom.items()}


def qualify(
    leads: Sequence[Lead], *, unanswered: Collection[int] = (), profile: IcpProfile | None = None
) -> dict[int, Qualification]:
    """Judge the leads by a profile: the one in force if none is given; without one everybody fits. By lead id.

    `unanswered` are the ids of those that vendors have not told all about in time, which is kept with the verdict.
    """
    profile = profile or IcpProfile.objects.filter(active=True).first() or IcpProfile(name="no profile", intent_bar=0)
    told = {"id": profile.pk, "name": profile.name, "version": profile.version}
    sources = {source.name.casefold(): source for source in Source.objects.all()}
    points = signal_points(leads)
    verdicts = {}
    for lead in leads:
        judged = judging.judge(profile.criteria, facts(lead))
        intent = _intent(lead, sources.get(lead.source.casefold()), points.get(lead.pk), profile.intent_bar)
        verdicts[lead.pk] = Qualification(judged, intent, told, lead.pk in unanswered)
    return verdicts


def _intent(lead: Lead, source: Source | None, signals: int | None, bar: int) -> Intent:
    parts = {}
    if lead.intent_score is not None:
        parts["sent"] = lead.intent_score
    if source is not None and source.base_points:
        parts["source"] = source.base_points
    if signals is not None:
        parts["signals"] = signals
    score = max(0, min(100, sum(parts.values()))) if parts else None
    return Intent(score, bar, lead.hand_raise or bool(source and source.hand_raise), parts)


def signal_points(leads: Sequence[Lead]) -> dict[int, int]:
    """The points of the signals of each lead's person and, unless it is free mail, company domain; by lead id.

    A signal without points, such as a form that joined, leaves an unknown intent unknown.
    """
    keys = {lead.person_key for lead in leads}
    domains = {lead.domain for lead in leads if lead.domain}
    rows = (
        IntentSignal.objects.filter(Q(person_key__in=keys) | Q(person_key="", domain__in=domains))
        .exclude(points=0)
        .values("person_key", "domain")
        .annotate(points=Sum("points"))
    )
    by_person: dict[str, int] = {}
    by_domain: dict[str, int] = {}
    for row in rows:
        book, key = (by_person, row["person_key"]) if row["person_key"] else (by_domain, row["domain"])
        book[key] = book.get(key, 0) + row["points"]
    points = {}
    for lead in leads:
        found = [book[key] for book, key in ((by_person, lead.person_key), (by_domain, lead.domain)) if key in book]
        if found:
            points[lead.pk] = sum(found)
    return points
