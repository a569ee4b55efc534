"""Every version of the rules that was ever in force, and the draft of the next."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class RuleSet(models.Model):
    """Territories, ICP, strategies, limits and policies as they stood in one version. Only ever added.

    The latest is in force. `document` is what the tables said, row by row; `digest` tells at a glance whether they say
    the same now.
    """

    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField()
    digest = models.CharField(max_length=32, editable=False)
    note = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    restores = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "version of the rules"
        verbose_name_plural = "versions of the rules"
        constraints = [
            models.CheckConstraint(name="rule_set_restores_an_older", condition=~Q(restores=models.F("id"))),
            models.CheckConstraint(name="rule_set_numbered_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"


class Draft(models.Model):
    """While there is one, what is written is for later: `base` stays in force until it is published or discarded."""

    base = models.ForeignKey(RuleSet, models.PROTECT, related_name="+")
    only = models.BooleanField(default=True, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="draft_only_one", condition=Q(only=True))]

    def __str__(self) -> str:
        return f"Draft on {self.base}"
