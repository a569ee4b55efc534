from django.db import models
from django.db.models import Q

from leads.models.event import LAST_DAY


class Delivery(models.Model):
    """Something owed to the world outside because of an event; the row is the queue."""

    class Status(models.TextChoices):
        PENDING = "pending", "waiting"
        SENT = "sent", "sent"
        SKIPPED = "skipped", "nothing connected"
        DROPPED = "dropped", "no longer true"
        DEAD = "dead", "failed for good"

    event = models.ForeignKey(
        "leads.LeadEvent", models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
    )
    lead = models.ForeignKey(
        "leads.Lead", models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
    )
    kind = models.CharField(max_length=40)
    team = models.ForeignKey(
        "leads.Team", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    rep = models.ForeignKey(
        "leads.Rep", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    dedupe_key = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    send_at = models.DateTimeField(help_text="Not before this time.")
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    answer = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    # What waited too long is told together: `told_with` is the delivery that the others of a digest go out with.
    told_with = models.ForeignKey("self", models.SET_NULL, null=True, related_name="tells", db_index=False)
    shows = models.PositiveIntegerField(null=True, help_text="The lead's seq that a card with buttons shows.")
    mailed_at = models.DateTimeField("mailed meanwhile", null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["dedupe_key"], name="delivery_once"),
            models.CheckConstraint(
                name="delivery_status_known", condition=Q(status__in=["pending", "sent", "skipped", "dropped", "dead"])
            ),
            models.CheckConstraint(
                name="delivery_done_when_decided",
                condition=Q(status="pending", done_at__isnull=True) | (~Q(status="pending") & Q(done_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="delivery_times_in_sight", condition=Q(send_at__lt=LAST_DAY, next_try_at__lt=LAST_DAY)
            ),
            models.CheckConstraint(name="delivery_card_was_sent", condition=Q(shows__isnull=True) | Q(status="sent")),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="pending"), name="delivery_pending"),
            models.Index(fields=["lead"], condition=Q(status="dead"), name="delivery_dead"),
            models.Index(fields=["lead"], condition=Q(shows__isnull=False), name="delivery_card"),
            models.Index(fields=["lead", "kind"], name="delivery_lead_kind"),
            models.Index(fields=["told_with"], condition=Q(told_with__isnull=False), name="delivery_told_with"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for lead {self.lead_id}"
