from django.conf import settings
from django.db import models

from leads.models.event import LeadEvent
from leads.models.lead import Lead
from leads.models.team import Rep


class SentBack(models.Model):
    """A lead that a manager or RevOps took from a rep and sent back to routing, and why in their words.

    The event says that it happened, for good; the reason stands here, where it can be erased.
    """

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="sent_back")
    event = models.OneToOneField(LeadEvent, models.PROTECT, related_name="sent_back")
    rep = models.ForeignKey(Rep, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_index=True)
    reason = models.CharField(max_length=500)

    class Meta:
        verbose_name = "lead sent back"
        verbose_name_plural = "leads sent back"
        constraints = [models.CheckConstraint(name="sent_back_with_a_reason", condition=~models.Q(reason=""))]

    def __str__(self) -> str:
        return f"lead {self.lead_id}, from {self.rep}"
