from django.urls import path

from leads.views.lead import lead_page
from leads.views.queue import queue
from leads.views.send_back import send_back
from leads.views.shark_tank import shark_tank
from leads.views.verbs import accept, claim, convert, touch

urlpatterns = [
    path("", queue, name="queue"),
    path("shark-tank/", shark_tank, name="shark-tank"),
    path("leads/<int:pk>/", lead_page, name="lead"),
    path("leads/<int:pk>/accept/", accept, name="lead-accept"),
    path("leads/<int:pk>/claim/", claim, name="lead-claim"),
    path("leads/<int:pk>/touch/", touch, name="lead-touch"),
    path("leads/<int:pk>/send-back/", send_back, name="lead-send-back"),
    path("leads/<int:pk>/convert/", convert, name="lead-convert"),
]
