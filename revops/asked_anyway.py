"""Suppressed people who came again and asked for a call: they stay suppressed, and RevOps hears of them."""

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from leads import states
from leads.models import Arrival, Suppression
from routing.models import Source


def asked_anyway() -> QuerySet[Arrival]:
    """The arrivals of suppressed people who asked for a call, by the form itself or by the source it came from."""
    by_source = Source.objects.filter(hand_raise=True, name__iexact=OuterRef("source"))
    return Arrival.objects.filter(outcome=Arrival.Outcome.SUPPRESSED).filter(Q(hand_raise=True) | Exists(by_source))


def with_reasons(arrivals: QuerySet[Arrival]) -> QuerySet[Arrival]:
    """With `because`, what the person is suppressed for; blank where they never had a lead that tells."""
    listed = Suppression.objects.in_force().filter(person_key=OuterRef("lead__person_key"))
    told = Case(
        When(lead__state=states.SUPPRESSED, then=F("lead__reason__label")),
        When(outcome=Arrival.Outcome.SUPPRESSED, then=Subquery(listed.values("reason__label")[:1])),
        output_field=CharField(),
    )
    return arrivals.annotate(because=Coalesce(told, Value("")))
