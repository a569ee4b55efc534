from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from revops.absence_views import absences, end_absence
from revops.alert_views import alerts, seen
from revops.health import healthz, metrics, readyz
from revops.views import favicon, revoke_token, sign_in, tokens

handler500 = "revops.middleware.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("revops.api.urls")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("dashboard/", include("revops.dashboard.urls")),
    path("alerts/", alerts, name="alerts"),
    path("alerts/<int:pk>/seen/", seen, name="alert-seen"),
    path("coaching/", include("revops.coaching.urls")),
    path("", include("leads.urls")),
    path("", include("recycle.urls")),
    path("", include("routing.urls")),
    path("absences/", absences, name="absences"),
    path("absences/<int:pk>/end/", end_absence, name="absence-end"),
    path("tokens/", tokens, name="tokens"),
    path("tokens/<str:digest>/revoke/", revoke_token, name="token-revoke"),
    path("sign-in/", sign_in, name="sign-in"),
    path("favicon.ico", favicon),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
