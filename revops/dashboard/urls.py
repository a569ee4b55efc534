from django.urls import path

from revops.dashboard.fairness import fairness
from revops.dashboard.performance_views import performance, refresh
from revops.dashboard.views import dashboard, figure_leads, owner_overrides

urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("leads/", figure_leads, name="dashboard-leads"),
    path("fairness/", fairness, name="fairness"),
    path("overrides/", owner_overrides, name="dashboard-overrides"),
    path("performance/", performance, name="dashboard-performance"),
    path("performance/refresh/", refresh, name="dashboard-performance-refresh"),
]
