"""A rep's recycle, checked: the reason, and what that reason asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from leads import states
from leads.deadline import Deadline, by_the_clock
from leads.models import Lead, Reason
from recycle.models import Feature

SOONEST, LATEST = timedelta(days=14), timedelta(days=365)
YEARLY = timedelta(days=365)
REVIEWS_BEFORE_YEARLY = 3
# What a rep may call wrong, and what is asked of the directory again.
FIELDS = (
    "company",
    "domain",
    "website",
    "country",
    "region",
    "city",
    "employee_count",
    "industry",
    "annual_revenue",
    "job_title",
    "phone",
)


class BadAnswer(ValueError):
    """What the reason asks was not answered, or not in a way that can be used: `errors` by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in errors.items()))
        self.errors = {field: [text] for field, text in errors.items()}


@dataclass(frozen=True)
class Recycling:
    """A reason with the answers it asked for."""

    reason: Reason
    until: datetime | None = None
    feature: Feature | None = None
    field: str = ""
    duplicate_of: Lead | None = None
    note: str = ""


def read(lead: Lead, answers: Mapping[str, Any], *, at: datetime) -> Recycling:
    """Check the answers of a recycle form. Raises BadAnswer with a sentence for each field."""
    code = str(answers.get("reason") or "")
    reason = Reason.objects.select_related("track").filter(code=code, active=True, for_people=True).first()
    if reason is None:
        raise BadAnswer({"reason": f"{code!r} is no reason; use {', '.join(codes())}." if code else "Pick a reason."})
    others = [asks.value for asks in Reason.Asks if asks and asks != reason.asks]
    if unasked := {name: f"{reason.label} does not ask for this." for name in others if answers.get(name)}:
        raise BadAnswer(unasked)
    note = str(answers.get("note") or "").strip()
    if len(note) > 500:
        raise BadAnswer({"note": "At most 500 characters."})
    return Recycling(
        reason,
        note=note,
        until=_until(answers.get("until"), at) if reason.asks == Reason.Asks.UNTIL else None,
        feature=_feature(answers.get("feature")) if reason.asks == Reason.Asks.FEATURE else None,
        field=_field(answers.get("field")) if reason.asks == Reason.Asks.FIELD else "",
        duplicate_of=_duplicate(lead, answers.get("lead")) if reason.asks == Reason.Asks.LEAD else None,
    )


def codes() -> list[str]:
    reasons = Reason.objects.filter(active=True, for_people=True).order_by("position", "pk")
    return list(reasons.values_list("code", flat=True))


def _until(value: object, at: datetime) -> datetime | None:
    if value in (None, ""):
        return None
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise BadAnswer({"until": "Use a date such as 2027-02-28."}) from None
    if not at.date() + SOONEST <= day <= at.date() + LATEST:
        raise BadAnswer({"until": "Name a date 14 to 365 days ahead."})
    return datetime.combine(day, time(9), at.tzinfo)


def _feature(value: object) -> Feature:
    # Held until the commit, so that it cannot ship between the asking and the waiting.
    feature = Feature.objects.select_for_update(no_key=True).filter(key=str(value or "")).first()
    if feature is not None and feature.shipped_at is not None:
        raise BadAnswer({"feature": f"{feature.name} has shipped already: call them and say so."})
    if feature is None:
        raise BadAnswer({"feature": "Pick the feature that was missing." if not value else f"No feature {value!r}."})
    return feature


def _field(value: object) -> str:
    if value not in FIELDS:
        raise BadAnswer({"field": f"Name the field that is wrong: one of {', '.join(map(field_label, FIELDS))}."})
    return str(value)


def field_label(name: str) -> str:
    """One of FIELDS as people read it."""
    return name.replace("_", " ").capitalize()


def candidates(lead: Lead) -> list[Lead]:
    """The leads this one may repeat: the same person's, or the same company's, most recent first."""
    others = Lead.objects.exclude(pk=lead.pk).filter(state__in=(*states.OPEN, states.CONVERTED))
    same = others.filter(person_key=lead.person_key)
    if lead.domain and not lead.is_free_mail:
        same = same | others.filter(domain=lead.domain)
    if lead.phone:
        same = same | others.filter(phone=lead.phone)
    return list(same.select_related("territory__team").order_by("-captured_at", "-pk")[:20])


def _duplicate(lead: Lead, value: object) -> Lead:
    for other in candidates(lead):
        if str(other.pk) == str(value or ""):
            return other
    raise BadAnswer({"lead": "Pick the lead it repeats from those the system offers."})


def stay(reason: Reason, *, at: datetime, until: datetime | None = None, reviews: int = 0) -> Deadline:
    """Until when a lead waits on its reason's track. After three reviews without a fit, once a year."""
    track = reason.track
    if track is None:
        raise ValueError(f"Reason {reason.code} has no track.")
    days = YEARLY if track.step == "review" and reviews >= REVIEWS_BEFORE_YEARLY else timedelta(days=track.days)
    due = until or at + days
    terms = {
        "opened_at": at.isoformat(),
        "track": track.code,
        "steps": {track.step: by_the_clock(at, due)},
    }
    return Deadline(track.step, due, terms)
