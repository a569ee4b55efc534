"""What sources and signals say about intent."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q


class Source(models.Model):
    """What coming from a source says about intent."""

    name = models.CharField(max_length=100, unique=True)
    base_points = models.PositiveSmallIntegerField(
        default=0,
        help_text="Part of the intent score, which is known by them alone. With 0 the source says nothing of intent.",
    )
    hand_raise = models.BooleanField(default=False, help_text="Coming from here is asking for a call.")

    def __str__(self) -> str:
        return self.name


class SignalKind(models.Model):
    """What signals of a kind count, how fast that fades, and how much they count together at most."""

    EVERYTHING_ELSE = "*"

    name = models.CharField(
        "kind",
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^(\*|[a-z][a-z0-9_.-]*)$", "Small letters, digits, _ . and -; or * alone.")],
        help_text="As it is sent, such as pricing_visit; * is for every kind without a row of its own.",
    )
    points = models.SmallIntegerField(
        null=True, blank=True, help_text="-100 to 100 each. Blank for the points that each is sent with."
    )
    half_life_days = models.FloatField(
        "half-life (days)", null=True, blank=True, help_text="So old it counts half. Blank for points that never fade."
    )
    cap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The most that all of a kind count together. Blank for no limit but 100."
    )

    class Meta:
        verbose_name = "kind of signal"
        verbose_name_plural = "kinds of signal"
        constraints = [
            models.CheckConstraint(
                name="signal_kind_points_range",
                condition=Q(points__isnull=True) | Q(points__gte=-100, points__lte=100),
                violation_error_message="From -100 to 100 points.",
            ),
            models.CheckConstraint(
                name="signal_kind_half_life_range",
                condition=Q(half_life_days__isnull=True) | Q(half_life_days__gte=0.01, half_life_days__lte=3650),
                violation_error_message="A half-life has 0.01 to 3650 days.",
            ),
            models.CheckConstraint(
                name="signal_kind_cap_range",
                condition=Q(cap__isnull=True) | Q(cap__lte=100),
                violation_error_message="The intent score goes from 0 to 100.",
            ),
        ]

    def __str__(self) -> str:
        return "every other kind" if self.name == self.EVERYTHING_ELSE else self.name
