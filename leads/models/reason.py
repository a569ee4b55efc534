"""Why a lead left the way to sales, and the road that reason gives it back."""

from django.db import models
from django.db.models import Q


class Track(models.Model):
    """A nurture track: where a lead waits, for how long, and what brings it back."""

    class Trigger(models.TextChoices):
        FORM = "form", "the person submits a form"
        PRICING = "pricing", "a pricing page visit"
        FEATURE = "feature", "the feature ships"
        INTENT = "intent", "the intent score passes the bar"

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    step = models.CharField(
        "at the date",
        max_length=10,
        choices=[("return", "re-engage"), ("review", "judge again by today's rules")],
        default="review",
    )
    days = models.PositiveIntegerField("days until then", default=90)
    triggers = models.JSONField(
        default=list, blank=True, help_text="What brings a lead back before its date: form, pricing, feature, intent."
    )
    external_id = models.CharField("list or campaign in the MAP", max_length=100, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="track_step_known", condition=Q(step__in=["return", "review"])),
            models.CheckConstraint(name="track_days_range", condition=Q(days__gte=1, days__lte=3650)),
        ]

    def __str__(self) -> str:
        return self.name


class Reason(models.Model):
    """A reason has exactly one outcome; what its outcome needs to know is asked of whoever gives it."""

    class Outcome(models.TextChoices):
        NURTURE = "nurture", "nurture track"
        REROUTE = "reroute", "routing again"
        REBUFFER = "rebuffer", "enrich and judge again"
        SUPPRESS = "suppress", "suppressed from sales outreach"
        MERGE = "merge", "merged into another lead"
        ACCOUNT_OWNER = "account_owner", "to the account's owner"

    class Asks(models.TextChoices):
        NOTHING = "", "nothing"
        UNTIL = "until", "a date (optional)"
        FEATURE = "feature", "a feature"
        FIELD = "field", "the field that is wrong"
        LEAD = "lead", "the lead it repeats"

    code = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=60)
    hint = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    asks = models.CharField(max_length=10, choices=Asks.choices, default=Asks.NOTHING, blank=True)
    track = models.ForeignKey(Track, models.PROTECT, null=True, blank=True)
    for_people = models.BooleanField(default=True, help_text="Off for the verdicts of the rules themselves.")
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reason_outcome_known",
                condition=Q(outcome__in=["nurture", "reroute", "rebuffer", "suppress", "merge", "account_owner"]),
            ),
            models.CheckConstraint(
                name="reason_track_where_its_outcome_asks_for_one",
                condition=~Q(outcome="nurture") | Q(track__isnull=False),
                violation_error_message="A reason that ends in nurture needs a nurture track.",
            ),
            models.CheckConstraint(
                name="reason_asks_what_its_outcome_needs",
                condition=~Q(outcome="rebuffer", asks__in=["", "until", "feature", "lead"])
                & ~Q(outcome="merge", asks__in=["", "until", "feature", "field"]),
                violation_error_message="Bad data must ask for the field that is wrong, a duplicate for the lead.",
            ),
        ]

    def __str__(self) -> str:
        return self.label
