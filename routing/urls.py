from django.urls import path

from routing.views import answer, answers, find, names, withdraw

urlpatterns = [
    path("names/", names, name="names"),
    path("names/answer/", answer, name="name-answer"),
    path("names/find/", find, name="name-find"),
    path("names/answers/", answers, name="name-answers"),
    path("names/answers/<int:pk>/withdraw/", withdraw, name="name-withdraw"),
]
