"""Bearer tokens: knox's, hashed at rest and expiring."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class BearerToken(TokenAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate_credentials(self, token: bytes) -> Any:
        # knox would decode and look up whatever bytes came; what is no token at all must not reach the database.
        if not token.isalnum():
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "revops.api.auth.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from `manage.py create_token EMAIL`. It acts with its user's roles and expires.",
        }
