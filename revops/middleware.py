"""Failing in a way that the caller can act on: the database away is a 503, and the API speaks problem+json always."""

import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import server_error as plain_server_error
from django_structlog.middlewares import RequestMiddleware

from revops.api.problems import MEDIA_TYPE, document
from revops.database_away import is_away
from revops.masking import masked

API = "/api/"
AGAIN_IN = 10  # seconds
AWAY = "The database cannot be reached. Try again in a moment."
DETAILS = {
    400: "The request cannot be read.",
    403: "The request was refused.",
    404: "There is nothing at this address. Addresses of the API end with a slash.",
    405: "This address does not take that method.",
    500: "Something went wrong on our side. It has been logged.",
    503: AWAY,
}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Back in a moment · Airtight</title>
<h1>Back in a moment</h1>
<p>Airtight cannot reach its database just now. Nothing is lost: no clock runs against anybody while it is away.
Reload this page in a few seconds.</p>
</html>
"""


class FailSoftly:
    """The outermost layer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 400 and request.path.startswith(API) and not _speaks_json(response):
            _as_problem(response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return away(request) if is_away(exception) else None


def away(request: HttpRequest) -> HttpResponse:
    """503, for a page or for the API."""
    response = HttpResponse(PAGE, status=503)
    if request.path.startswith(API):
        _as_problem(response)
    response["Retry-After"] = str(AGAIN_IN)
    response["Cache-Control"] = "no-store"
    return response


def server_error(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The site's handler500: also for a database that went away outside any view, in a middleware."""
    return away(request) if is_away(sys.exc_info()[1]) else plain_server_error(request)


def _speaks_json(response: HttpResponse) -> bool:
    return response.get("Content-Type", "").partition(";")[0] in (MEDIA_TYPE, "application/json")


def _as_problem(response: HttpResponse) -> None:
    """The same answer with a problem document for its body; every header that was set stays."""
    detail = {"detail": DETAILS[response.status_code]} if response.status_code in DETAILS else {}
    told = JsonResponse(document(response.status_code, **detail))
    response.content = told.content
    response["Content-Type"] = MEDIA_TYPE
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(told.content))


class LoggedRequests(RequestMiddleware):
    """The request's path in the log, without the query, for people search for people, and without a hook's token."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {masked(request.path)}"
