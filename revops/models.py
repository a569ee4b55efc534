"""The house's own rows: its clock, its pulse, and what the API answered to whom."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ClockOffset(models.Model):
    """How far the trial's clock stands from the real one; a single row, read only with AIRTIGHT_TEST_CLOCK."""

    offset = models.DurationField()

    class Meta:
        constraints = [models.CheckConstraint(name="clock_offset_single", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.offset)


class Heartbeat(models.Model):
    """When a process was last seen at work, in real time."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """The first answer to a request, replayed to each repetition of it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    route = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


class LastLook(models.Model):
    """When somebody last opened the dashboard, so that it can say what came in since."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="last_look")
    at = models.DateTimeField()
    before = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.user_id)


class WeeklyNotice(models.Model):
    """What RevOps is told once a week: the suppressed people who asked for a call from `since` to `until`."""

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        SENT = "sent", "sent"
        SKIPPED = "skipped", "nothing to tell, or nothing connected"
        DEAD = "dead", "failed for good"

    since = models.DateTimeField()
    until = models.DateTimeField(unique=True)
    asked = models.PositiveIntegerField("asked for a call")
    status = models.CharField(max_length=10, choices=Status.choices)
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    answer = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="weekly_notice_status_known", condition=Q(status__in=["pending", "sent", "skipped", "dead"])
            ),
            models.CheckConstraint(name="weekly_notice_has_days", condition=Q(until__gt=models.F("since"))),
        ]

    def __str__(self) -> str:
        return f"week to {self.until:%Y-%m-%d}"
