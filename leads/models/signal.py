from django.db import models
from django.db.models import Q


class IntentSignal(models.Model):
    """Something a person or a company did that tells of interest."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="signals")
    person_key = models.CharField(max_length=320, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    anonymous_id = models.CharField(max_length=200, blank=True)
    is_provisional = models.BooleanField(
        "theirs for now",
        default=False,
        help_text="Counted for whoever identified last, until somebody identifies again.",
    )
    kind = models.CharField(max_length=60)
    points = models.IntegerField(default=0)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    dedupe_id = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dedupe_id"], condition=~Q(dedupe_id=""), name="signal_once"),
            models.CheckConstraint(
                name="signal_of_somebody", condition=~Q(person_key="") | ~Q(domain="") | ~Q(anonymous_id="")
            ),
            models.CheckConstraint(
                name="signal_for_now_is_a_visitors",
                condition=Q(is_provisional=False) | (~Q(anonymous_id="") & ~Q(person_key="")),
            ),
        ]
        indexes = [
            models.Index(fields=["person_key", "occurred_at"], name="signal_person"),
            models.Index(fields=["domain", "occurred_at"], name="signal_domain"),
            models.Index(fields=["anonymous_id", "occurred_at"], condition=~Q(anonymous_id=""), name="signal_visitor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.points})"
