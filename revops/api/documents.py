"""How the API's documentation is written: summaries, errors and examples, in the words of the product."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from revops.api.fields import Strict
from revops.api.problems import MEDIA_TYPE, document

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="Your own id of this request, up to 200 characters. Sent again with the same body it gets the first "
    "answer, byte for byte, with `Idempotent-Replayed: true`; with another body it is a 409.",
    examples=[OpenApiExample("A form's own id", "form-2026-11-02-0001")],
)
DETAILS: dict[int, dict[str, Any]] = {
    400: {"detail": "Some fields were not accepted.", "errors": {"email": ["The e-mail address is missing."]}},
    401: {"detail": "Authentication credentials were not provided."},
    403: {"detail": "Only the rep who holds this lead may do that."},
    404: {"detail": "There is nothing here, or nothing that you may see."},
    409: {"detail": "This Idempotency-Key was used for another request."},
    413: {"detail": "The body is larger than 1 MB."},
    415: {"detail": 'Unsupported media type "text/plain" in request. Send application/json.'},
    503: {"detail": "The database cannot be reached. Try again in a moment."},
}
MEANINGS = {
    400: "The request cannot be used as it is: `errors` says why, by field.",
    401: "No token, or one that is wrong, expired or of an inactive user.",
    403: "You may see it, and may not do that.",
    404: "It is not there, or not visible to you.",
    409: "Not possible (any more).",
    413: "The body is too large.",
    415: "The body's type is not one of those taken here.",
    503: "Not now: the database is away. `Retry-After` says when to try again.",
}


class ProblemShown(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = serializers.DictField(  # type: ignore[assignment]  # DRF takes fields out of the class
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class ConflictShown(ProblemShown):
    """Not possible any more: where the lead is now, and with whom."""

    state = serializers.CharField(required=False)
    winner = serializers.CharField(required=False, allow_null=True)


def problems(*statuses: int, **members: Any) -> dict[tuple[int, str], OpenApiResponse]:
    """The errors a call may give; `members` are added to the 409's example."""
    return {(status, MEDIA_TYPE): _problem(status, members if status == 409 else {}) for status in (*statuses, 503)}


def _problem(status: int, members: Mapping[str, Any]) -> OpenApiResponse:
    body = document(status, **{**DETAILS[status], **members})
    return OpenApiResponse(
        ConflictShown if status == 409 else ProblemShown,
        MEANINGS[status],
        [OpenApiExample(body["title"], body, media_type=MEDIA_TYPE, status_codes=[str(status)])],
    )


def example(name: str, value: Any, *, status: int = 200, request: bool = False) -> OpenApiExample:
    """An example of an answer, or of a request."""
    if request:
        return OpenApiExample(name, value, request_only=True)
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


def documented(
    summary: str,
    description: str = "",
    *,
    tag: str,
    responses: Mapping[Any, Any],
    examples: Sequence[OpenApiExample] = (),
    idempotency: bool = False,
    **more: Any,
) -> Callable[..., Any]:
    """A view's method with its documentation."""
    parameters = [*more.pop("parameters", ()), *([KEY] if idempotency else [])]
    return extend_schema(
        summary=summary,
        description=description or summary + ".",
        tags=[tag],
        responses=dict(responses),
        examples=list(examples),
        parameters=parameters,
        **more,
    )


def closed(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """A schema hook: what is strict says so, and what goes beyond types is said as far as a schema can."""
    for form in Strict.__subclasses__():
        schema = result["components"]["schemas"].get(form.__name__)
        if schema is not None:
            schema |= {"additionalProperties": False, **form.beyond_types}
    return result
