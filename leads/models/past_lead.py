"""A lead of before this product: what rules are tried on, and nothing else."""

from django.db import models
from django.db.models import Q

from leads import sizes
from leads.models.event import FIRST_DAY, LAST_DAY


class PastLead(models.Model):
    """What criteria ask of a lead that came long ago, and what became of it as far as that is known.

    It is no lead: nobody is given it and no clock runs. `person_key` tells whose it is, so that it can be erased.
    """

    # Who, and where from
    person_key = models.CharField(max_length=320)
    company = models.CharField(max_length=255, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    is_free_mail = models.BooleanField(default=False)
    job_title = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=120, blank=True)
    employee_count = models.PositiveBigIntegerField(null=True)
    employee_range = models.CharField(max_length=sizes.LONGEST, blank=True)
    industry = models.CharField(max_length=255, blank=True)
    annual_revenue = models.PositiveBigIntegerField(null=True)
    tech_stack = models.JSONField(default=list)
    # How it came
    captured_at = models.DateTimeField()
    source = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=255, blank=True)
    intent_score = models.PositiveSmallIntegerField(null=True)
    hand_raise = models.BooleanField(default=False)
    custom = models.JSONField(default=dict)
    # What became of it
    owner_email = models.CharField(max_length=320, blank=True)
    accepted_at = models.DateTimeField(null=True)
    first_touch_at = models.DateTimeField(null=True)
    converted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            # A file that is read again, or a later export that has the lead too, adds nothing twice.
            models.UniqueConstraint(fields=["person_key", "captured_at"], name="past_lead_once"),
            models.CheckConstraint(name="past_lead_range_of_sizes", condition=sizes.CHECK),
            models.CheckConstraint(
                name="past_lead_within_sight", condition=Q(captured_at__gte=FIRST_DAY, captured_at__lt=LAST_DAY)
            ),
            models.CheckConstraint(
                name="past_lead_came_first",
                condition=(Q(accepted_at__isnull=True) | Q(accepted_at__gte=models.F("captured_at")))
                & (Q(first_touch_at__isnull=True) | Q(first_touch_at__gte=models.F("captured_at"))),
            ),
        ]
        indexes = [
            models.Index(fields=["captured_at", "id"], name="past_lead_captured"),
        ]

    def __str__(self) -> str:
        return f"Past lead {self.pk}"
