"""Two versions of the rules compared over leads of before."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

LONGEST_DAYS = 3650


class Backtest(models.Model):
    """One comparison: what was asked, how far it is, and what came of it.

    The documents are kept as they stood when it was asked, so that what is written meanwhile changes nothing of it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting for a worker"
        RUNNING = "running", "under way"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    UNDER_WAY = ("waiting", "running")
    KEPT = timedelta(days=90)

    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    base_name = models.CharField(max_length=100)
    base = models.JSONField()
    candidate_name = models.CharField(max_length=100)
    candidate = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(help_text="When its worker last said how far it is.")
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    error = models.CharField(max_length=500, blank=True)
    # One at a time: True while it is under way.
    only = models.GeneratedField(
        expression=models.Case(models.When(status__in=UNDER_WAY, then=models.Value(True))),
        output_field=models.BooleanField(null=True),
        db_persist=True,
        unique=True,
    )

    class Meta:
        verbose_name = "comparison of rules"
        verbose_name_plural = "comparisons of rules"
        constraints = [
            models.CheckConstraint(name="backtest_days", condition=Q(days__gte=1, days__lte=LONGEST_DAYS)),
            models.CheckConstraint(name="backtest_done_of_total", condition=Q(done__lte=F("total"))),
            models.CheckConstraint(
                name="backtest_result_when_done",
                condition=Q(status="done", result__isnull=False) | (~Q(status="done") & Q(result__isnull=True)),
            ),
            models.CheckConstraint(
                name="backtest_failed_with_its_error", condition=Q(status="failed") & ~Q(error="") | ~Q(status="failed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_name} against {self.base_name}, {self.days} days"

    @property
    def is_under_way(self) -> bool:
        return self.status in self.UNDER_WAY
