"""The product-feedback queue: which features leads were lost for, how many leads, and whose."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from leads.models.lead import LeadQuerySet
from recycle.models import Enrolment, Feature

MOST_NAMED = 12


@dataclass(frozen=True)
class Asked:
    """Somebody who asked for a feature. `lead_id` is None where whoever looks may not open the lead."""

    company: str
    lead_id: int | None


@dataclass(frozen=True)
class FeatureAsked:
    """A feature: how many leads wait for it, at how many companies, who of them may be named, and what was said."""

    key: str
    name: str
    shipped_at: datetime | None
    waiting: int
    companies: int
    ever: int
    named: tuple[Asked, ...]
    notes: tuple[str, ...]

    @property
    def unnamed(self) -> int:
        return self.waiting - len(self.named)


def asked_for(visible: LeadQuerySet, *, rep_id: int | None) -> list[FeatureAsked]:
    """Every feature, the most asked for first; companies are named to those who may see the lead or gave it back."""
    stays = Enrolment.objects.filter(feature__isnull=False).select_related("lead__account")
    nameable = set(stays.filter(Q(lead__in=visible) | Q(last_owner=rep_id or 0)).values_list("pk", flat=True))
    seen = set(visible.filter(enrolments__feature__isnull=False).values_list("pk", flat=True))
    by_feature = _by_feature(stays)
    features = [_told(feature, by_feature[feature.pk], nameable, seen) for feature in Feature.objects.all()]
    return sorted(features, key=lambda one: (one.shipped_at is not None, -one.waiting, one.name.casefold()))


def _by_feature(stays: QuerySet[Enrolment]) -> dict[int | None, list[Enrolment]]:
    grouped: dict[int | None, list[Enrolment]] = defaultdict(list)
    for stay in stays.order_by("-started_at", "-pk"):
        grouped[stay.feature_id].append(stay)
    return grouped


def _told(feature: Feature, stays: list[Enrolment], nameable: set[int], seen: set[int]) -> FeatureAsked:
    waiting = [stay for stay in stays if stay.ended_at is None]
    known = [stay for stay in waiting if stay.pk in nameable]
    return FeatureAsked(
        key=feature.key,
        name=feature.name,
        shipped_at=feature.shipped_at,
        waiting=len(waiting),
        companies=len({_company(stay).casefold() for stay in waiting}),
        ever=len({stay.lead_id for stay in stays}),
        named=tuple(
            Asked(_company(stay), stay.lead_id if stay.lead_id in seen else None) for stay in known[:MOST_NAMED]
        ),
        notes=tuple(stay.note for stay in known if stay.note)[:5],
    )


def _company(stay: Enrolment) -> str:
    return stay.lead.account.name if stay.lead.account else str(stay.lead)
