from django.db import models
from django.db.models import Q


class IntentSignal(models.Model):
    """Something a person or a company did that tells of interest."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="signals")
    person_key = models.CharField(max_length=320, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    kind = models.CharField(max_length=60)
    points = models.IntegerField(default=0)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    dedupe_id = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dedupe_id"], condition=~Q(dedupe_id=""), name="signal_once"),
            models.CheckConstraint(name="signal_of_somebody", condition=~Q(person_key="") | ~Q(domain="")),
        ]
        indexes = [
            models.Index(fields=["person_key", "occurred_at"], name="signal_person"),
            models.Index(fields=["domain", "occurred_at"], name="signal_domain"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.points})"
