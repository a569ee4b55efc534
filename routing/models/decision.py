"""What was decided of a lead, and why."""

from django.db import models

from leads.models import Lead, LeadEvent, Rep, RuleSet, Team, Territory


class Decision(models.Model):
    """Why a lead went where it went: inputs, rule versions, and each criterion, territory and rep with its verdict."""

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="decisions", db_index=False, db_constraint=False)
    event = models.ForeignKey(LeadEvent, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    outcome = models.CharField(max_length=30)
    sentence = models.CharField(max_length=500)
    rep = models.ForeignKey(Rep, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    territory = models.ForeignKey(
        Territory, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    rules = models.ForeignKey(
        RuleSet, models.PROTECT, null=True, related_name="decisions", db_index=False, db_constraint=False
    )
    inputs = models.JSONField(default=dict)
    steps = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["lead", "at"], name="decision_lead_at")]

    def __str__(self) -> str:
        return self.sentence
