"""`Idempotency-Key`: the first answer to a request is the answer to each repetition of it, byte for byte.

The key's row goes in first, in the request's own transaction, so that a repetition at the same moment waits for the
unique index and then finds the answer. The work stands in a savepoint: a refusal is kept, a fault of ours is not.
"""

import hashlib
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, cast

from django.contrib.auth.models import User
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpResponse
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from revops import clock
from revops.api.bodies import TooLarge, raw
from revops.api.problems import MEDIA_TYPE, Problem
from revops.holding import retrying
from revops.models import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 200
WAIT = "5s"
LOCK_TIMEOUT = "55P03"
Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Callable[..., Response | HttpResponse]:
    """A view's method that answers a repeated key with its first answer."""

    @wraps(handler)
    def once(view: APIView, request: Request, *args: Any, **kwargs: Any) -> Response | HttpResponse:
        work = partial(handler, view, request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if key is None:
            return work()
        try:
            row = _row(request, key)
        except (TooLarge, UnsupportedMediaType):
            # A body that nobody may read is the work's to refuse, and to count.
            return work()
        return retrying(lambda: _once(row, view, work))

    return once


def _row(request: Request, key: str) -> IdempotencyKey:
    if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: [f"It must have 1 to {LONGEST} printable ASCII characters."]})
    return IdempotencyKey(
        user=cast(User, request.user),
        key=key,
        route=f"{request.method} {request.path}"[:200],
        body_hash=hashlib.sha256(raw(request)).hexdigest(),
        created_at=clock.now(),
    )


def _once(row: IdempotencyKey, view: APIView, work: Callable[[], Response]) -> HttpResponse:
    row.pk = None
    with transaction.atomic():
        if not _is_first(row):
            return _replay(row)
        with transaction.atomic():
            response = _answer(view, work)
        row.status = response.status_code
        # As text, not as JSON: the database would order an object's members its own way.
        row.body = JSONRenderer().render(response.data).decode()
        row.save(update_fields=["status", "body"])
    return _as_kept(row, response)


def _is_first(row: IdempotencyKey) -> bool:
    """Insert the key, waiting five seconds at most for whoever holds it now. Raises Problem 409."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            row.save(force_insert=True)
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except IntegrityError:
        return False
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != LOCK_TIMEOUT:
            raise
        raise Problem(409, "A request with this Idempotency-Key is still at work. Try again in a moment.") from None
    return True


def _replay(row: IdempotencyKey) -> HttpResponse:
    first = IdempotencyKey.objects.get(user=row.user_id, key=row.key)
    if (first.route, first.body_hash) != (row.route, row.body_hash):
        raise Problem(409, "This Idempotency-Key was used for another request.")
    response = _as_kept(first)
    response[REPLAYED] = "true"
    return response


def _answer(view: APIView, work: Callable[[], Response]) -> Response:
    """The work's answer, or the refusal that it raised; a fault of ours goes on upwards and nothing is kept."""
    try:
        return work()
    except Exception as error:
        return view.handle_exception(error)


def _as_kept(row: IdempotencyKey, first: Response | None = None) -> HttpResponse:
    content_type = MEDIA_TYPE if row.status >= 400 else "application/json"
    headers = {name: value for name, value in first.items() if name != "Content-Type"} if first is not None else {}
    return HttpResponse(row.body, status=row.status, content_type=content_type, headers=headers)
