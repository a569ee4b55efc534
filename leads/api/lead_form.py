"""The body of `POST leads/` as the schema tells it. What is taken is decided by `leads.intake`, which knows more."""

from typing import Any

from rest_framework import serializers

from leads.intake.lead_form import TEXT_LIMITS
from leads.intake.numbers import LONGEST, MOST_EMPLOYEES, MOST_REVENUE
from leads.intake.values import LONGEST_ITEM, LONGEST_URL, MOST_ITEMS
from revops.api.fields import Strict


def _text(field: str, text: str = "", *, limit: int | None = None) -> serializers.CharField:
    limit = limit or TEXT_LIMITS.get(field)
    return serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=limit, help_text=text or None
    )


def _number(most: int, text: str = "") -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=most, help_text=text or None
    )


def _flag(text: str) -> serializers.BooleanField:
    return serializers.BooleanField(required=False, allow_null=True, help_text=text)


class LeadForm(Strict):
    """A person who may buy. Only the e-mail is required; null and an empty text are no answer."""

    email = serializers.CharField(max_length=254, help_text="The one field that a lead cannot do without.")
    external_id = _text("external_id", "Your own id of the lead.")
    anonymous_id = _text("anonymous_id", "The visitor's id until now: earlier signals with it become this person's.")
    first_name = _text("first_name")
    last_name = _text("last_name")
    job_title = _text("job_title")
    company = _text("company", limit=255)
    website = _text("website", "With or without http.", limit=LONGEST_URL)
    phone = _text("phone", "Kept as E.164; a national number is read with the country.", limit=60)
    country = _text("country", "An ISO code, or the country's name in any usual spelling.", limit=100)
    region = _text("region")
    city = _text("city")
    employee_count = _number(MOST_EMPLOYEES)
    employee_range = _text("employee_range", "Where only a range is known: 51-200, 10,001+.", limit=LONGEST)
    industry = _text("industry")
    annual_revenue = _number(MOST_REVENUE, "US dollars a year.")
    tech_stack: Any = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_ITEM), required=False, allow_null=True, max_length=MOST_ITEMS
    )
    source: Any = _text("source", "Where it comes from; policies and intent may depend on it.")
    campaign = _text("campaign")
    intent_score = _number(100, "Without one, and without signals, the intent is unknown, which passes.")
    occurred_at = serializers.DateTimeField(required=False, allow_null=True, help_text="When it was filled in.")
    consent = _flag("The person agreed to be contacted.")
    consent_source = _text("consent_source", "Where they did.")
    opt_out = _flag("The person does not want marketing mail.")
    hand_raise = _flag("The person asked to be called: a demo, contact sales.")
    custom = serializers.DictField(required=False, allow_null=True, help_text="Fields of your own, up to 16 KB.")
