"""The hours that deadlines run on and that reps are given leads in: weekly hours, holidays, days of their own."""

import zoneinfo
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from leads import wording
from revops import clock
from revops.admin_site import ConfigAdmin, Guarded, Select, TabularInline
from sla import office_hours, seeds
from sla.admin.versioned import KEPT, Versioned
from sla.business_time import NeverOpen, WorkingHours, add, next_change, opening_within_a_year
from sla.models import Calendar, CalendarDay, RepCalendar, TeamCalendar, WeeklyHours
from sla.public_holidays import LIBRARY, NO_HOLIDAYS, OwnDay, coming, countries
from sla.terms import own_days, working_hours

AHEAD_DAYS = 366
MINUTE, TWO_HOURS = timedelta(minutes=1), timedelta(hours=2)
CONTINENTS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
NEVER_OPEN = (
    "This calendar has no opening within a year: whoever works by it is given no lead, and the "
    "deadlines of a team run by the clock on the wall. "
    "Take away some of the days on which it is closed."
)
OWN_HOURS = (
    "With working hours of their own, below, leads are given to them in those hours and that zone; else the team's "
    "hold. Deadlines run on the team's calendar all the same."
)


class HoursFormSet(forms.BaseInlineFormSet):
    """A calendar is always open or has hours, whose spans do not overlap."""

    def clean(self) -> None:
        super().clean()
        spans = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data.get("opens")]
        spans = [span for span in spans if not span.get("DELETE")]
        if spans and self.instance.always_open:
            raise forms.ValidationError("What is always open has no hours: delete these, or untick “Always open”.")
        if not spans and not any(form.errors for form in self.forms) and not self.instance.always_open:
            raise forms.ValidationError("Give at least one span of hours, or tick “Always open”.")
        overlapping = {one["weekday"] for one in spans for other in spans if one is not other and _overlap(one, other)}
        if overlapping:
            days = [WeeklyHours.Weekday(number).label for number in sorted(overlapping)]
            raise forms.ValidationError([f"Two spans of {day} overlap." for day in days])


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one["weekday"] != other["weekday"] or one["opens"] > other["opens"]:
        return False
    return not one["closes"].hour + one["closes"].minute or one["closes"] > other["opens"]


class HoursInline(Guarded, TabularInline):
    model = WeeklyHours
    formset = HoursFormSet
    extra = 0
    hide_title = True
    ordering = ("weekday", "opens")
    verbose_name = "span of hours"
    verbose_name_plural = "weekly hours"


class DaysFormSet(forms.BaseInlineFormSet):
    """A day is there once, and one that comes every year whichever year it was written in; what is always open has
    none. The table's own rule comes last, since it does not tell which day it is."""

    def clean(self) -> None:
        said = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data.get("day")]
        said = [row for row in said if not row.get("DELETE")]
        if said and self.instance.always_open:
            raise ValidationError(
                "What is always open has no days of its own: delete these, or untick “Always open” and give it hours "
                "of 00:00 to 00:00 each day."
            )
        if twice := list(_twice(said)):
            raise ValidationError(twice)
        super().clean()


def _twice(rows: list[dict[str, Any]]) -> Iterator[str]:
    days = Counter(row["day"] for row in rows)
    yield from (f"{day:%-d %B %Y} is here twice: keep one." for day, count in days.items() if count > 1)
    yearly = Counter(f"{day:%-d %B}" for day in {row["day"] for row in rows if row["every_year"]})
    yield from (f"{day} of every year is here twice: keep one." for day, count in yearly.items() if count > 1)


class DaysInline(Guarded, TabularInline):
    model = CalendarDay
    formset = DaysFormSet
    fields = ("day", "every_year", "opens", "closes", "name")
    extra = 0
    hide_title = True
    ordering = ("day",)


class CalendarForm(forms.ModelForm):
    country = forms.ChoiceField(
        label="Holidays of",
        required=False,
        widget=Select,
        help_text="Closed on this country's public holidays, in each year as they fall then.",
        error_messages={"invalid_choice": NO_HOLIDAYS.format("%(value)s")},
    )

    class Meta:
        model = Calendar
        fields = ["name", "timezone", "always_open", "country", "subdivision"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "country" in self.fields:
            self.fields["country"].choices = [("", "No holidays"), *countries()]  # type: ignore[attr-defined]

    def clean_subdivision(self) -> str:
        return str(self.cleaned_data["subdivision"]).strip()


@admin.register(Calendar)
class CalendarAdmin(Versioned, ConfigAdmin):
    form = CalendarForm
    list_display = ("name", "timezone", "always_open", "holidays", "used_by", "version")
    search_fields = ("name",)
    readonly_fields = ("version", "ahead", "examples")
    ordering = ("name",)
    inlines = (HoursInline, DaysInline)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "timezone", "always_open", "version", "examples"),
                "description": f"{KEPT}hours as they were when it began. A day may have several spans; 00:00 as the "
                "closing time is midnight at the day's end.",
            },
        ),
        (
            "Holidays",
            {
                "fields": ("country", "subdivision", "ahead"),
                "description": f"From {LIBRARY}, which needs no network. The calendar's own days, below, go before "
                "them: closed, or with other hours, such as 24 December until 12:00.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        used = {"team_count": Count("teams", distinct=True), "rep_count": Count("reps", distinct=True)}
        return super().get_queryset(request).annotate(**used).prefetch_related("hours", "days")

    @admin.display(description="holidays", ordering="country")
    def holidays(self, obj: Calendar) -> str:
        return "-".join(part for part in (obj.country, obj.subdivision) if part) or "none"

    @admin.display(description="used by")
    def used_by(self, obj: Calendar) -> str:
        teams, reps = obj.team_count, obj.rep_count  # type: ignore[attr-defined]
        told = [
            f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((teams, "team"), (reps, "rep")) if count
        ]
        return ", ".join(told) or "nobody"

    @admin.display(description="what it makes of two hours")
    def examples(self, obj: Calendar) -> str:
        """When two hours are over that begin now, or late on each coming day, as the calendar stands saved."""
        if obj.pk is None:
            return "Save it to see here when two hours that begin now are over."
        saved, now = Calendar.objects.get(pk=obj.pk), clock.now()
        try:
            lines = list(_examples(working_hours(saved), now.replace(second=0, microsecond=0)))
        except NeverOpen:
            return format_html('<p class="error">{}</p>', NEVER_OPEN)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((line,) for line in lines)))

    @admin.display(description="the days ahead")
    def ahead(self, obj: Calendar) -> str:
        """The coming year's days that are not as their weekday, as the calendar stands saved."""
        if obj.pk is None:
            return "Save it to see the coming year's holidays and own days here."
        saved = Calendar.objects.get(pk=obj.pk)
        if saved.always_open:
            return "None: it is always open."
        today = clock.now().astimezone(ZoneInfo(saved.timezone)).date()
        days = list(coming(saved.country, saved.subdivision, own_days(saved.days.all()), since=today, days=AHEAD_DAYS))
        if not days:
            return "None in the coming year: every day is as its weekday."
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", map(_told, days)))

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        """Warns of a calendar that its own days close for a year."""
        super().save_related(request, form, formsets, change)
        saved = Calendar.objects.get(pk=form.instance.pk)
        if opening_within_a_year(working_hours(saved), clock.now()) is None:
            self.message_user(request, NEVER_OPEN, messages.WARNING)


def _examples(hours: WorkingHours, now: datetime) -> Iterator[str]:
    zone = ZoneInfo(hours.timezone)
    last = [closes - MINUTE for opens, closes in islice(hours.openings(now), 2)] if hours.spans is not None else []
    for start in (now, *last):
        due = add(hours, start, TWO_HOURS)
        wall = wording.span(due - start)
        yield f"Given {_at(start, zone)}: due {_at(due, zone)}{f', {wall} by the clock' if wall != '2 h' else ''}."
    if change := next_change(hours.timezone, now):
        when, by = change
        way = "on" if by > timedelta(0) else "back"
        yield f"The clocks go {way} by {wording.span(abs(by))} {_at(when, zone)}: two hours stay two hours."


def _at(time: datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%a %-d %B, %H:%M}"


def _told(day: OwnDay) -> tuple[str, str]:
    hours = ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in day.spans)
    name = f"{day.name}, " if day.name else ""
    return _written(day.day), f"{name}{hours or 'closed'}"


def _written(day: date) -> str:
    return f"{day:%a} {day.day} {day:%B} {day.year}"


class TeamCalendarForm(forms.ModelForm):
    def has_changed(self) -> bool:
        """The hours of a new team are saved even when they are left as offered."""
        return self.instance.pk is None or super().has_changed()


class NewTeamForm(TeamCalendarForm):
    """Office hours in the team's zone, unless a calendar is picked."""

    zone = forms.ChoiceField(
        label="In the time zone", required=False, widget=Select, help_text="Of the team; a calendar picked has its own."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calendar, zone = cast(forms.ModelChoiceField, self.fields["calendar"]), self.fields["zone"]
        calendar.required, calendar.empty_label = False, f"{seeds.OFFICE_HOURS} in its time zone"
        calendar.label_from_instance = lambda obj: f"{obj} ({obj.timezone})"  # type: ignore[method-assign]
        zone.choices = [(name, name) for name in _zones()]  # type: ignore[attr-defined]
        zone.initial = office_hours.usual_zone()

    def save(self, commit: bool = True) -> TeamCalendar:
        if self.instance.calendar_id is None:
            self.instance.calendar = office_hours.in_zone(self.cleaned_data["zone"] or office_hours.usual_zone())
        return super().save(commit)


def _zones() -> list[str]:
    """Places and UTC; the rest of the names are of old."""
    return ["UTC", *sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in CONTINENTS)]


class TeamCalendarInline(Guarded, TabularInline):
    """The hours of a team, on the team's own page; a new one works office hours in its zone until it picks others."""

    model = TeamCalendar
    form = TeamCalendarForm
    min_num = max_num = 1
    can_delete = False
    hide_title = True
    verbose_name = verbose_name_plural = "working hours"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = NewTeamForm if obj is None else TeamCalendarForm
        return super().get_formset(request, obj, **{"form": form, "validate_min": True, **kwargs})


class RepCalendarInline(Guarded, TabularInline):
    """A rep's own hours, on the rep's page; most have none."""

    model = RepCalendar
    extra = 0
    max_num = 1
    hide_title = True
    verbose_name = verbose_name_plural = "own working hours"
