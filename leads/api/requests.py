"""What the calls about leads take."""

from typing import Any

from rest_framework import serializers

from leads.intake.domains import is_free_mail, registrable_domain
from leads.intake.emails import clean_email
from leads.intake.problems import Unusable
from recycle.recycling import FIELDS
from revops.api.fields import Choice, Day, Moment, PastMoment, Strict, Text, Whole
from revops.lifecycle import TOUCHES


class NothingAsked(Strict):
    """No body, or an empty object."""


class ReasonGiven(Strict):
    """Why the lead goes back, and what that reason asks."""

    reason = Text(max_length=40, help_text="A reason's code, such as `timing`.")
    until = Day(required=False, help_text="For Timing: a date 14 to 365 days ahead. Without it, the track's own.")
    feature = Text(required=False, max_length=60, help_text="For Feature gap: the feature's key.")
    field = Choice(
        choices=FIELDS, required=False, help_text="For Wrong territory and Bad data: the field that is wrong."
    )
    lead = Whole(required=False, min_value=1, help_text="For Duplicate: the lead it repeats.")
    note = Text(required=False, max_length=500, allow_blank=True)


class TouchMade(Strict):
    """A call, a mail, a meeting."""

    kind = Choice(choices=TOUCHES)
    meeting_at = Moment(
        required=False, help_text="A meeting that was booked: the disposition is then due the day after it."
    )


class OpportunityGiven(Strict):
    """The CRM's opportunity. Without one the conversion is listed as unverified."""

    opportunity = Text(required=False, allow_blank=True, max_length=100)


class WhySentBack(Strict):
    """Why a manager sends the lead back to routing. Whom it goes to is never theirs to say."""

    reason = Text(max_length=500, help_text="In your words; it is kept with the lead, and the rep reads it.")
    holder = Whole(
        required=False, min_value=1, help_text="The rep whom you saw it with; refused if another has it by now."
    )


KIND = "`pricing_visit` brings back whoever was recycled for want of a budget; what others count is in Kinds of signal."


class SignalSent(Strict):
    """Something a person (`email`), a company (`domain`) or a visitor without a name yet (`anonymous_id`) did."""

    beyond_types = {"oneOf": [{"required": [name]} for name in ("email", "domain", "anonymous_id")]}

    email = Text(required=False, max_length=254)
    domain = Text(required=False, max_length=253)
    anonymous_id = Text(
        required=False, max_length=200, help_text="Theirs who next identifies with it, by a form or a webhook."
    )
    kind = serializers.RegexField(r"^[a-z][a-z0-9_.-]*$", max_length=60, help_text=KIND)
    points = Whole(required=False, default=0, min_value=-100, max_value=100)
    occurred_at = PastMoment(required=False, help_text="ISO 8601; without it, now.")
    dedupe_id = Text(required=False, max_length=200, help_text="A signal with an id that came before is left out.")

    def validate_email(self, value: str) -> str:
        try:
            return clean_email(value).person_key
        except Unusable as problem:
            raise serializers.ValidationError(problem.sentence) from None

    def validate_domain(self, value: str) -> str:
        domain = registrable_domain(value)
        if domain is None:
            raise serializers.ValidationError("That is not a domain.")
        if is_free_mail(domain):
            raise serializers.ValidationError("Anybody can have an address there; send the e-mail instead.")
        return domain

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(name in attrs for name in ("email", "domain", "anonymous_id")) != 1:
            raise serializers.ValidationError({"email": ["Send one of email, domain and anonymous_id."]})
        return attrs
