"""How far each kind of the CRM's records has been pulled, so that a pull goes on where it was."""

from django.db import models


class CrmPull(models.Model):
    """One kind's pull. `since` is from when the next one asks for changes; `cursor` is where a running one stands."""

    class Kind(models.TextChoices):
        ACCOUNTS = "accounts", "accounts"
        OPPORTUNITIES = "opportunities", "opportunities"
        LEADS = "leads", "leads"
        ACTIVITIES = "activities", "activities"

    kind = models.CharField(max_length=20, choices=Kind.choices, primary_key=True)
    since = models.DateTimeField("changes from", null=True)
    cursor = models.TextField(blank=True)
    began_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField("rows of this pull", default=0)
    left_out = models.PositiveIntegerField("rows that could not be kept", default=0)
    done_at = models.DateTimeField("last finished", null=True)
    error = models.CharField(max_length=500, blank=True)
    error_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "CRM pull"

    def __str__(self) -> str:
        return self.get_kind_display()
