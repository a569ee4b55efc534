"""Whom to try a definition on: a lead there is, an address nobody wrote from yet, or facts typed in."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q

from leads.deadline import Deadline
from leads.intake.emails import clean_email
from leads.intake.lead_form import CleanLead, clean_lead
from leads.intake.problems import Unusable
from leads.intake.registering import unborn
from leads.models import Lead
from leads.models.lead import LeadQuerySet

# Stands in where facts are typed without an address; nothing is told of it.
NOBODY = "nobody@example.com"
MOST_CHOICES = 8
LARGEST_ID = 2**63 - 1
NOBODY_FOUND = "No lead that you may see has this. Write a whole e-mail to try somebody new."
TYPED: dict[str, str] = {
    "company": "Company",
    "website": "Website",
    "industry": "Industry",
    "employee_count": "Employees",
    "annual_revenue": "Annual revenue (USD)",
    "tech_stack": "Technology",
    "country": "Country",
    "region": "Region",
    "city": "City",
    "job_title": "Job title",
    "source": "Source",
    "campaign": "Campaign",
    "intent_score": "Intent score as sent",
}


class TrialForm(forms.Form):
    """Cleans to `lead`, unsaved or read, with the names of the fields that were `typed`; where several leads are meant,
    `choices` has them to pick from.

    `leads` are those that whoever asks may see; any other is to them an address like any.
    """

    prefix = "try"
    whom = forms.CharField(required=False, max_length=320, label="E-mail, lead number or company")
    hand_raise = forms.BooleanField(required=False, label="Asked for a call")
    custom = forms.CharField(
        required=False,
        max_length=2_000,
        label="Custom fields",
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "seats = 50"}),
        help_text="One a line, as name = value.",
    )

    def __init__(self, *args: Any, leads: LeadQuerySet, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.leads, self.at = leads, at
        self.lead: Lead | None = None
        self.choices: list[Lead] = []
        self.typed: frozenset[str] = frozenset()
        for name, label in TYPED.items():
            self.fields[name] = forms.CharField(required=False, max_length=2_000, label=label)

    @property
    def typed_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in (*TYPED, "hand_raise", "custom")]

    @property
    def is_open(self) -> bool:
        """Whether something is typed besides whom it is about."""
        return any(field.value() for field in self.typed_fields)

    def clean_custom(self) -> dict[str, Any]:
        lines = [line.partition("=") for line in self.cleaned_data["custom"].splitlines() if line.strip()]
        if not all(equals and name.strip() for name, equals, _value in lines):
            raise forms.ValidationError("Write one a line, as name = value.")
        return {name.strip(): _plain(value.strip()) for name, _equals, value in lines}

    def clean(self) -> None:
        typed = {name: self.cleaned_data.get(name) for name in (*TYPED, "hand_raise", "custom")}
        typed = {name: value for name, value in typed.items() if value}
        whom = self.cleaned_data.get("whom", "").strip()
        if not whom and not typed:
            self.add_error("whom", "Write an e-mail, a lead's number or a company, or fill in facts below.")
        if self.errors:
            return
        self.typed = frozenset(typed) | {f"custom.{name}" for name in (typed.get("custom") or ())}
        try:
            self._find(whom, typed)
        except Unusable as error:
            self.add_error("whom", error.sentence)

    def _find(self, whom: str, typed: Mapping[str, Any]) -> None:
        if "@" not in whom and whom:
            self._pick(whom)
        elif whom:
            key = clean_email(whom).person_key
            self.lead = self.leads.filter(person_key=key).order_by("-captured_at", "-pk").first()
        if self.errors or self.choices:
            return
        form = clean_lead({"email": (self.lead.email if self.lead else whom) or NOBODY, **typed}, received_at=self.at)
        for problem in form.warnings:
            self.add_error(problem.field if problem.field in self.fields else "whom", problem.sentence)
        if self.lead is None:
            self.lead = self._newcomer(form, nameless=not whom)
        else:
            _put_on(self.lead, form, typed)

    def _pick(self, words: str) -> None:
        """By its number, else by the company or the beginning of the address; of several the asker picks."""
        if words.isdecimal() and int(words) <= LARGEST_ID:
            found = list(self.leads.filter(pk=int(words)))
        else:
            named = Q(company__icontains=words) | Q(person_key__startswith=words.casefold())
            found = list(self.leads.filter(named).order_by("-captured_at", "-pk")[:MOST_CHOICES])
        if not found:
            self.add_error("whom", NOBODY_FOUND)
        elif len(found) == 1:
            self.lead = found[0]
        else:
            self.choices = found

    def _newcomer(self, form: CleanLead, *, nameless: bool) -> Lead:
        lead = unborn(form, at=self.at, deadline=Deadline("ready", self.at))
        if nameless:
            lead.email = lead.person_key = ""
            lead.is_free_mail = None  # type: ignore[assignment]  # not known, as criteria read it; never saved
            lead.domain = form.domain if form.website else ""
        return lead


def _put_on(lead: Lead, form: CleanLead, typed: Mapping[str, Any]) -> None:
    """What is typed is tried in place of what the lead tells."""
    own = dict(lead.custom)
    for name in typed:
        value = getattr(form, name)
        setattr(lead, name, list(value) if isinstance(value, tuple) else value)
    lead.custom = own | (dict(form.custom) if "custom" in typed else {})
    if "employee_count" in typed:
        lead.employee_range = form.employee_range
    if "website" in typed and form.website:
        lead.domain = form.domain


def _plain(text: str) -> Any:
    """A number or a truth as the API would send it, else the text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (int, float, bool)) else text
