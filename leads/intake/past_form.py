"""A row of a file of leads of before, cleaned: a lead's facts, when it came, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from leads.intake.columns import Columns
from leads.intake.csv_file import Row
from leads.intake.emails import clean_email
from leads.intake.lead_form import CleanLead, UnusableLead
from leads.intake.lead_rows import lead_of
from leads.intake.problems import Problem, Unusable
from leads.intake.reading import Reading
from leads.intake.times import clean_time
from leads.intake.values import clean_flag
from leads.models import PastLead
from leads.models.event import FIRST_DAY

NO_TIME = "When the lead came is needed of history; write it like 2026-02-28T14:00:00Z."
LONG_AGO = f"It is before {FIRST_DAY:%Y-%m-%d}, from where on leads are kept."
TOO_EARLY = "It is before the lead came."
# What criteria ask of a lead, column by column as both have it.
FACTS = (
    "company",
    "domain",
    "job_title",
    "country",
    "region",
    "city",
    "employee_count",
    "employee_range",
    "industry",
    "annual_revenue",
    "source",
    "campaign",
    "intent_score",
)


@dataclass(frozen=True, slots=True)
class PastForm:
    """An unsaved past lead, and what was left out of it."""

    lead: PastLead
    warnings: tuple[Problem, ...]


def past_form(row: Row, columns: Columns, *, received_at: datetime, default_source: str) -> PastForm:
    """Raises UnusableLead without a usable e-mail address or the time at which the lead came."""
    form = lead_of(row, columns, received_at=received_at, default_source=default_source)
    if form.occurred_at is None:
        told = tuple(problem for problem in form.warnings if problem.field in ("occurred_at", "row"))
        raise UnusableLead(told or (Problem("occurred_at", "missing", NO_TIME, ""),))
    if form.occurred_at < FIRST_DAY:
        raise UnusableLead((Problem("occurred_at", "out_of_range", LONG_AGO, f"{form.occurred_at:%Y-%m-%d}"),))
    reading = Reading(columns.row(row.cells))
    lead = _unsaved(form, form.occurred_at)
    lead.owner_email = reading.take("owner_email", _address, "")
    lead.accepted_at = _since(reading, "accepted_at", form.occurred_at, received_at)
    lead.first_touch_at = _since(reading, "first_touch_at", form.occurred_at, received_at)
    lead.converted = reading.take("converted", clean_flag, None)
    return PastForm(lead, (*form.warnings, *reading.problems))


def _unsaved(form: CleanLead, came: datetime) -> PastLead:
    return PastLead(
        person_key=form.person_key,
        is_free_mail=form.is_free_mail or form.is_disposable,
        captured_at=came,
        hand_raise=bool(form.hand_raise),
        tech_stack=list(form.tech_stack),
        custom=dict(form.custom),
        **{name: getattr(form, name) for name in FACTS},
    )


def _address(value: object) -> str:
    return clean_email(value).address


def _since(reading: Reading, field: str, came: datetime, received_at: datetime) -> datetime | None:
    """A time that cannot be before the lead came."""
    time = reading.take(field, partial(clean_time, received_at=received_at), None)
    if time is not None and time < came:
        reading.leave_out(field, Unusable("before_it_came", TOO_EARLY))
        return None
    return time
