"""Which leads a list gives."""

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.forms import Field
from django_filters.fields import IsoDateTimeField

from leads import states
from leads.models import Lead
from revops.roles import reader_of, rep_of


class IdOrMe(Field):
    """A rep's id, or `me`."""

    def clean(self, value: Any) -> str:
        text = str(value or "")
        if text and text != "me" and not (text.isascii() and text.isdecimal() and len(text) < 19):
            raise ValidationError("A rep's id, or 'me'.")
        return text


class OwnerFilter(django_filters.Filter):
    field_class = IdOrMe


class TimeWithinReach(IsoDateTimeField):
    """A time that the database can hold in every zone."""

    FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

    def clean(self, value: Any) -> datetime | None:
        try:
            time: datetime | None = super().clean(value)
        except OverflowError:
            time = datetime.min.replace(tzinfo=UTC)
        if time is not None and not self.FIRST <= time < self.LAST:
            raise ValidationError("A time from 1970 to 9998, such as 2026-11-30T09:00:00Z.")
        return time


class TimeFilter(django_filters.IsoDateTimeFilter):
    field_class = TimeWithinReach


class LeadFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(
        choices=list(states.LABELS.items()),
        help_text="May be given several times.",
        error_messages={"invalid_choice": f"'%(value)s' is none of {', '.join(states.LABELS)}."},
    )
    owner = OwnerFilter(method="by_owner", help_text="A rep's id, or `me`.")
    territory = django_filters.CharFilter(method="by_territory", help_text="A territory's id or its name.")
    source = django_filters.CharFilter(lookup_expr="iexact", help_text="Upper and lower case are one.")
    due_before = TimeFilter(field_name="due_at", lookup_expr="lt", help_text="ISO 8601, from 1970 to 9998.")
    q = django_filters.CharFilter(method="search", help_text="A part of the company, domain, name or e-mail.")

    class Meta:
        model = Lead
        fields: tuple[str, ...] = ()

    def by_owner(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        if value != "me":
            return leads.filter(owner=int(value))
        rep = rep_of(self.request.user)
        return leads.filter(owner=rep) if rep else leads.none()

    def by_territory(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        is_id = value.isascii() and value.isdecimal() and len(value) < 19
        return leads.filter(territory=int(value)) if is_id else leads.filter(territory__name__iexact=value)

    def search(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        named = Q(first_name__icontains=value) | Q(last_name__icontains=value)
        person = named | Q(email__icontains=value) | Q(domain__icontains=value)
        reader = reader_of(self.request.user)
        if not reader.everybody:
            # Searching must not tell what showing hides.
            shown = Q(territory__team__hides_contact=False) | Q(territory__team__in=reader.teams)
            person &= ~Q(state=states.SHARK_TANK) | shown
        return leads.filter(Q(company__icontains=value) | person)
