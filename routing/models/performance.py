"""What each rep's leads came to, as it was last worked out, and what that is worth in leads."""

from django.db import models
from django.db.models import F, Q

from leads.models import Rep, Team
from routing.performance import LEAST, MOST, Comparison, Tally


class PerformanceScore(models.Model):
    """A rep's counts and what they come to; `weight` is against a rep at the mean of `team`, which has 1."""

    rep = models.OneToOneField(Rep, models.CASCADE, related_name="performance")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    touch_n = models.PositiveIntegerField(default=0)
    touch_k = models.PositiveIntegerField(default=0)
    touch_shrunk = models.FloatField(default=0)
    conversion_n = models.PositiveIntegerField(default=0)
    conversion_k = models.PositiveIntegerField(default=0)
    conversion_shrunk = models.FloatField(default=0)
    weight = models.FloatField(default=1)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="performance_score_counts",
                condition=Q(touch_k__lte=F("touch_n"), conversion_k__lte=F("conversion_n")),
            ),
            models.CheckConstraint(
                name="performance_score_weight_bounded", condition=Q(weight__gte=LEAST, weight__lte=MOST)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep}: {self.weight:.2f}"

    @property
    def touches(self) -> Tally:
        return Tally(self.touch_n, self.touch_k)

    @property
    def conversions(self) -> Tally:
        return Tally(self.conversion_n, self.conversion_k)


class PerformanceFit(models.Model):
    """How one measure was fitted over all teams: `strength` in leads, null where reps differ no more than chance has
    them, and the mean log-loss over `n` outcomes that were held back, by each way to foretell them."""

    class Measure(models.TextChoices):
        TOUCH = "touch", "Verified touches in time"
        CONVERSION = "conversion", "Verified conversions"

    measure = models.CharField(max_length=20, choices=Measure.choices, unique=True)
    strength = models.FloatField(null=True)
    n = models.PositiveIntegerField()
    raw_loss = models.FloatField()
    shrunk_loss = models.FloatField()
    equal_loss = models.FloatField()
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.get_measure_display()

    @property
    def comparison(self) -> Comparison:
        return Comparison(self.n, self.raw_loss, self.shrunk_loss, self.equal_loss)
