"""Policies, business calendars and the coaching record."""

import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from leads.models import Assignment, Lead, LeadEvent, Rep, Team, Territory
from sla import reminders as reminding
from sla.public_holidays import problem_with


def valid_zone(value: str) -> None:
    """Django validator for an IANA time zone. Raises ValidationError."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f"{value} is not a time zone; use a name such as Europe/Amsterdam.")


class Policy(models.Model):
    """How long everybody has. Chosen by territory and source; the most particular wins."""

    name = models.CharField(max_length=100, unique=True)
    territory = models.ForeignKey(Territory, models.CASCADE, null=True, blank=True, related_name="policies")
    source = models.CharField(max_length=100, blank=True, help_text="Blank for any source.")
    buffer_min = models.PositiveIntegerField("buffer, at least (s)", default=180)
    buffer_max = models.PositiveIntegerField("buffer, at most (s)", default=300)
    route_within = models.PositiveIntegerField("fallback after (min)", default=15)
    accept_within = models.PositiveIntegerField("accept within (min)", default=120)
    release_after = models.PositiveIntegerField("Shark Tank after (min)", default=240)
    # Of before `reminders` were a list; kept for versions of the rules that have it.
    remind_before = models.PositiveIntegerField("last reminder before (min)", default=15, editable=False)
    reminders = models.CharField(
        max_length=100, blank=True, default=reminding.USUAL, db_default=reminding.USUAL, validators=[reminding.valid]
    )
    touch_within = models.PositiveIntegerField("first touch within (min)", default=60)
    touch_reminders = models.CharField(
        "reminders of the first touch",
        max_length=100,
        blank=True,
        default=reminding.USUAL_OF_A_TOUCH,
        db_default=reminding.USUAL_OF_A_TOUCH,
        validators=[reminding.valid],
    )
    claim_touch_within = models.PositiveIntegerField("first touch after a claim within (min)", default=5, db_default=5)
    untouched_after = models.PositiveIntegerField("untouched, released after (min)", default=240)
    disposition_days = models.PositiveIntegerField("disposition within (days)", default=14)
    pool_alert_after = models.PositiveIntegerField("pool alert after (min)", default=60)
    pool_assign_after = models.PositiveIntegerField("pool assignment after (min)", default=240)
    cool_down = models.PositiveIntegerField("cool-down after a lapse (min)", default=1440)
    acknowledge_within = models.PositiveIntegerField("alert passed on after (min)", default=30, db_default=30)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["territory", "source"],
                nulls_distinct=False,
                name="policy_once",
                violation_error_message="There is a policy for that territory and source already.",
            ),
            models.CheckConstraint(
                name="policy_order",
                condition=Q(
                    buffer_max__gte=F("buffer_min"),
                    release_after__gt=F("accept_within"),
                    accept_within__gte=1,
                    untouched_after__gt=F("touch_within"),
                    touch_within__gte=1,
                    pool_assign_after__gt=F("pool_alert_after"),
                    disposition_days__gte=1,
                ),
                violation_error_message="Each later step must come after the one before it.",
            ),
            models.CheckConstraint(
                name="policy_reminders",
                condition=Q(reminders__regex=reminding.KEPT),
                violation_error_message="Write reminders as shares of the window or minutes left: 50%, 15 min.",
            ),
            models.CheckConstraint(
                name="policy_touch_reminders",
                condition=Q(touch_reminders__regex=reminding.KEPT),
                violation_error_message="Write reminders as shares of the window or minutes left: 50%, 15 min.",
            ),
            models.CheckConstraint(
                name="policy_acknowledged",
                condition=Q(acknowledge_within__gte=1),
                violation_error_message="Whoever is alerted has a minute at least.",
            ),
            models.CheckConstraint(
                name="policy_claim_touch",
                condition=Q(claim_touch_within__gte=1),
                violation_error_message="A first touch after a claim has a minute at least.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Calendar(models.Model):
    """The weekly hours a team or a rep works, in its own zone, but for holidays and days of its own. Without hours it
    is always open."""

    name = models.CharField(max_length=100, unique=True)
    timezone = models.CharField(max_length=50, default="UTC", validators=[valid_zone])
    always_open = models.BooleanField(default=False)
    country = models.CharField("holidays of", max_length=2, blank=True, help_text="Closed on its public holidays.")
    subdivision = models.CharField(
        "and of its part", max_length=20, blank=True, help_text="The code of a state or region, e.g. BY for Bavaria."
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if found := problem_with(self.country, self.subdivision):
            field, text = found
            raise ValidationError({field: text})
        if self.always_open and self.country:
            raise ValidationError(
                {"country": "What is always open has no holidays. Give it hours of 00:00 to 00:00 each day instead."}
            )


class WeeklyHours(models.Model):
    """One span of one weekday; a day may have several."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0
        TUESDAY = 1
        WEDNESDAY = 2
        THURSDAY = 3
        FRIDAY = 4
        SATURDAY = 5
        SUNDAY = 6

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices)
    opens = models.TimeField()
    closes = models.TimeField(help_text="00:00 stands for midnight at the day's end.")

    class Meta:
        verbose_name_plural = "weekly hours"
        constraints = [
            models.CheckConstraint(
                name="hours_open_before_they_close",
                condition=Q(closes__gt=F("opens")) | Q(closes="00:00"),
                violation_error_message="A span closes after it opens.",
            ),
            models.CheckConstraint(name="hours_weekday", condition=Q(weekday__gte=0, weekday__lte=6)),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class CalendarDay(models.Model):
    """A day that is not as its weekday: closed, or open for one span. It goes before a public holiday."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days")
    day = models.DateField()
    every_year = models.BooleanField(default=False)
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True, help_text="Leave both empty for a day that is closed.")
    name = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = "day of its own"
        verbose_name_plural = "days of its own"
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day"],
                name="calendar_day_once",
                violation_error_message="That day is here already.",
            ),
            models.CheckConstraint(
                name="calendar_day_closed_or_a_span",
                condition=Q(opens__isnull=True, closes__isnull=True)
                | (Q(opens__isnull=False, closes__isnull=False) & (Q(closes__gt=F("opens")) | Q(closes="00:00"))),
                violation_error_message="Give when it opens and when it closes after that, or neither for closed.",
            ),
        ]

    def __str__(self) -> str:
        hours = f"{self.opens:%H:%M}–{self.closes:%H:%M}" if self.opens and self.closes else "closed"
        return f"{self.day:%-d %B}{'' if self.every_year else f' {self.day:%Y}'}: {hours}"


class TeamCalendar(models.Model):
    """The calendar that a team's deadlines run on."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="team_calendar")
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="teams")

    def __str__(self) -> str:
        return f"{self.team}: {self.calendar}"


class RepCalendar(models.Model):
    """The hours that a rep is given leads in, where they are not the team's. Deadlines run on the team's."""

    rep = models.OneToOneField(Rep, models.CASCADE, related_name="rep_calendar")
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="reps")

    def __str__(self) -> str:
        return f"{self.rep}: {self.calendar}"


class Outage(models.Model):
    """Time in which no hand of ours moved the clock, so that nobody was told what fell due."""

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="outage_ends_after_it_starts", condition=Q(ended_at__gt=F("started_at")))
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} to {self.ended_at:%H:%M}"


class Breach(models.Model):
    """A deadline that a rep let pass: the coaching record."""

    class Cause(models.TextChoices):
        IGNORED = "ignored", "let pass"
        AFTER_HOURS = "after_hours", "outside their own hours"
        AT_CAP = "at_cap", "more than their cap"
        ABSENCE = "absence", "away at the time"
        MISROUTED = "misrouted", "not theirs to have"
        NOT_TOLD = "not_told", "the alert did not arrive"
        SYSTEM_DELAY = "system_delay", "our own delay"

    # That these are of one turn with one lead is the database's to ask; see `sla/law.py`.
    lead = models.ForeignKey(Lead, models.PROTECT, related_name="breaches", db_constraint=False)
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="breaches", db_constraint=False, db_index=False
    )
    event = models.ForeignKey(LeadEvent, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    rep = models.ForeignKey(Rep, models.PROTECT, related_name="breaches", db_constraint=False, db_index=False)
    step = models.CharField(max_length=20)
    at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    cause = models.CharField(max_length=20, choices=Cause.choices, default=Cause.IGNORED)
    because = models.JSONField(default=dict, db_default={}, help_text="What the cause rests on.")

    class Meta:
        verbose_name_plural = "breaches"
        constraints = [
            models.UniqueConstraint(fields=["event", "step"], name="breach_once"),
            models.CheckConstraint(
                name="breach_cause_known",
                condition=Q(
                    cause__in=["ignored", "after_hours", "at_cap", "absence", "misrouted", "not_told", "system_delay"]
                ),
            ),
        ]
        indexes = [models.Index(fields=["rep", "at"], name="breach_rep_at")]

    def __str__(self) -> str:
        return f"{self.step} by {self.rep_id} on lead {self.lead_id}"


class Remark(models.Model):
    """What the rep says of their own breach, or their manager to it, in their own words: a row that can be erased."""

    class Kind(models.TextChoices):
        COMMENT = "comment", "the rep's comment"
        NOTE = "note", "the manager's note"

    breach = models.ForeignKey(Breach, models.CASCADE, related_name="remarks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.CharField(max_length=500)

    class Meta:
        constraints = [
            models.CheckConstraint(name="remark_says_something", condition=~Q(text="")),
            models.CheckConstraint(name="remark_kind_known", condition=Q(kind__in=["comment", "note"])),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.breach}"
