"""The verbs: the rep's, and the manager's one. Each is one call of the lifecycle and answers
with the lead as it is then."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api import documents
from leads.api.representations import LeadShown, after, shown
from leads.api.requests import NothingAsked, OpportunityGiven, ReasonGiven, TouchMade, WhySentBack
from leads.models import Lead
from revops import lifecycle
from revops.api.idempotency import idempotent
from revops.api.views import View
from revops.roles import answerable_leads


class Verb(View):
    queryset = Lead.objects.none()
    serializer_class = LeadShown

    def act(self, pk: int, verb: Callable[..., Lead], *args: Any, **answers: Any) -> Response:
        """Try the verb on a lead that the caller may know of; 404 for any other."""
        get_object_or_404(answerable_leads(self.request.user).only("pk", "state"), pk=pk)
        verb(pk, *args, at=self.at, by=self.by, **answers)
        return Response(after(shown(Lead.objects.all()).get(pk=pk), self.request.user))


class Accept(Verb):
    @documents.accept
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        self.answers(NothingAsked)
        return self.act(pk, lifecycle.accept)


class Claim(Verb):
    @documents.claim
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        self.answers(NothingAsked)
        return self.act(pk, lifecycle.claim)


class Recycle(Verb):
    @documents.recycle
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        return self.act(pk, lifecycle.recycle, self.answers(ReasonGiven))


class Touch(Verb):
    @documents.touch
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        made = self.answers(TouchMade)
        # What another system reports it has seen; what a person reports was logged by hand.
        return self.act(pk, lifecycle.touch, seen=self.by.kind == "client", **made)


class Convert(Verb):
    @documents.convert
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        return self.act(pk, lifecycle.convert, **self.answers(OpportunityGiven))


class SendBack(Verb):
    @documents.send_back
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        return self.act(pk, lifecycle.send_back, **self.answers(WhySentBack))
