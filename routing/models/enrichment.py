"""The vendors of company data, and what they were asked and said."""

from django.db import models
from django.db.models import Q

from leads.models import Lead

# A worker is ended after a minute, and asks several vendors in that time.
MOST_VENDOR_SECONDS = 20
# What is known of a lead's company.
FIRMOGRAPHICS = ("country", "region", "city", "employee_count", "industry", "annual_revenue", "tech_stack")


def all_firmographics() -> list[str]:
    return list(FIRMOGRAPHICS)


class Vendor(models.Model):
    """An enrichment vendor's place in the waterfall, and what is taken from it. It is on where its key is set."""

    name = models.CharField(max_length=30, unique=True)
    position = models.PositiveSmallIntegerField(default=100, help_text="Vendors are asked in this order.")
    active = models.BooleanField(default=True)
    fields = models.JSONField(default=all_firmographics, help_text="What is taken from it; another may know better.")
    seconds = models.FloatField("time-out (s)", default=8.0, help_text="For a whole call, whatever it waits for.")
    credits_a_day = models.PositiveIntegerField(null=True, blank=True, help_text="Blank for no limit of ours.")
    credits_a_month = models.PositiveIntegerField(null=True, blank=True, help_text="Blank for no limit of ours.")
    keep_days = models.PositiveSmallIntegerField(
        "keep an answer (days)", default=90, help_text="Another lead from the company costs no credit so long."
    )
    keep_no_match_days = models.PositiveSmallIntegerField(
        "keep a 'not known' (days)", default=14, help_text="And that it refuses a company's domain. A day at the least."
    )

    class Meta:
        verbose_name = "enrichment vendor"
        constraints = [
            models.CheckConstraint(
                name="vendor_seconds_bounded",
                condition=Q(seconds__gte=1, seconds__lte=MOST_VENDOR_SECONDS),
                violation_error_message=f"From 1 to {MOST_VENDOR_SECONDS} seconds.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class VendorAnswer(models.Model):
    """What a vendor said of a company when it was asked; kept for every other lead from there until `good_until`.

    Where it failed or is looking into it, that is when it may be asked about the company again. `credits` are what it
    cost by the settings of that time.
    """

    class Outcome(models.TextChoices):
        MATCH = "match", "known"
        NO_MATCH = "no_match", "not known"
        PENDING = "pending", "looking into it"
        FAILED = "failed", "failed"
        REFUSED = "refused", "refuses this domain"

    vendor = models.CharField(max_length=30)
    domain = models.CharField(max_length=253)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    values = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    credits = models.PositiveSmallIntegerField(default=0, db_default=0)
    asked_at = models.DateTimeField()
    good_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["domain", "vendor", "good_until"], name="vendor_answer_kept"),
            models.Index(fields=["vendor", "asked_at"], name="vendor_answer_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} on {self.domain}: {self.outcome}"


class Enquiry(models.Model):
    """One lead's company, to be asked about while the lead is in the buffer; the row is the queue."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="enquiries")
    domain = models.CharField(max_length=253)
    asked_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "enquiries"
        constraints = [
            models.UniqueConstraint(fields=["lead"], condition=Q(done_at__isnull=True), name="enquiry_open_once")
        ]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(done_at__isnull=True), name="enquiry_open")]

    def __str__(self) -> str:
        return f"{self.domain} for lead {self.lead_id}"


class EnrichmentAnswer(models.Model):
    """What one provider told one lead of its company; `values` are those that the lead took from it."""

    class Outcome(models.TextChoices):
        MATCH = "match", "known"
        NO_MATCH = "no_match", "not known"
        FAILED = "failed", "failed"

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="enrichment")
    provider = models.CharField(max_length=30)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    values = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["lead", "provider"], name="enrichment_lead_provider")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.outcome}"
