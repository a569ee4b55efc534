"""The schema and its pages, all served by us."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny


class Schema(SpectacularAPIView):
    permission_classes = [AllowAny]
    authentication_classes = []


# Swagger UI sets styles on its elements; this page alone allows it.
@method_decorator(csp_update({"style-src": [UNSAFE_INLINE]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    permission_classes = [AllowAny]
    authentication_classes = []
    url_name = "api-schema"
