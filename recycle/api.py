"""The product-feedback queue: what leads asked for, and the shipping that brings them back."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from recycle.models import Feature
from revops import lifecycle
from revops.api.documents import documented, example, problems
from revops.api.fields import Strict
from revops.api.idempotency import idempotent
from revops.api.pagination import ByName
from revops.api.permissions import OnlyRevOps
from revops.api.views import ListView, View


class FeatureShown(serializers.ModelSerializer[Feature]):
    """A feature, and how many leads wait for it in nurture."""

    waiting = serializers.IntegerField(default=0)

    class Meta:
        model = Feature
        fields: tuple[str, ...] = ("key", "name", "shipped_at", "waiting")
        read_only_fields = fields


class FeatureShipped(FeatureShown):
    returning = serializers.IntegerField(help_text="Leads that come back, now or at their paced slot.")

    class Meta(FeatureShown.Meta):
        fields = (*FeatureShown.Meta.fields, "returning")
        read_only_fields = fields


class NothingSent(Strict):
    """No body, or an empty object."""


FEATURE = {"key": "sso", "name": "Single sign-on", "shipped_at": None, "waiting": 12}


def counted() -> QuerySet[Feature]:
    return Feature.objects.annotate(waiting=Count("enrolments", filter=Q(enrolments__ended_at__isnull=True)))


class Features(ListView):
    queryset = Feature.objects.none()
    serializer_class = FeatureShown
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Feature]:
        return counted()

    @documented(
        "List the features that leads asked for",
        tag="features",
        responses={200: FeatureShown(many=True), **problems(400, 401)},
        examples=[example("A feature", FEATURE)],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Ship(View):
    permission_classes = (IsAuthenticated, OnlyRevOps)
    queryset = Feature.objects.none()
    serializer_class = FeatureShipped
    lookup_field = "key"

    @documented(
        "Say that a feature has shipped",
        "Brings back the leads that waited for it, paced so that nobody is flooded. Shipping twice brings nobody back "
        "twice. RevOps only.",
        tag="features",
        request=NothingSent,
        responses={200: FeatureShipped, **problems(400, 401, 403, 404, 409)},
        examples=[example("Shipped", {**FEATURE, "shipped_at": "2026-11-02T10:00:00Z", "waiting": 0, "returning": 12})],
        idempotency=True,
    )
    @idempotent
    def post(self, request: Request, key: str) -> Response:
        self.answers(NothingSent)
        get_object_or_404(Feature, key=key)
        returning = lifecycle.ship_feature(key, at=self.at, by=self.by)
        return Response({**FeatureShown(counted().get(key=key)).data, "returning": returning})
