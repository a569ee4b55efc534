"""The documentation of the webhooks' door."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from revops.api.documents import documented, example, problems
from revops.hooks.answers import HookTaken

PAGE = {
    "type": "page",
    "messageId": "m1",
    "anonymousId": "a1",
    "timestamp": "2026-11-02T10:00:00Z",
    "properties": {"path": "/pricing"},
}
FORM = {
    "type": "track",
    "event": "Form Submitted",
    "messageId": "m2",
    "anonymousId": "a1",
    "properties": {"form": "demo", "email": "jo@example.com", "company": "Example"},
}
SIGNED = {
    "type": "webinar.attended",
    "timestamp": "2026-11-02T10:00:00Z",
    "data": {"email": "jo@example.com", "anonymous_id": "a1", "points": 15},
}


def _header(name: str, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=text)


hook = documented(
    "Knock by webhook",
    "For senders that RevOps has entered in the admin under Webhooks, which shows the address and the secret once. "
    "`source` is `segment`, `rudderstack` or `standard` (Standard Webhooks); the rules of the webhook say which event "
    "is a signal of which kind and which makes a lead. An event sent again, by its messageId or webhook-id, does "
    "nothing. A body may have up to 1 MB and, from Segment and RudderStack, 500 events.",
    tag="webhooks",
    auth=[],
    request={"application/json": OpenApiTypes.OBJECT},
    responses={200: HookTaken, **problems(400, 401, 404, 413)},
    parameters=[
        OpenApiParameter("source", str, OpenApiParameter.PATH, enum=["segment", "rudderstack", "standard"]),
        OpenApiParameter("token", str, OpenApiParameter.PATH, description="The secret part of the address."),
        _header("X-Signature", "Segment: hex HMAC-SHA1 of the body."),
        _header("X-Airtight-Secret", "RudderStack: the secret itself, as a custom header of the destination."),
        _header("webhook-id", "Standard Webhooks: the id of the message, the same when it is sent again."),
        _header("webhook-timestamp", "Standard Webhooks: seconds since 1970, at most 300 from ours."),
        _header("webhook-signature", "Standard Webhooks: `v1,` and base64 HMAC-SHA256 of id.timestamp.body; several "
                "are separated by blanks."),
    ],
    examples=[
        example("Segment and RudderStack: a page", PAGE, request=True),
        example("Segment and RudderStack: a form", FORM, request=True),
        example("Standard Webhooks", SIGNED, request=True),
        example("Taken", {"taken": 1, "duplicates": 0, "ignored": 0, "refused": 0}),
    ],
)  # fmt: skip
