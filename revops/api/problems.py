"""Errors as application/problem+json (RFC 9457), with `errors: {field: [..]}` where fields are to blame."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from leads import wording
from leads.intake.lead_form import Invalid
from recycle.recycling import BadAnswer
from revops.refusals import NotPossible, Refused

MEDIA_TYPE = "application/problem+json"
WHOLE_BODY = "body"


class Problem(exceptions.APIException):
    """An error with members of its own besides the standard ones."""

    def __init__(self, status: int, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status_code = status
        self.members = members


def problem(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: everything that is not a fault of ours becomes a problem document."""
    known = _known(exc)
    if known is None:
        return None
    set_rollback()
    if isinstance(known, exceptions.UnsupportedMediaType):
        known.detail = exceptions.ErrorDetail(f"{known.detail} {_taken(context)}")
    return Response(body_of(known), known.status_code, headers=_headers(known), content_type=MEDIA_TYPE)


def _known(exc: Exception) -> exceptions.APIException | None:
    """What the lifecycle and Django say, as HTTP says it."""
    match exc:
        case exceptions.APIException():
            return exc
        case Http404():
            return exceptions.NotFound("There is nothing here, or nothing that you may see.")
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case NotPossible():
            return Problem(409, str(exc), state=exc.state, winner=exc.winner or None)
        case Refused():
            return exceptions.PermissionDenied(str(exc))
        case BadAnswer() | Invalid():
            return exceptions.ValidationError(exc.errors)
    return None


def _taken(context: Mapping[str, Any]) -> str:
    return f"Send {wording.either([parser.media_type for parser in context['view'].get_parsers()])}."


def document(status: int, **members: Any) -> dict[str, Any]:
    """The members that every problem has, and more."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, **members}


def body_of(exc: exceptions.APIException) -> dict[str, Any]:
    if isinstance(exc, exceptions.ValidationError):
        return document(exc.status_code, detail="Some fields were not accepted.", errors=_by_field(exc.detail))
    return document(exc.status_code, detail=str(exc.detail)) | getattr(exc, "members", {})


def _by_field(detail: Any) -> Any:
    if not isinstance(detail, dict):
        return {WHOLE_BODY: detail}
    return {WHOLE_BODY if field == "non_field_errors" else field: texts for field, texts in detail.items()}


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if scheme := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = scheme
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
