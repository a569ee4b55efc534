"""What a recycled lead waits for."""

from django.db import models
from django.db.models import Q

from leads.models import Lead, LeadEvent, Reason, Track


class Feature(models.Model):
    """Something leads asked for: the product-feedback queue."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=150)
    shipped_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """A lead's stay on a nurture track, because of a reason."""

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="enrolments")
    event = models.ForeignKey(LeadEvent, models.PROTECT, related_name="+")
    reason = models.ForeignKey(Reason, models.PROTECT, related_name="+")
    track = models.ForeignKey(Track, models.PROTECT, related_name="enrolments")
    feature = models.ForeignKey(Feature, models.PROTECT, null=True, related_name="enrolments")
    last_owner = models.ForeignKey("leads.Rep", models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead"], condition=Q(ended_at__isnull=True), name="enrolment_open_once"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} on {self.track}"


class Dispute(models.Model):
    """A rep said Not ICP of a lead that the criteria called ICP: where two teams' definitions part."""

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="disputes")
    event = models.ForeignKey(LeadEvent, models.PROTECT, related_name="+")
    rep = models.ForeignKey("leads.Rep", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    criteria_met = models.JSONField(default=list)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"dispute over lead {self.lead_id}"
