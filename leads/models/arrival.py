from django.db import models
from django.db.models import Q


class Arrival(models.Model):
    """A knock at the door, whatever became of it: the books begin here, so nothing can be lost before them."""

    class Outcome(models.TextChoices):
        NEW = "new", "a new lead"
        JOINED = "joined", "joined an open lead"
        REFUSED = "refused", "refused"
        SUPPRESSED = "suppressed", "suppressed person"

    at = models.DateTimeField()
    door = models.CharField(max_length=20)
    source = models.CharField(max_length=100, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    code = models.CharField("reason", max_length=40, blank=True)
    hand_raise = models.BooleanField(default=False)
    lead = models.ForeignKey("leads.Lead", models.PROTECT, null=True, related_name="arrivals")
    reference = models.CharField(max_length=300, blank=True, help_text="The sender's own id, or file and row.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="arrival_outcome_known", condition=Q(outcome__in=["new", "joined", "refused", "suppressed"])
            ),
            models.CheckConstraint(
                name="arrival_lead_or_reason",
                condition=Q(outcome__in=["new", "joined"], lead__isnull=False)
                | Q(outcome="suppressed")
                | (Q(outcome="refused", lead__isnull=True) & ~Q(code="")),
            ),
            models.UniqueConstraint(fields=["lead"], condition=Q(outcome="new"), name="arrival_new_once"),
        ]
        indexes = [
            models.Index(fields=["at"], name="arrival_at"),
            # An import looks up what an earlier run of it took in.
            models.Index(fields=["reference"], condition=Q(door="import"), name="arrival_imported"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at:%Y-%m-%d %H:%M}"
