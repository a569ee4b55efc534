"""`leads/`: send one, list them, look at one, and why it is where it is."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from leads.api import capture, documents
from leads.api.filters import LeadFilter
from leads.api.representations import DecisionShown, EventShown, LeadShown, shown
from leads.intake.lead_form import Invalid, clean_lead
from leads.models import Lead, LeadEvent
from revops import lifecycle
from revops.api.idempotency import idempotent
from revops.api.pagination import LatestFirst, OldestFirst
from revops.api.permissions import MayCapture
from revops.api.views import ListView, View
from revops.roles import reader_of, rep_of, visible_leads
from routing.models import Decision


class Leads(ListView):
    """Everything the caller may see, and the door for new ones."""

    parameters = ListView.parameters | frozenset(LeadFilter.base_filters)
    permission_classes = (IsAuthenticated, MayCapture)
    queryset = Lead.objects.none()
    serializer_class = LeadShown
    filterset_class = LeadFilter

    def get_queryset(self) -> QuerySet[Lead]:
        return shown(visible_leads(self.request.user))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "reader": reader_of(self.request.user)}

    @documents.lead_list
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @documents.capture
    @idempotent
    def post(self, request: Request) -> Response:
        try:
            body: Any = request.data
            form = clean_lead(body, received_at=self.at, strict=True)
        except tuple(capture.UNREAD) as error:
            capture.unread(error, at=self.at, by=self.by).save()
            raise
        except Invalid as error:
            capture.refused(body, error, at=self.at, by=self.by).save()
            raise
        [taken] = lifecycle.capture([lifecycle.Knock(form)], at=self.at, by=self.by)
        return Response(capture.told(taken), status=capture.STATUS[taken.outcome])


class OneLead(View):
    """One lead, if the caller may see it."""

    queryset = Lead.objects.none()
    serializer_class = LeadShown

    @documents.lead
    def get(self, request: Request, pk: int) -> Response:
        lead = get_object_or_404(shown(visible_leads(request.user)), pk=pk)
        return Response(LeadShown(lead, context={"reader": reader_of(request.user)}).data)


class _OfOneLead(ListView):
    """A list that belongs to a lead which the caller may see."""

    @cached_property
    def lead(self) -> Lead:
        leads = visible_leads(self.request.user).select_related("territory__team")
        return get_object_or_404(leads.only("pk", "state", "territory__team"), pk=self.kwargs["pk"])

    def get_serializer_context(self) -> dict[str, Any]:
        reader = reader_of(self.request.user)
        hidden = not reader.may_contact(self.lead)
        return {**super().get_serializer_context(), "reader": reader, "contact_hidden": hidden}


class Timeline(_OfOneLead):
    queryset = LeadEvent.objects.none()
    serializer_class = EventShown
    pagination_class = OldestFirst

    def get_queryset(self) -> QuerySet[LeadEvent]:
        return LeadEvent.objects.filter(lead=self.lead).select_related("user", "sent_back")

    @documents.timeline
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Decisions(_OfOneLead):
    queryset = Decision.objects.none()
    serializer_class = DecisionShown
    pagination_class = LatestFirst

    def get_queryset(self) -> QuerySet[Decision]:
        rows = Decision.objects.filter(lead=self.lead)
        return rows.select_related("rep__user", "territory", "team")

    def get_serializer_context(self) -> dict[str, Any]:
        rep = rep_of(self.request.user)
        return {**super().get_serializer_context(), "rep_id": rep.pk if rep else None}

    @documents.decisions
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
