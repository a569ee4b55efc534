from django.urls import path

from revops.coaching.downloads import rep_file, team_file
from revops.coaching.views import my_record, remark, rep_record, team_record

urlpatterns = [
    path("", team_record, name="coaching"),
    path("mine/", my_record, name="coaching-mine"),
    path("<int:pk>/", rep_record, name="coaching-rep"),
    path("<int:pk>/breaches.csv", rep_file, name="coaching-rep-file"),
    path("teams/<int:pk>/breaches.csv", team_file, name="coaching-team-file"),
    path("breaches/<int:pk>/remark/", remark, name="coaching-remark"),
]
