"""New leads and the arrivals of all that knock, made of cleaned forms."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from leads import states
from leads.deadline import Deadline
from leads.ids import new_ids
from leads.intake.lead_form import CleanLead
from leads.models import Arrival, Lead
from leads.sizes import supersede

# What a form that joins an open lead may fill in where the lead has nothing.
JOINED_FIELDS = (
    "first_name",
    "last_name",
    "job_title",
    "phone",
    "company",
    "website",
    "domain",
    "country",
    "region",
    "city",
    "employee_count",
    "employee_range",
    "industry",
    "annual_revenue",
)


def unborn(form: CleanLead, *, at: datetime, deadline: Deadline, state: str = states.BUFFER) -> Lead:
    """The unsaved lead of a form, at the first moment of its life."""
    lead = Lead(
        state=state,
        email=form.email,
        person_key=form.person_key,
        is_free_mail=form.is_free_mail or form.is_disposable,
        external_id=form.external_id,
        source=form.source,
        campaign=form.campaign,
        intent_score=form.intent_score,
        hand_raise=bool(form.hand_raise),
        consent=form.consent,
        consent_source=form.consent_source,
        opt_out=bool(form.opt_out),
        occurred_at=form.occurred_at,
        captured_at=at,
        entered_at=at,
        life_began_at=at,
        tech_stack=list(form.tech_stack),
        custom=dict(form.custom),
        raw=dict(form.raw),
        **{name: getattr(form, name) for name in JOINED_FIELDS},
    )
    lead.postpone(deadline)
    return lead


def insert_open(leads: Sequence[Lead]) -> list[Lead]:
    """Insert those whose person has no open lead yet, sorted by person so that two intakes never deadlock.

    Returns the inserted ones; for the others somebody was first.
    """
    leads = sorted(leads, key=lambda lead: lead.person_key)
    for lead, pk in zip(leads, new_ids(Lead, len(leads)), strict=True):
        lead.pk = pk
    Lead.objects.bulk_create(leads, ignore_conflicts=True, batch_size=500)
    landed = set(Lead.objects.filter(pk__in=[lead.pk for lead in leads]).values_list("pk", flat=True))
    return [lead for lead in leads if lead.pk in landed]


def held(person_keys: Iterable[str]) -> dict[str, Lead]:
    """The open leads of these persons, locked in the order of their ids and read after the lock."""
    rows = Lead.objects.open().filter(person_key__in=list(person_keys)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
    return {lead.person_key: lead for lead in rows.select_related("reason__track", "territory__team", "owner")}


def join(lead: Lead, form: CleanLead) -> None:
    """Take in what the form tells that the lead did not know, and the higher of two scores."""
    for name in JOINED_FIELDS:
        if getattr(lead, name) in (None, "") and getattr(form, name) not in (None, ""):
            setattr(lead, name, getattr(form, name))
    supersede(lead)
    scores = [score for score in (lead.intent_score, form.intent_score) if score is not None]
    lead.intent_score = max(scores, default=None)
    lead.hand_raise = lead.hand_raise or bool(form.hand_raise)
    lead.opt_out = lead.opt_out or bool(form.opt_out)
    lead.custom = {**form.custom, **lead.custom}


def arrival(
    form: CleanLead,
    outcome: str,
    *,
    at: datetime,
    door: str,
    reference: str = "",
    lead: Lead | None = None,
    code: str = "",
) -> Arrival:
    return Arrival(
        at=at,
        door=door,
        source=form.source,
        outcome=outcome,
        hand_raise=bool(form.hand_raise),
        lead=lead,
        code=code,
        reference=reference or form.external_id,
    )


def last_of(person_keys: Iterable[str]) -> dict[str, Lead]:
    """The latest lead of each person who has one, open or ended."""
    rows = Lead.objects.filter(person_key__in=list(person_keys)).order_by("person_key", "-captured_at", "-pk")
    return {lead.person_key: lead for lead in rows.distinct("person_key")}
