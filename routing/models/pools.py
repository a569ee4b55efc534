"""Territories' places in the order, who takes turns in each, and how much anybody is given."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from leads.models import Lead, Rep, Team, Territory
from routing.profiles import valid_criteria

MOST_WEIGHT = 100
STRATEGIES = ("round_robin", "weighted", "load_balanced", "performance")
THEN = ("fallback", "shark_tank")


class NamedList(models.Model):
    """Accounts that belong to a territory by name, as registrable domains. A list is never edited: another takes its
    place, so that an older version of the rules finds the one it meant."""

    name = models.CharField(max_length=100)
    domains = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({len(self.domains):,})"


class Pool(models.Model):
    """A territory's place in the order, its criteria, and the strategy that picks among its team's reps.

    `team` and `active` are what is written; the territory's own are what is in force.
    """

    class Strategy(models.TextChoices):
        ROUND_ROBIN = "round_robin", "round robin"
        WEIGHTED = "weighted", "weighted"
        LOAD_BALANCED = "load_balanced", "load balanced: the fewest open leads, by weight"
        PERFORMANCE = "performance", "performance weighted"

    class Then(models.TextChoices):
        FALLBACK = "fallback", "the fallback territory, then the Shark Tank"
        SHARK_TANK = "shark_tank", "the Shark Tank"

    territory = models.OneToOneField(Territory, models.CASCADE, related_name="pool")
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100, help_text="Territories are tried in this order.")
    is_fallback = models.BooleanField(default=False, help_text="Takes whatever no other territory takes.")
    criteria = models.JSONField(default=dict, blank=True, validators=[valid_criteria])
    named = models.ForeignKey(NamedList, models.PROTECT, null=True, blank=True, related_name="pools")
    strategy = models.CharField(max_length=20, choices=Strategy.choices, default=Strategy.ROUND_ROBIN)
    owner_first = models.BooleanField(
        "account's owner first", default=True, help_text="A lead of an account that has an owner goes to that person."
    )
    skills = models.JSONField(default=list, blank=True, help_text="What its reps must have, e.g. german.")
    skill_field = models.CharField(
        max_length=60, blank=True, help_text="A field of the lead whose value its rep must have, e.g. custom.language."
    )
    longest_wait = models.PositiveSmallIntegerField(
        "longest wait (h)", default=96, help_text="For an opening, when hours, holidays or limits are why nobody may."
    )
    then = models.CharField("after that", max_length=20, choices=Then.choices, default=Then.FALLBACK)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "routing rule"
        constraints = [
            models.UniqueConstraint(
                fields=["is_fallback"],
                condition=Q(is_fallback=True),
                name="pool_one_fallback",
                violation_error_message="There is a fallback territory already.",
            ),
            models.CheckConstraint(name="pool_strategy_known", condition=Q(strategy__in=STRATEGIES)),
            models.CheckConstraint(name="pool_then_known", condition=Q(then__in=THEN)),
        ]

    def __str__(self) -> str:
        return str(self.territory)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new rule is its territory's team's, unless it says otherwise."""
        if self.team_id is None:
            self.team_id = self.territory.team_id
        super().save(*args, **kwargs)


class Weight(models.Model):
    """How much a rep is given in a pool against the others, who have 1 unless they have a row of their own."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="weights")
    rep = models.ForeignKey(Rep, models.CASCADE, related_name="+")
    weight = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "rep"],
                name="weight_once",
                violation_error_message="This rep has a weight here already.",
            ),
            models.CheckConstraint(
                name="weight_range",
                condition=Q(weight__gte=1, weight__lte=MOST_WEIGHT),
                violation_error_message=f"From 1 to {MOST_WEIGHT}.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep}: {self.weight}"


class LoadCap(models.Model):
    """The most that each rep of a team, or one rep, is given. A rep's own goes before the team's, one by one."""

    team = models.OneToOneField(Team, models.CASCADE, null=True, blank=True, related_name="load_cap")
    rep = models.OneToOneField(Rep, models.CASCADE, null=True, blank=True, related_name="load_cap")
    per_hour = models.PositiveSmallIntegerField(null=True, blank=True)
    per_day = models.PositiveSmallIntegerField(null=True, blank=True)
    per_week = models.PositiveSmallIntegerField(null=True, blank=True)
    open_leads = models.PositiveSmallIntegerField("held at a time", null=True, blank=True)
    claims_per_day = models.PositiveSmallIntegerField("claimed a day", null=True, blank=True)

    class Meta:
        verbose_name = "load cap"
        constraints = [
            models.CheckConstraint(
                name="load_cap_of_a_team_or_a_rep",
                condition=Q(team__isnull=True, rep__isnull=False) | Q(team__isnull=False, rep__isnull=True),
                violation_error_message="A load cap is a team's or one rep's.",
            )
        ]

    def __str__(self) -> str:
        return f"Load cap of {self.rep or self.team}"


class Share(models.Model):
    """A rep's place in a pool: the leads given in turn, the turns owed for leads lost by no fault of theirs, and the
    balance, which is what of their share they have not had yet."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="shares")
    rep = models.ForeignKey(Rep, models.CASCADE, related_name="shares")
    owed = models.FloatField(default=0, editable=False)
    given = models.PositiveIntegerField(default=0, editable=False)
    credit = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "rep"], name="share_once")]

    def __str__(self) -> str:
        return f"{self.rep} in {self.pool}"


class TurnCredit(models.Model):
    """One turn given back to a rep: the lead that was taken from them by no fault of theirs, and why."""

    class Why(models.TextChoices):
        REROUTED = "rerouted", "routed again, as a field was wrong"
        SENT_BACK = "sent_back", "sent back by a manager"

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="credits")
    rep = models.ForeignKey(Rep, models.CASCADE, related_name="+")
    lead = models.ForeignKey(Lead, models.PROTECT, related_name="+")
    why = models.CharField(max_length=20, choices=Why.choices)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "credit"
        constraints = [models.CheckConstraint(name="credit_why_known", condition=Q(why__in=["rerouted", "sent_back"]))]
        indexes = [models.Index(fields=["pool", "rep", "-at"], name="credit_of_a_rep")]

    def __str__(self) -> str:
        return f"{self.rep} in {self.pool}: {self.get_why_display()}"


class Absence(models.Model):
    """Time a rep is away. It never stops a clock; it keeps new leads from somebody who is not there.

    Who declared it and when are None where that is not known, as of those from before it was kept.
    """

    rep = models.ForeignKey(Rep, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cover = models.ForeignKey(Rep, models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, editable=False)
    declared_at = models.DateTimeField(null=True, editable=False)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts",
                condition=Q(ends_at__gt=models.F("starts_at")),
                violation_error_message="An absence ends after it starts.",
            ),
            models.CheckConstraint(
                name="absence_declared_at_a_time",
                condition=Q(declared_by__isnull=True) | Q(declared_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rep} away"

    @property
    def said_at(self) -> datetime | None:
        """When the rep declared it themselves; None where somebody else did, which nobody holds against the rep."""
        return self.declared_at if self.declared_by_id == self.rep.user_id else None

    def goes_beyond(self, other: "Absence") -> bool:
        """Whether it has time away that the other does not have."""
        return self.starts_at < other.starts_at or self.ends_at > other.ends_at
