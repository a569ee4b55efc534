from django.conf import settings
from django.db import models
from django.db.models import F, Q

from leads.models.event import LeadEvent
from leads.models.lead import Lead
from leads.models.team import Team


class Alert(models.Model):
    """Something of a lead that a manager is to see: within their open minutes, or the deputy is asked, then RevOps.

    `due_at` is when it is passed on next, null once nobody is left to ask or it is done; `within` is the policy's of
    when it was raised.
    """

    class How(models.TextChoices):
        SLACK = "slack", "in Slack"
        PAGE = "page", "on its page"
        MOVED_ON = "moved_on", "the lead went on"

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="alerts", db_index=False, db_constraint=False)
    event = models.OneToOneField(LeadEvent, models.PROTECT, related_name="alert", db_constraint=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="alerts", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=20)
    seq = models.PositiveIntegerField(help_text="The lead's seq that it speaks of.")
    raised_at = models.DateTimeField()
    within = models.PositiveIntegerField("to be seen within (min)")
    due_at = models.DateTimeField(null=True)
    deputy_at = models.DateTimeField("deputy asked", null=True)
    revops_at = models.DateTimeField("RevOps asked", null=True)
    done_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=10, choices=How.choices, blank=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="alert_done_somehow",
                condition=Q(done_at__isnull=True, how="") | (~Q(how="") & Q(done_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="alert_waits_for_nobody_once_done", condition=Q(done_at__isnull=True) | Q(due_at__isnull=True)
            ),
            models.CheckConstraint(
                name="alert_seen_by_a_person",
                condition=Q(how__in=["", "moved_on"], seen_by__isnull=True)
                | Q(how__in=["slack", "page"], seen_by__isnull=False),
            ),
            models.CheckConstraint(
                name="alert_not_passed_on_early",
                condition=Q(deputy_at__isnull=True) | Q(deputy_at__gte=F("raised_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alert_due"),
            models.Index(fields=["lead"], condition=Q(done_at__isnull=True), name="alert_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of lead {self.lead_id}"
