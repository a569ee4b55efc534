"""What a role may call at all; which leads it reaches is for `revops.roles` to say."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from revops.roles import is_api_client, is_revops


class MayCapture(BasePermission):
    """Leads and signals come from other systems and from RevOps; a rep who could make leads could feed themselves."""

    message = "Only API clients and RevOps may send leads and signals."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method != "POST" or is_api_client(request.user) or is_revops(request.user)


class OnlyRevOps(BasePermission):
    message = "Only RevOps may do that."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method != "POST" or is_revops(request.user)
