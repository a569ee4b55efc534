"""`metrics/` and `ledger/`: the dashboard's figures and the reconciliation, for other systems."""

import math
from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from leads.models import Team
from revops.api.documents import documented, example, problems
from revops.api.views import View
from revops.dashboard.asking import Asked, Manages, ask
from revops.dashboard.counting import one_look
from revops.dashboard.ledger import ledger
from revops.dashboard.metrics import RATES, SAMPLES, Metrics, measure
from revops.roles import is_api_client

QUANTILES = ("median_s", "p90_s", "p95_s")
SINCE, UNTIL = "2026-10-04T00:00:00Z", "2026-11-03T00:00:00Z"


class PeriodAsked(serializers.Serializer[Any]):
    """Which days and whose leads."""

    days = serializers.ChoiceField(
        choices=["7", "30", "90"], required=False, help_text="The last 7, 30 or 90 days (30)."
    )
    to = serializers.DateField(required=False, help_text="The last day.")
    team = serializers.IntegerField(required=False, help_text="One of your teams; without it, all of them.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of Python's own.
        return {**super().get_fields(), "from": serializers.DateField(required=False, help_text="The first day.")}


class MetricsShown(serializers.Serializer[Any]):
    """Every rate is null where there is nothing to count out of; a quantile is null while it has not happened yet."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    counts = serializers.DictField(child=serializers.IntegerField())
    rates = serializers.DictField(child=serializers.FloatField(allow_null=True))
    spans = serializers.DictField(child=serializers.DictField())
    reps = serializers.ListField(child=serializers.DictField())
    reasons = serializers.ListField(child=serializers.DictField())
    breaches = serializers.ListField(child=serializers.DictField())
    criteria = serializers.ListField(child=serializers.DictField())
    hollow_acceptance = serializers.BooleanField()


class LedgerShown(serializers.Serializer[Any]):
    """Whatever knocked at the door, and where each new lead of it is now."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    knocked = serializers.IntegerField()
    refused = serializers.DictField(child=serializers.IntegerField(), help_text="By reason.")
    joined = serializers.IntegerField()
    turned_back = serializers.IntegerField(help_text="Suppressed people who came.")
    new = serializers.IntegerField()
    places = serializers.DictField(child=serializers.IntegerField(), help_text="Where the new leads are now.")
    leaked = serializers.IntegerField(help_text="Must be 0.")
    balanced = serializers.BooleanField()


class _Figures(View):
    """For who answers for a team, RevOps and API clients."""

    parameters = frozenset(("days", "from", "to", "team"))

    def asked(self) -> Asked:
        """What the request asks. Raises PermissionDenied, Http404, ValidationError."""
        if not (manages := self._manages()):
            raise PermissionDenied("Figures are for who answers for a team.")
        try:
            asked = ask(self.request.query_params.dict(), manages, at=self.at)
        except Team.DoesNotExist:
            raise Http404 from None
        if asked.problem:
            raise ValidationError({"from" if "from" in self.request.query_params else "days": [asked.problem]})
        return asked

    def _manages(self) -> Manages:
        if is_api_client(self.request.user):
            return Manages(list(Team.objects.order_by("name", "pk")), everything=True)
        return Manages.of(self.request.user)


class MetricsView(_Figures):
    serializer_class = MetricsShown

    @documented(
        "The period's figures",
        "As the dashboard shows them. `rates` are parts of one, `spans` seconds (`_work_s` in business time); what has "
        "not happened yet stays in the sample as `open`.",
        tag="figures",
        parameters=[PeriodAsked],
        responses={200: MetricsShown, **problems(400, 401, 403, 404)},
        examples=[
            example(
                "Some of them",
                {
                    "since": SINCE, "until": UNTIL, "counts": {"came": 120, "touched": 96, "touch_due": 110},
                    "rates": {"touch_rate": 0.873},
                    "spans": {"speed_s": {"median_s": 1260, "p90_s": 7100, "p95_s": None, "sample": 120, "open": 9}},
                    "reps": [], "reasons": [], "breaches": [], "criteria": [], "hollow_acceptance": False,
                },
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked()
        with one_look():
            metrics = measure(asked.scope(at=self.at))
        return Response({"since": asked.period.since, "until": asked.period.until, **told(metrics)})


class LedgerView(_Figures):
    serializer_class = LedgerShown

    @documented(
        "The reconciliation",
        "Knocked = refused + joined + turned back + new, and each new lead is in one place or counted as leaked.",
        tag="figures",
        parameters=[PeriodAsked],
        responses={200: LedgerShown, **problems(400, 401, 403, 404)},
        examples=[
            example(
                "Nothing leaked",
                {
                    "since": SINCE, "until": UNTIL, "knocked": 130, "refused": {"bad_email": 2}, "joined": 7,
                    "turned_back": 1, "new": 120, "places": {"in_buffer": 3, "with_reps": 117}, "leaked": 0,
                    "balanced": True,
                },
            )
        ],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked()
        with one_look():
            teams = asked.scope(at=self.at).teams
            books = ledger(asked.period.since, asked.period.until, teams, at=self.at)
        counts = {name: books.counts[name] for name in ("knocked", "joined", "turned_back", "new", "leaked")}
        return Response(
            {
                "since": books.since,
                "until": books.until,
                **counts,
                "refused": books.refused,
                "places": books.places,
                "balanced": books.balanced,
            }
        )


def told(metrics: Metrics) -> dict[str, Any]:
    return {
        "counts": metrics.counts,
        "rates": {key: metrics.rate(key) for key in RATES},
        "spans": {key: _span(metrics, key) for key in SAMPLES},
        "reps": metrics.reps,
        "reasons": metrics.reasons,
        "breaches": metrics.breaches,
        "criteria": metrics.criteria,
        "hollow_acceptance": metrics.is_hollow,
    }


def _span(metrics: Metrics, key: str) -> dict[str, Any]:
    values = [None if value is None or math.isinf(value) else value for value in metrics.spans[key]]
    size, still_open = SAMPLES[key]
    sample = {"sample": metrics.counts.get(size, 0), "open": metrics.counts.get(still_open, 0)}
    return dict(zip(QUANTILES, values, strict=True)) | sample
