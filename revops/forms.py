"""What people say of themselves on pages: when they are away, and how long a token lasts."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from leads.models import Rep
from leads.models.event import FIRST_DAY, LAST_DAY
from routing.models import Absence

LONGEST = timedelta(days=366)
LATEST = LAST_DAY - timedelta(days=1)
TOO_FAR = f"That lies too far ahead: {LATEST:%Y-%m-%d} is the latest."
TOO_LONG_AGO = f"That lies too far back: {FIRST_DAY:%Y-%m-%d} is the earliest."


class CoverField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Rep) -> str:
        return obj.name


class AbsenceForm(forms.Form):
    """Times are typed in the team's zone and come back aware."""

    starts_at = forms.CharField(error_messages={"required": "Say when it starts."})
    ends_at = forms.CharField(error_messages={"required": "Say when you are back."})
    cover = CoverField(
        queryset=Rep.objects.none(),
        required=False,
        empty_label="Nobody: they are routed again",
        error_messages={"invalid_choice": "Pick a colleague of your team."},
    )

    def __init__(self, data: Any = None, *, rep: Rep, zone: tzinfo, at: datetime, own: bool = True) -> None:
        super().__init__(data)
        self.rep, self.zone, self.at = rep, zone, at
        self.own = own
        colleagues = Rep.objects.filter(team=rep.team_id, active=True, user__is_active=True).exclude(pk=rep.pk)
        self.fields["cover"].queryset = colleagues.select_related("user").order_by(  # type: ignore[attr-defined]
            "user__first_name", "pk"
        )

    @property
    def soonest(self) -> str:
        return f"{self.at.astimezone(self.zone):%Y-%m-%dT%H:%M}"

    def clean_starts_at(self) -> datetime:
        return self._time("starts_at")

    def clean_ends_at(self) -> datetime:
        ends_at = self._time("ends_at")
        if ends_at <= self.at:
            raise ValidationError("That is over already. Name a time ahead.")
        return ends_at

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        starts_at, ends_at = values.get("starts_at"), values.get("ends_at")
        if starts_at and ends_at:
            self._check_span(starts_at, ends_at)
        return values

    def _check_span(self, starts_at: datetime, ends_at: datetime) -> None:
        who = "You" if self.own else self.rep.name
        others = Absence.objects.filter(rep=self.rep, starts_at__lt=ends_at, ends_at__gt=starts_at)
        if ends_at <= starts_at:
            self.add_error("ends_at", f"{who} can only be back after {'you have' if self.own else 'they have'} left.")
        elif ends_at - starts_at > LONGEST:
            self.add_error("ends_at", self._too_long())
        elif others.exists():
            self.add_error(
                "starts_at",
                "You have said already that you are away then." if self.own else f"{who} is away then already.",
            )

    def _too_long(self) -> str:
        latest = min(self.cleaned_data.get("starts_at", self.at) + LONGEST, LATEST).astimezone(self.zone)
        who = "you" if self.own else "them"
        return (
            f"That lies too far ahead: at most a year at a time, so until {latest:%Y-%m-%d %H:%M}. "
            f"For longer, ask RevOps to switch {who} off."
        )

    def _time(self, name: str) -> datetime:
        try:
            local = datetime.fromisoformat(self.cleaned_data[name].strip()).replace(tzinfo=None)
        except ValueError:
            raise ValidationError("Use a date and a time such as 2027-02-28 14:30.") from None
        # Asked before a zone is: the years at either end of the calendar have no room for one.
        if local.year < FIRST_DAY.year:
            raise ValidationError(TOO_LONG_AGO)
        if local.year >= LAST_DAY.year:
            raise ValidationError(self._too_long() if name == "ends_at" else TOO_FAR)
        return timezone.make_aware(local, self.zone)


class TokenForm(forms.Form):
    days = forms.IntegerField(
        min_value=1,
        max_value=365,
        initial=90,
        error_messages={
            "required": "Say for how many days.",
            "invalid": "A number of days, 1 to 365.",
            "min_value": "At least a day.",
            "max_value": "At most 365 days.",
        },
    )
