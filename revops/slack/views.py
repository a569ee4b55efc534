"""Slack's door over HTTP: signed by Slack, and acknowledged within its three seconds."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from revops.api.bodies import declared
from revops.integrations.slack_signature import BadSignature, verify
from revops.slack import payloads
from revops.slack.answering import answer
from revops.slack.doing import Busy
from revops.slack.payloads import NotUnderstood

LARGEST_BODY = 1024 * 1024


@csrf_exempt
@require_POST
def slack(request: HttpRequest) -> HttpResponse:
    """Every interaction arrives here. 401 says no more than that: whoever forged it learns nothing."""
    if not settings.SLACK_SIGNING_SECRET:
        raise Http404
    if declared(request.META) > LARGEST_BODY:
        return HttpResponse(status=413)
    if not _is_signed(request):
        return HttpResponse(status=401)
    try:
        said = answer(payloads.read(request.body))
    except NotUnderstood:
        return HttpResponse(status=400)
    except Busy:
        # Slack tells who clicked that it failed, which is so: nothing was begun.
        return HttpResponse(status=503)
    return JsonResponse(said) if said else HttpResponse()


def _is_signed(request: HttpRequest) -> bool:
    try:
        verify(
            secrets=settings.SLACK_SIGNING_SECRET.split(","),
            timestamp=request.headers.get("X-Slack-Request-Timestamp", ""),
            signature=request.headers.get("X-Slack-Signature", ""),
            body=request.body,
            # Real time, as Slack's own clock has it, wherever a trial's clock may stand.
            at=datetime.now(UTC),
        )
    except BadSignature:
        return False
    return True
