"""Every address of the API."""

from django.urls import path

from leads.api.bulk import Bulk
from leads.api.leads import Decisions, Leads, OneLead, Timeline
from leads.api.queues import Queue, SharkTank
from leads.api.signals import Signals
from leads.api.verbs import Accept, Claim, Convert, Recycle, SendBack, Touch
from recycle.api import Features, Ship
from revops.api.docs import Docs, Schema
from revops.api.figures import LedgerView, MetricsView
from revops.hooks.views import Hook
from revops.slack.views import slack

urlpatterns = [
    path("leads/", Leads.as_view(), name="api-leads"),
    path("leads/bulk/", Bulk.as_view(), name="api-bulk"),
    path("leads/<int:pk>/", OneLead.as_view(), name="api-lead"),
    path("leads/<int:pk>/timeline/", Timeline.as_view(), name="api-timeline"),
    path("leads/<int:pk>/decision/", Decisions.as_view(), name="api-decision"),
    path("leads/<int:pk>/accept/", Accept.as_view(), name="api-accept"),
    path("leads/<int:pk>/claim/", Claim.as_view(), name="api-claim"),
    path("leads/<int:pk>/recycle/", Recycle.as_view(), name="api-recycle"),
    path("leads/<int:pk>/touch/", Touch.as_view(), name="api-touch"),
    path("leads/<int:pk>/send-back/", SendBack.as_view(), name="api-send-back"),
    path("leads/<int:pk>/convert/", Convert.as_view(), name="api-convert"),
    path("signals/", Signals.as_view(), name="api-signals"),
    path("queue/", Queue.as_view(), name="api-queue"),
    path("shark-tank/", SharkTank.as_view(), name="api-shark-tank"),
    path("features/", Features.as_view(), name="api-features"),
    path("features/<slug:key>/ship/", Ship.as_view(), name="api-ship"),
    path("metrics/", MetricsView.as_view(), name="api-metrics"),
    path("ledger/", LedgerView.as_view(), name="api-ledger"),
    path("hooks/slack/", slack, name="slack"),
    path("hooks/<slug:source>/<str:token>/", Hook.as_view(), name="api-hook"),
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", Docs.as_view(), name="api-docs"),
]
