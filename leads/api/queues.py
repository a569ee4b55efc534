"""What the caller may act on now, by deadline: their own queue, and the Shark Tank."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from leads import states
from leads.api import documents
from leads.api.representations import LeadShown, PooledLead, shown
from leads.models import Lead
from revops.api.pagination import ByDeadline
from revops.api.views import ListView
from revops.claims import Claims
from revops.roles import reader_of, rep_of, visible_leads
from sla.terms import TeamHours


class Queue(ListView):
    """The leads that the caller holds."""

    queryset = Lead.objects.none()
    serializer_class = LeadShown
    pagination_class = ByDeadline

    def get_queryset(self) -> QuerySet[Lead]:
        rep = rep_of(self.request.user)
        return shown(Lead.objects.filter(owner=rep)) if rep else Lead.objects.none()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "reader": reader_of(self.request.user)}

    @documents.queue
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class SharkTank(ListView):
    """The pool as far as the caller may see it. Reps see companies and facts; whom to contact comes with the claim."""

    queryset = Lead.objects.none()
    serializer_class = PooledLead
    pagination_class = ByDeadline

    def get_queryset(self) -> QuerySet[Lead]:
        return shown(visible_leads(self.request.user).filter(state=states.SHARK_TANK))

    def get_serializer_context(self) -> dict[str, Any]:
        return {
            **super().get_serializer_context(),
            "reader": reader_of(self.request.user),
            "claims": Claims.of(rep_of(self.request.user), hours=TeamHours.load(), at=self.at),
        }

    @documents.shark_tank
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
