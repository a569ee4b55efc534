from django.urls import path

from revops.dashboard.views import dashboard, figure_leads

urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("leads/", figure_leads, name="dashboard-leads"),
]
