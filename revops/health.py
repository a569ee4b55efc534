"""Is the process up, is the service ready, and the figures for Prometheus."""

import hmac
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Count, Min, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.models import OrmQ
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from leads import states
from leads.models import Delivery, Lead
from revops import clock, lateness
from revops.migrated import unapplied
from revops.slack import socket_pulse
from revops.sweep import pulse_age

SWEEP_AGE = timedelta(seconds=180)
WORKER_AGE = timedelta(seconds=300)
DELIVERY_AGE = timedelta(minutes=15)
QUEUE_AGE = timedelta(minutes=5)
# A lead this long past its deadline that no sweep has acted on.
LATE = timedelta(minutes=2)
NEVER = timedelta.max


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Each part of the service, and 503 when one of those that it needs is not ready."""
    parts = {name: trouble(check) for name, check in CHECKS.items()}
    ready = not any(parts.values())
    parts |= {name: trouble(check) for name, check in BESIDE.items()}
    body = {"status": "ready" if ready else "not ready", "parts": {name: text or "ok" for name, text in parts.items()}}
    response = JsonResponse(body, status=200 if ready else 503)
    if not ready:
        response["Retry-After"] = "10"
    return response


def trouble(check: Callable[[], str]) -> str:
    try:
        return check()
    except DatabaseError:
        return "the database cannot be asked"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def migrations() -> str:
    missing = unapplied()
    return f"{missing} migrations are not applied" if missing else ""


def sweep() -> str:
    return too_old("the sweep's last sign of life", pulse_age("sweep") or NEVER, SWEEP_AGE)


def worker() -> str:
    return too_old("the workers' last sign of life", pulse_age("worker") or NEVER, WORKER_AGE)


def deliveries() -> str:
    return too_old("the oldest delivery that is due", oldest_delivery(at=clock.now()), DELIVERY_AGE)


def queue() -> str:
    return too_old("the oldest task in the queue", oldest_task(), QUEUE_AGE)


CHECKS = {
    "database": database,
    "migrations": migrations,
    "sweep": sweep,
    "worker": worker,
    "deliveries": deliveries,
    "queue": queue,
}
# Told, but no reason to send nobody here any more: without it pages, the API and every deadline work.
BESIDE = {"slack_socket": socket_pulse.trouble}


def too_old(what: str, age: timedelta, limit: timedelta) -> str:
    if age <= limit:
        return ""
    return f"{what} was never seen" if age == NEVER else f"{what} is {int(age.total_seconds())} s old"


def oldest_delivery(*, at: datetime) -> timedelta:
    """How long the delivery has waited that has waited longest for being sent."""
    waiting = Delivery.objects.filter(status=Delivery.Status.PENDING, next_try_at__lte=at)
    first = waiting.aggregate(at=Min("next_try_at"))["at"]
    return at - first if first else timedelta(0)


def oldest_task() -> timedelta:
    """How long a background task has been there for the taking, in real time."""
    first = OrmQ.objects.aggregate(at=Min("lock"))["at"]
    return max(datetime.now(UTC) - first, timedelta(0)) if first else timedelta(0)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, for who knows METRICS_TOKEN; where none is set, for this machine alone."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    elif not is_local(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(Figures(at=clock.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def is_local(request: HttpRequest) -> bool:
    """From this machine, and not handed on by a proxy that runs on it."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR") or "")
    except ValueError:
        return False
    return address.is_loopback and "X-Forwarded-For" not in request.headers and "Forwarded" not in request.headers


class Figures(Collector):
    def __init__(self, *, at: datetime) -> None:
        self.at = at

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield _by_label("airtight_leads", "Leads by state.", "state", self._states())
        leads = Lead.objects.aggregate(
            late=Count("pk", filter=Q(due_at__lt=self.at - LATE)), aside=Count("pk", filter=Q(retry_at__isnull=False))
        )
        yield _plain("airtight_leads_late", "Leads past their deadline that no sweep has acted on.", leads["late"])
        yield _plain("airtight_leads_put_aside", "Leads that raise, to be tried again.", leads["aside"])
        buckets, late = lateness.histogram()
        name, text = "airtight_deadline_lateness_seconds", "How late the sweep acted on deadlines; their number."
        yield HistogramMetricFamily(name, text, buckets=buckets, sum_value=late)
        yield _by_label("airtight_deliveries", "Deliveries by status.", "status", _statuses())
        oldest = oldest_delivery(at=self.at).total_seconds()
        yield _plain("airtight_oldest_delivery_seconds", "How long the oldest due delivery has waited.", oldest)
        yield _plain("airtight_queue_tasks", "Background tasks in the queue.", OrmQ.objects.count())
        yield _plain("airtight_oldest_task_seconds", "How long the oldest has waited.", oldest_task().total_seconds())
        for name in ("sweep", "timer", "worker", socket_pulse.SOCKET):
            if (age := pulse_age(name)) is not None:
                yield _plain(f"airtight_{name}_age_seconds", "Since its last sign of life.", age.total_seconds())

    def _states(self) -> dict[str, int]:
        counted = Lead.objects.values_list("state").annotate(count=Count("pk"))
        return dict.fromkeys(states.STATES, 0) | dict(counted)


def _statuses() -> dict[str, int]:
    counted = Delivery.objects.values_list("status").annotate(count=Count("pk"))
    return dict.fromkeys(Delivery.Status.values, 0) | dict(counted)


def _plain(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _by_label(name: str, text: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
