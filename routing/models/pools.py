"""Territories' places in the order, and the reps who take turns in each."""

from django.db import models
from django.db.models import Q

from leads.models import Rep, Territory
from routing.profiles import valid_criteria


class Pool(models.Model):
    """A territory's place in the order, its criteria, and the strategy that picks among its team's reps."""

    territory = models.OneToOneField(Territory, models.CASCADE, related_name="pool")
    position = models.PositiveSmallIntegerField(default=100, help_text="Territories are tried in this order.")
    is_fallback = models.BooleanField(default=False, help_text="Takes whatever no other territory takes.")
    criteria = models.JSONField(default=dict, blank=True, validators=[valid_criteria])
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "routing rule"
        constraints = [
            models.UniqueConstraint(
                fields=["is_fallback"],
                condition=Q(is_fallback=True),
                name="pool_one_fallback",
                violation_error_message="There is a fallback territory already.",
            )
        ]

    def __str__(self) -> str:
        return str(self.territory)


class Share(models.Model):
    """A rep's place in a pool: weight, leads given, and credit for turns lost by no fault of theirs."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="shares")
    rep = models.ForeignKey(Rep, models.CASCADE, related_name="shares")
    weight = models.PositiveSmallIntegerField(default=1)
    given = models.FloatField(default=0, editable=False)
    credit = models.FloatField(default=0, editable=False)
    in_turn = models.BooleanField(default=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "rep"], name="share_once"),
            models.CheckConstraint(name="share_weight_positive", condition=Q(weight__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.rep} in {self.pool}"


class Absence(models.Model):
    """Time a rep is away. It never stops a clock; it keeps new leads from somebody who is not there."""

    rep = models.ForeignKey(Rep, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cover = models.ForeignKey(Rep, models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts",
                condition=Q(ends_at__gt=models.F("starts_at")),
                violation_error_message="An absence ends after it starts.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rep} away"
