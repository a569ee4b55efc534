"""What RevOps writes down about who fits and who works what, and what was decided by it."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from leads.models import Account, Lead, LeadEvent, Rep, Team, Territory
from routing.profiles import IcpProfile, IcpProfileVersion, valid_criteria

__all__ = [
    "FIRMOGRAPHICS",
    "MOST_VENDOR_SECONDS",
    "Absence",
    "Decision",
    "Enquiry",
    "EnrichmentAnswer",
    "IcpProfile",
    "IcpProfileVersion",
    "Pool",
    "Share",
    "Source",
    "Vendor",
    "VendorAnswer",
    "all_firmographics",
    "valid_criteria",
]

# A worker is ended after a minute, and asks several vendors in that time.
MOST_VENDOR_SECONDS = 20
# What is known of a lead's company.
FIRMOGRAPHICS = ("country", "region", "city", "employee_count", "industry", "annual_revenue", "tech_stack")


def all_firmographics() -> list[str]:
    return list(FIRMOGRAPHICS)


class Source(models.Model):
    """What coming from a source says about intent."""

    name = models.CharField(max_length=100, unique=True)
    base_points = models.PositiveSmallIntegerField(default=0)
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


class Vendor(models.Model):
    """An enrichment vendor's place in the waterfall, and what is taken from it. It is on where its key is set."""

    name = models.CharField(max_length=30, unique=True)
    position = models.PositiveSmallIntegerField(default=100, help_text="Vendors are asked in this order.")
    active = models.BooleanField(default=True)
    fields = models.JSONField(default=all_firmographics, help_text="What is taken from it; another may know better.")
    seconds = models.FloatField("time-out (s)", default=8.0, help_text="For a whole call, whatever it waits for.")
    credits_a_day = models.PositiveIntegerField(null=True, blank=True, help_text="Blank for no limit of ours.")
    credits_a_month = models.PositiveIntegerField(null=True, blank=True, help_text="Blank for no limit of ours.")
    keep_days = models.PositiveSmallIntegerField(
        "keep an answer (days)", default=90, help_text="Another lead from the company costs no credit so long."
    )
    keep_no_match_days = models.PositiveSmallIntegerField("keep a 'not known' (days)", default=14)

    class Meta:
        verbose_name = "enrichment vendor"
        constraints = [
            models.CheckConstraint(
                name="vendor_seconds_bounded",
                condition=Q(seconds__gte=1, seconds__lte=MOST_VENDOR_SECONDS),
                violation_error_message=f"From 1 to {MOST_VENDOR_SECONDS} seconds.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class VendorAnswer(models.Model):
    """What a vendor said of a company when it was asked; kept for every other lead from there until `good_until`."""

    class Outcome(models.TextChoices):
        MATCH = "match", "known"
        NO_MATCH = "no_match", "not known"
        PENDING = "pending", "looking into it"
        FAILED = "failed", "failed"

    vendor = models.CharField(max_length=30)
    domain = models.CharField(max_length=253)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    values = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    good_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["domain", "vendor", "good_until"], name="vendor_answer_kept"),
            models.Index(fields=["vendor", "asked_at"], name="vendor_answer_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} on {self.domain}: {self.outcome}"


class Enquiry(models.Model):
    """One lead's company, to be asked about while the lead is in the buffer; the row is the queue."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="enquiries")
    domain = models.CharField(max_length=253)
    asked_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "enquiries"
        constraints = [
            models.UniqueConstraint(fields=["lead"], condition=Q(done_at__isnull=True), name="enquiry_open_once")
        ]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(done_at__isnull=True), name="enquiry_open")]

    def __str__(self) -> str:
        return f"{self.domain} for lead {self.lead_id}"


class EnrichmentAnswer(models.Model):
    """What one provider told one lead of its company; `values` are those that the lead took from it."""

    class Outcome(models.TextChoices):
        MATCH = "match", "known"
        NO_MATCH = "no_match", "not known"
        FAILED = "failed", "failed"

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="enrichment")
    provider = models.CharField(max_length=30)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    values = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["lead", "provider"], name="enrichment_lead_provider")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.outcome}"


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


class Decision(models.Model):
    """Why a lead went where it went: inputs, rule versions, and each criterion, territory and rep with its verdict."""

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="decisions")
    event = models.ForeignKey(LeadEvent, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    outcome = models.CharField(max_length=30)
    sentence = models.CharField(max_length=500)
    rep = models.ForeignKey(Rep, models.PROTECT, null=True, related_name="+")
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    inputs = models.JSONField(default=dict)
    steps = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["lead", "at"], name="decision_lead_at")]

    def __str__(self) -> str:
        return self.sentence


class AccountName(models.Model):
    """A name an account goes by, as it is compared. `routing.matching.index` keeps these in step with the accounts."""

    class Kind(models.TextChoices):
        NAME = "name"
        ALIAS = "alias"
        DOMAIN = "domain", "name of a domain"

    account = models.ForeignKey(Account, models.CASCADE, related_name="names")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=255)
    key = models.CharField(max_length=255, db_collation="C")
    joined = models.CharField(max_length=255, db_collation="C")

    class Meta:
        indexes = [
            models.Index(fields=["key"], name="account_name_key"),
            models.Index(fields=["joined"], name="account_name_joined"),
        ]

    def __str__(self) -> str:
        return self.name


class NameGram(models.Model):
    """Three letters in a row of an account's name, and the like: what a typed name is looked up by.

    It is the one large table of matching, so it has its primary key and no other index: `routing.matching.index`
    deletes by both columns, and a row whose name is gone is never read.
    """

    pk = models.CompositePrimaryKey("gram", "name_id")
    gram = models.CharField(max_length=255, db_collation="C")
    name = models.ForeignKey(AccountName, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)

    def __str__(self) -> str:
        return self.gram


class ChangedAccount(models.Model):
    """An account whose names are to be read again. Triggers write these, so that no writer of accounts can forget."""

    account = models.OneToOneField(Account, models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return str(self.account_id)


class NameAnswer(models.Model):
    """What a person said a typed name means: an account, whose alias it is from then on, or none of those offered.

    One answer is in force for a name. `refused` are the accounts that were offered and are not meant: no rule links
    the name to one of them.
    """

    joined = models.CharField("compared as", max_length=255, editable=False)
    name = models.CharField("name as typed", max_length=255)
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="name_answers")
    refused = models.JSONField(default=list, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["joined"], condition=Q(withdrawn_at__isnull=True), name="name_answer_one_in_force"
            ),
            models.CheckConstraint(
                name="name_answer_withdrawn_by_somebody_at_some_time",
                condition=Q(withdrawn_at__isnull=False) | Q(withdrawn_by__isnull=True),
            ),
            models.CheckConstraint(name="name_answer_of_a_name", condition=~Q(joined="")),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.account or 'no account'}"
