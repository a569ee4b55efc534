"""The house's own rows: its clock, its pulse, what the API answered to whom, and who may knock by webhook."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from revops import sealing


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


class Lateness(models.Model):
    """How many deadlines the sweep has acted on, ever, at most `up_to` seconds late and later than the row before."""

    LATER = 1_000_000_000
    BOUNDS = (1, 2, 5, 10, 30, 60, 90, 300, 3_600, LATER)

    up_to = models.PositiveIntegerField(primary_key=True)
    count = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        verbose_name_plural = "lateness"

    def __str__(self) -> str:
        return f"up to {self.up_to} s"


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


class Notice(models.Model):
    """Something that RevOps is told of no one lead, of the time from `since` to `until`."""

    class Kind(models.TextChoices):
        ASKED_ANYWAY = "asked_anyway", "suppressed people who asked for a call"
        CREDENTIAL = "credential", "a vendor refuses its key"
        SLACK = "slack", "Slack does not answer"
        CONVERSATION = "conversation", "Slack conversations that cannot be reached"
        DEAD = "dead", "deliveries that failed for good"
        DIGEST = "digest", "the day's digest"
        ASIDE = "aside", "leads that the system fails on"
        SILENT = "silent", "a process that gives no sign of life"

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        SENT = "sent", "sent"
        SKIPPED = "skipped", "nothing to tell, or nothing connected"
        DEAD = "dead", "failed for good"

    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ASKED_ANYWAY)
    subject = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices)
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    answer = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "until"], name="notice_once"),
            models.CheckConstraint(
                name="notice_status_known", condition=Q(status__in=["pending", "sent", "skipped", "dead"])
            ),
            models.CheckConstraint(
                name="notice_kind_known",
                condition=Q(
                    kind__in=[
                        "asked_anyway",
                        "credential",
                        "slack",
                        "conversation",
                        "dead",
                        "digest",
                        "aside",
                        "silent",
                    ]
                ),
            ),
            models.CheckConstraint(name="notice_has_a_time", condition=Q(until__gte=models.F("since"))),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.until:%Y-%m-%d}"

    @property
    def mark(self) -> str:
        """What a posted one is looked for by."""
        subject = self.subject.replace(" ", ".")
        return f"{self.kind}/{subject}/{self.until:%Y-%m-%dT%H%M%S}".replace("//", "/")


def digest(token: str) -> str:
    """How the token of a webhook's address is kept. It is long and random, so that one round hides it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class HookSource(models.Model):
    """Somebody who may knock by webhook: their address, their secret, and what their events mean (its rules)."""

    class Kind(models.TextChoices):
        SEGMENT = "segment", "Segment"
        RUDDERSTACK = "rudderstack", "RudderStack"
        STANDARD = "standard", "Standard Webhooks"

    BOTH_SECRETS_FOR = timedelta(days=1)

    name = models.CharField(max_length=60, unique=True, help_text="Leads from here have this source, unless told else.")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    active = models.BooleanField(default=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    secret = models.TextField(editable=False, help_text="Sealed.")
    previous_secret = models.TextField(blank=True, editable=False, help_text="Sealed.")
    previous_until = models.DateTimeField("the secret before is good until", null=True, editable=False)
    last_knock_at = models.DateTimeField("last knock", null=True, editable=False)

    class Meta:
        verbose_name = "webhook"
        constraints = [
            models.CheckConstraint(
                name="hook_source_kind_known", condition=Q(kind__in=["segment", "rudderstack", "standard"])
            ),
            models.CheckConstraint(name="hook_source_has_a_secret", condition=~Q(secret="") & ~Q(token_hash="")),
            models.CheckConstraint(
                name="hook_source_previous_ends", condition=Q(previous_secret="") | Q(previous_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def change_secret(self, secret: str, *, at: datetime) -> None:
        """From now on `secret`; the one before stays good for a day, so that the sender can be changed meanwhile."""
        if self.secret:
            self.previous_secret, self.previous_until = self.secret, at + self.BOTH_SECRETS_FOR
        self.secret = sealing.seal(secret)

    def secrets(self, *, at: datetime) -> Iterator[str]:
        """Those in force. One sealed under a lost SECRET_KEY counts for nothing."""
        sealed = [self.secret]
        if self.previous_secret and self.previous_until and at < self.previous_until:
            sealed.append(self.previous_secret)
        for one in sealed:
            try:
                yield sealing.unseal(one)
            except sealing.Unreadable:
                continue


class HookRule(models.Model):
    """What an event means, the first rule that fits it: a signal of a kind, or a lead. Without one it means nothing."""

    class Does(models.TextChoices):
        SIGNAL = "signal", "signal"
        LEAD = "lead", "lead"
        NOTHING = "nothing", "nothing"

    class Call(models.TextChoices):
        IDENTIFY = "identify", "identify"
        TRACK = "track", "track"
        PAGE = "page", "page"
        SCREEN = "screen", "screen"
        GROUP = "group", "group"
        ALIAS = "alias", "alias"

    source = models.ForeignKey(HookSource, models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField(default=10, help_text="Rules are tried in this order.")
    call = models.CharField(max_length=10, choices=Call.choices, blank=True, help_text="Blank for any.")
    name = models.CharField(
        "event", max_length=200, blank=True, help_text="Its name, or a page's path; * for any letters. Blank for any."
    )
    does = models.CharField("makes", max_length=10, choices=Does.choices, default=Does.SIGNAL)
    kind = models.CharField(
        "kind of signal",
        max_length=60,
        blank=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_.-]*$", "Small letters, digits, _ . and -, such as pricing_visit.")],
    )
    points = models.SmallIntegerField(default=10, help_text="For kinds that have no points of their own.")
    lead_source = models.CharField(max_length=100, blank=True, help_text="The lead's source; blank for the webhook.")

    class Meta:
        verbose_name = "rule"
        constraints = [
            models.CheckConstraint(
                name="hook_rule_signal_has_a_kind",
                condition=~Q(does="signal") | ~Q(kind=""),
                violation_error_message="Name the kind of signal that it is.",
            ),
            models.CheckConstraint(
                name="hook_rule_points_range",
                condition=Q(points__gte=-100, points__lte=100),
                violation_error_message="From -100 to 100 points.",
            ),
            models.CheckConstraint(name="hook_rule_does_known", condition=Q(does__in=["signal", "lead", "nothing"])),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.call, self.name))) or "any event"


class HookEvent(models.Model):
    """An event that was taken, by the sender's own id of it: sent again, it does nothing."""

    class Outcome(models.TextChoices):
        SIGNAL = "signal", "signal"
        LEAD = "lead", "lead"
        IDENTIFIED = "identified", "identified"
        REFUSED = "refused", "refused"

    # Those that made leads are kept for good; a signal's own dedupe id is, too.
    KEPT = timedelta(days=90)

    source = models.ForeignKey(HookSource, models.CASCADE, related_name="events")
    event_id = models.CharField(max_length=150)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "event_id"], name="hook_event_once")]
        indexes = [models.Index(fields=["received_at"], name="hook_event_received")]

    def __str__(self) -> str:
        return self.event_id


class HookRefusal(models.Model):
    """How often knocks were refused and why; without a source, those at an address that is nobody's."""

    source = models.ForeignKey(HookSource, models.CASCADE, null=True, related_name="refusals")
    reason = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = "refused knock"
        constraints = [
            models.UniqueConstraint(fields=["source", "reason"], nulls_distinct=False, name="hook_refusal_once")
        ]

    def __str__(self) -> str:
        return self.reason
