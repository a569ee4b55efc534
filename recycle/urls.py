from django.urls import path

from recycle.views import features, recycle, ship

urlpatterns = [
    path("leads/<int:pk>/recycle/", recycle, name="lead-recycle"),
    path("features/", features, name="features"),
    path("features/<slug:key>/ship/", ship, name="feature-ship"),
]
