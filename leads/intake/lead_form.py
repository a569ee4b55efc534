"""A lead as it knocks at the door, cleaned: leniently for files and hooks, strictly for the API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from leads.intake.companies import clean_company
from leads.intake.countries import clean_country
from leads.intake.domains import company_domain
from leads.intake.emails import Email, clean_email
from leads.intake.numbers import clean_revenue, clean_score
from leads.intake.phones import clean_phone
from leads.intake.problems import Problem, Unusable, shown
from leads.intake.reading import Reading
from leads.intake.strict import type_errors
from leads.intake.text import clean_text, word_set
from leads.intake.times import clean_time
from leads.intake.values import clean_custom, clean_flag, clean_list, clean_website

# The longest text each field takes, in characters.
TEXT_LIMITS = {
    "external_id": 255,
    "anonymous_id": 200,
    "first_name": 150,
    "last_name": 150,
    "job_title": 255,
    "region": 120,
    "city": 120,
    "industry": 255,
    "source": 100,
    "campaign": 255,
    "consent_source": 255,
}
FIELDS = frozenset(TEXT_LIMITS) | word_set(
    "email company website phone country employee_count employee_range annual_revenue tech_stack intent_score"
    " occurred_at consent opt_out hand_raise custom"
)

_TEXT: dict[str, Callable[[object], str]] = {
    field: partial(clean_text, limit=limit) for field, limit in TEXT_LIMITS.items()
}
# Stands in for an unusable address while the other fields are read, so that all problems are told at once.
_NOBODY = Email(address="", person_key="", domain="", registrable_domain="", is_free_mail=False, is_disposable=False)


class UnusableLead(Unusable):
    """No lead can be made of the row. `problems` has every problem of it, the e-mail's first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].code, problems[0].sentence)
        self.problems = problems


class Invalid(ValueError):
    """A strict caller sent bad values: `errors` has sentences by field, all of them at once."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanLead:
    """A row that can become a lead. Text without an answer is '', everything else without one is None.

    `email` is the address as typed, `domain` the company's registrable domain in punycode ('' when neither the
    website nor the e-mail tells it), `country` alpha-2, `phone` E.164, `annual_revenue` US dollars, `occurred_at` UTC.
    `warnings` name what was left out, `notes` what was understood in a way worth telling (no fault of the sender's);
    `raw` has the originals of both and whatever the row held besides.
    """

    email: str
    person_key: str
    email_domain: str
    domain: str
    is_free_mail: bool
    is_disposable: bool
    external_id: str
    anonymous_id: str
    first_name: str
    last_name: str
    job_title: str
    company: str
    website: str
    phone: str
    country: str
    region: str
    city: str
    employee_count: int | None
    employee_range: str
    industry: str
    annual_revenue: int | None
    tech_stack: tuple[str, ...]
    source: str
    campaign: str
    intent_score: int | None
    occurred_at: datetime | None
    consent: bool | None
    consent_source: str
    opt_out: bool | None
    hand_raise: bool | None
    custom: Mapping[str, object]
    warnings: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    raw: Mapping[str, object]


def clean_lead(
    raw: Mapping[str, object], *, received_at: datetime, default_source: str = "", strict: bool = False
) -> CleanLead:
    """Clean one row of `POST leads/`. `received_at` (with a zone) tells which `occurred_at` lie in the future.

    Lenient: raises UnusableLead only for want of a usable e-mail address; any other bad value is left out with a
    warning, fields it does not know go to `raw`. Strict: raises Invalid with every bad value, every wrong JSON type
    and every unknown field.
    """
    if strict:
        return _strictly(raw, received_at, default_source)
    if not isinstance(raw, Mapping):
        raise UnusableLead((Problem("row", "not_an_object", "The row must be an object.", shown(raw)),))
    reading = Reading(raw)
    email = _email(reading, lenient=True)
    lead = _lead(reading, email, received_at, default_source)
    if email is _NOBODY:
        raise UnusableLead(lead.warnings)
    return lead


def _strictly(raw: Mapping[str, object], received_at: datetime, default_source: str) -> CleanLead:
    if not isinstance(raw, Mapping):
        raise Invalid({"row": ["It must be an object."]})
    errors = type_errors(raw, FIELDS)
    reading = Reading({field: value for field, value in raw.items() if field in FIELDS and field not in errors})
    lead = _lead(reading, _email(reading), received_at, default_source)
    for problem in reading.problems:
        errors.setdefault(problem.field, [problem.sentence])
    if errors:
        raise Invalid(errors)
    return lead


def _email(reading: Reading, *, lenient: bool = False) -> Email:
    value = reading.given.get("email")
    try:
        return clean_email(value)
    except Unusable as problem:
        email = _before_the_query(value) if lenient and problem.code == "query_leftover" else _NOBODY
        told = problem.sentence if email is _NOBODY else f"{problem.sentence} It was taken without that."
        reading.leave_out("email", Unusable(problem.code, told))
        return email


def _before_the_query(value: object) -> Email:
    """No domain holds a '?', so what comes before it is the address if anything is."""
    try:
        return clean_email(str(value).partition("?")[0])
    except Unusable:
        return _NOBODY


def _lead(reading: Reading, email: Email, received_at: datetime, default_source: str) -> CleanLead:
    def text(field: str) -> str:
        return reading.take(field, _TEXT[field], "")

    website = reading.take("website", clean_website, "")
    country = reading.take("country", clean_country, "")
    size = reading.take_size()
    reading.keep_unknown(FIELDS)
    return CleanLead(
        email=email.address,
        person_key=email.person_key,
        email_domain=email.domain,
        domain=company_domain(website) or ("" if email.is_free_mail else email.registrable_domain),
        is_free_mail=email.is_free_mail,
        is_disposable=email.is_disposable,
        external_id=text("external_id"),
        anonymous_id=text("anonymous_id"),
        first_name=text("first_name"),
        last_name=text("last_name"),
        job_title=text("job_title"),
        company=reading.take_noted("company", clean_company, ""),
        website=website,
        phone=reading.take_noted("phone", partial(clean_phone, country=country), ""),
        country=country,
        region=text("region"),
        city=text("city"),
        employee_count=size.count,
        employee_range=size.range,
        industry=text("industry"),
        annual_revenue=reading.take_noted("annual_revenue", clean_revenue, None),
        tech_stack=reading.take("tech_stack", clean_list, ()),
        source=text("source") or default_source,
        campaign=text("campaign"),
        intent_score=reading.take("intent_score", clean_score, None),
        occurred_at=reading.take("occurred_at", partial(clean_time, received_at=received_at), None),
        consent=reading.take("consent", clean_flag, None),
        consent_source=text("consent_source"),
        opt_out=reading.take("opt_out", clean_flag, None),
        hand_raise=reading.take("hand_raise", clean_flag, None),
        custom=reading.take("custom", clean_custom, {}),
        # Last, when every field has been read.
        warnings=tuple(reading.problems),
        notes=tuple(reading.notes),
        raw=reading.raw,
    )
