"""The door for webhooks. A refusal tells nothing to whoever cannot sign; to who can, what to mend."""

from datetime import datetime
from typing import Any

from django.views.decorators.common import no_append_slash
from rest_framework.exceptions import APIException, NotFound, ParseError
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from revops import clock
from revops.api.bodies import MOST_BYTES, LengthMissing, TooLarge, decode_or_refuse, refuse_oversize
from revops.api.json_bytes import mended
from revops.api.problems import MEDIA_TYPE, document
from revops.hooks import documents
from revops.hooks.answers import HookTaken
from revops.hooks.events import Event, NoEvent, items_of, read_spec, read_standard
from revops.hooks.knocks import UNKNOWN_ADDRESS, believe, refused, seen, source_at
from revops.hooks.taking import DUPLICATE, IGNORED, take
from revops.integrations.hook_signatures import BadSignature
from revops.models import HookEvent, HookSource

MOST_EVENTS = 500


class TooMany(APIException):
    status_code = 413
    default_code = "too_many_events"

    def __init__(self, sent: int) -> None:
        super().__init__(f"At most {MOST_EVENTS} events at a time; these are {sent:,}.")


class OnlyJson(BaseContentNegotiation):
    """Senders ask for all sorts of answers, and read none."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return JSONRenderer(), JSONRenderer.media_type


class Hook(GenericAPIView[Any]):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = OnlyJson
    serializer_class = HookTaken

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        return no_append_slash(super().as_view(**initkwargs))

    @documents.hook
    def post(self, request: Request, source: str, token: str) -> Response:
        at = clock.now()
        row = source_at(source, token)
        if row is None or not row.active:
            refused(row, "switched_off" if row else UNKNOWN_ADDRESS, at=at)
            raise NotFound("There is no webhook at this address.")
        try:
            body = _body(request)
            believe(row, request.headers, body, at=at)
            seen(row, at=at)
            items = _items(row, decode_or_refuse(mended(body)))
        except BadSignature as error:
            refused(row, error.code, at=at)
            return Response(document(401), 401, content_type=MEDIA_TYPE)
        except (TooLarge, TooMany, LengthMissing, ParseError) as error:
            refused(row, REASONS[type(error)], at=at)
            raise
        return _taken(row, items, request.headers.get("webhook-id", ""), at=at)


REASONS: dict[type[APIException], str] = {
    TooLarge: "too_large",
    TooMany: "too_many_events",
    LengthMissing: "no_length",
    ParseError: "not_json",
}


def _body(request: Request) -> bytes:
    refuse_oversize(request, MOST_BYTES)
    body: bytes = request._request.body
    return body


def _items(source: HookSource, payload: object) -> list[object]:
    items = [payload] if source.kind == HookSource.Kind.STANDARD else items_of(payload)
    if len(items) > MOST_EVENTS:
        raise TooMany(len(items))
    return items


def _taken(source: HookSource, items: list[object], webhook_id: str, *, at: datetime) -> Response:
    """Each event by itself: a bad one among good ones is refused alone, and one alone is a 400."""
    rules = list(source.rules.order_by("position", "pk"))
    counts = {"taken": 0, "duplicates": 0, "ignored": 0, "refused": 0}
    errors: list[str] = []
    for item in items:
        try:
            outcome = take(source, rules, _event(source, item, webhook_id, at=at), at=at)
        except NoEvent as error:
            refused(source, "no_event", at=at)
            outcome = HookEvent.Outcome.REFUSED
            errors.append(str(error))
        counts[COUNTED.get(outcome, "taken")] += 1
    if counts["refused"] == len(items) and items:
        raise ParseError(errors[0] if errors else "It makes a lead, and has no usable e-mail address.")
    return Response(counts)


def _event(source: HookSource, item: object, webhook_id: str, *, at: datetime) -> Event:
    if source.kind == HookSource.Kind.STANDARD:
        return read_standard(item, event_id=webhook_id, at=at)
    return read_spec(item, at=at)


COUNTED: dict[str, str] = {DUPLICATE: "duplicates", IGNORED: "ignored", HookEvent.Outcome.REFUSED: "refused"}
