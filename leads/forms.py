"""What a rep says about a touch and about a conversion."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from leads.models import Lead

FURTHEST = timedelta(days=90)


class TouchForm(forms.Form):
    """`meeting_at` is typed in the team's zone and comes back aware."""

    kind = forms.ChoiceField(
        choices=[("call", "Called"), ("mail", "Wrote"), ("meeting", "Met or booked a meeting"), ("other", "Other")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say how you were in touch.", "invalid_choice": "Pick one of these."},
    )
    meeting_at = forms.CharField(required=False)

    def __init__(self, data: Any = None, *, at: datetime, zone: tzinfo) -> None:
        super().__init__(data)
        self.at, self.zone = at, zone

    @property
    def soonest(self) -> str:
        """The earliest time to offer, as the browser's own picker reads it."""
        return f"{self.at.astimezone(self.zone):%Y-%m-%dT%H:%M}"

    @property
    def latest(self) -> str:
        return f"{(self.at + FURTHEST).astimezone(self.zone):%Y-%m-%dT%H:%M}"

    def clean_meeting_at(self) -> datetime | None:
        text = self.cleaned_data["meeting_at"].strip()
        if not text or self.cleaned_data.get("kind") != "meeting":
            return None
        try:
            local = datetime.fromisoformat(text).replace(tzinfo=None)
            # The years at either end of the calendar have no room for a zone.
            if not 2000 <= local.year <= 2999:
                raise ValueError(text)
            meeting_at = timezone.make_aware(local, self.zone)
        except ValueError:
            raise ValidationError("Use a date and a time such as 2027-02-28 14:30.") from None
        if not self.at <= meeting_at <= self.at + FURTHEST:
            raise ValidationError("Name a time ahead, within 90 days.")
        return meeting_at


class ConvertForm(forms.Form):
    opportunity = forms.CharField(
        required=False,
        max_length=Lead._meta.get_field("converted_opportunity").max_length,
        error_messages={"max_length": "At most %(limit_value)d characters."},
    )
