"""The documentation of the calls about leads."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from leads.api.answers import BulkResult, Captured, SignalKept
from leads.api.lead_form import LeadForm
from leads.api.representations import DecisionShown, EventShown, LeadShown, PooledLead
from leads.api.requests import NothingAsked, OpportunityGiven, ReasonGiven, SignalSent, TouchMade, WhySentBack
from revops.api.documents import documented, example, problems

LEAD: dict[str, Any] = {
    "id": 42,
    "url": "/api/v1/leads/42/",
    "state": "assigned",
    "due_at": "2026-11-02T12:04:00Z",
    "due_step": "accept",
    "entered_at": "2026-11-02T10:04:00Z",
    "owner": {"id": 7, "name": "Ada Moreau", "team": "Mid-market"},
    "territory": {"id": 2, "name": "DACH"},
    "reason": None,
    "email": "jo@example.com",
    "first_name": "Jo",
    "last_name": "Park",
    "job_title": "Head of Sales",
    "phone": "+4930901820",
    "company": "Example AG",
    "website": "https://example.com",
    "domain": "example.com",
    "country": "DE",
    "region": "Berlin",
    "city": "Berlin",
    "employee_count": 250,
    "employee_range": "",
    "industry": "Software",
    "annual_revenue": 40_000_000,
    "tech_stack": ["postgresql"],
    "account": {"id": 3, "name": "Example AG"},
    "external_id": "form-0001",
    "source": "demo form",
    "campaign": "autumn",
    "intent_score": 72,
    "hand_raise": True,
    "consent": True,
    "consent_source": "demo form",
    "opt_out": False,
    "occurred_at": "2026-11-02T09:59:58Z",
    "captured_at": "2026-11-02T10:00:00Z",
    "custom": {"seats": 40},
    "life": 1,
    "previous": None,
    "merged_into": None,
    "aql_at": "2026-11-02T10:03:00Z",
    "first_assigned_at": "2026-11-02T10:04:00Z",
    "first_touch_at": None,
    "converted_opportunity": "",
}
POOLED = LEAD | {
    "state": "shark_tank", "due_step": "alert", "owner": None, "email": "", "first_name": "", "last_name": "",
    "phone": "", "external_id": "", "custom": {}, "may_claim": True, "why_not": None,
}  # fmt: skip
EVENT = {
    "id": 9, "kind": "assign", "at": "2026-11-02T10:04:00Z", "noticed_at": None, "seq": 4, "from_state": "routing",
    "to_state": "assigned", "actor": "system", "door": "sweep", "user": None,
    "data": {"rep": 7, "how": "round_robin"}, "note": None,
}  # fmt: skip
DECISION = {
    "id": 5, "at": "2026-11-02T10:04:00Z", "kind": "routing", "outcome": "round_robin",
    "sentence": "DACH takes this lead because country is DE; it was your turn.",
    "rep": {"id": 7, "name": "Ada Moreau"}, "territory": {"id": 2, "name": "DACH"},
    "team": {"id": 1, "name": "Mid-market"}, "inputs": {"country": "DE", "employee_count": 250},
    "steps": {"strategy": "round robin", "eligible": 3, "left_out": [{"rep": 8, "why": "away"}]},
}  # fmt: skip
FORM = {
    "email": "jo@example.com", "first_name": "Jo", "last_name": "Park", "company": "Example AG", "country": "DE",
    "employee_count": 250, "source": "demo form", "intent_score": 72, "hand_raise": True,
}  # fmt: skip
CAPTURED = {"id": 42, "url": "/api/v1/leads/42/", "outcome": "new", "merged": False, "state": "buffer"}
GONE = {"detail": "Not possible any more: Sales accepted (SAL) by Ben Ito.", "state": "accepted", "winner": "Ben Ito"}

lead_list = documented(
    "List leads",
    "The leads that you may see, newest first: RevOps and API clients all, managers those of their teams, reps their "
    "own and their team's Shark Tank.",
    tag="leads",
    responses={200: LeadShown(many=True), **problems(400, 401)},
    examples=[example("A lead", LEAD)],
)
capture = documented(
    "Send a lead",
    "Makes a lead in the enrichment buffer, or joins the one that this person (e-mail without case and +tag) has open. "
    "A suppressed person stays suppressed; that they came is kept. Every refusal is counted in the books.",
    tag="leads",
    request=LeadForm,
    responses={201: Captured, 200: Captured, **problems(400, 401, 403, 409, 413, 415)},
    examples=[
        example("A demo form", FORM, request=True),
        example("A new lead", CAPTURED, status=201),
        example("Joined", CAPTURED | {"outcome": "joined", "merged": True, "state": "accepted"}),
        example("Suppressed", CAPTURED | {"id": None, "url": None, "outcome": "suppressed", "state": "suppressed"}),
    ],
    idempotency=True,
)
bulk = documented(
    "Send up to 10,000 leads",
    "A JSON array, or NDJSON with a lead on each line. Good rows land; the answer has a result for each row. Sending "
    "rows again is safe: each joins the lead that it made.",
    tag="leads",
    request={
        "application/json": serializers.ListSerializer(child=LeadForm(), min_length=1, max_length=10_000),
        "application/x-ndjson": OpenApiTypes.STR,
    },
    responses={200: BulkResult, **problems(400, 401, 403, 413, 415)},
    examples=[
        example(
            "One new, one refused",
            {
                "counts": {"new": 1, "joined": 0, "suppressed": 0, "refused": 1},
                "results": [
                    {"row": 1, "status": 201, **CAPTURED},
                    {
                        "row": 2,
                        "status": 400,
                        "outcome": "refused",
                        "errors": {"email": ["The e-mail address is missing."]},
                    },
                ],
            },
        )
    ],
)
lead = documented(
    "Look at a lead",
    tag="leads",
    responses={200: LeadShown, **problems(400, 401, 404)},
    examples=[example("A lead", LEAD)],
)
timeline = documented(
    "A lead's timeline",
    "Everything that happened to it, oldest first.",
    tag="leads",
    responses={200: EventShown(many=True), **problems(400, 401, 404)},
    examples=[example("An event", EVENT)],
)
decisions = documented(
    "Why a lead is where it is",
    "Every decision that the rules made about it, the latest first: the facts as they were, each criterion, territory "
    "and rep with its verdict, and the sentence that says it all.",
    tag="leads",
    responses={200: DecisionShown(many=True), **problems(400, 401, 404)},
    examples=[example("A decision", DECISION)],
)


HIDDEN = "Where the lead has gone on to others, whose it is now is left out of the answer."


def _verb(summary: str, description: str, request: Any, *sent: Any) -> Any:
    return documented(
        summary,
        f"{description} {HIDDEN}",
        tag="verbs",
        request=request,
        responses={200: LeadShown, **problems(400, 401, 403, 404, 409, 413, 415, **GONE)},
        examples=[*(example("Request", body, request=True) for body in sent), example("The lead now", LEAD)],
        idempotency=True,
    )


accept = _verb("Accept a lead", "The rep takes the lead: a SAL. Saying it twice is saying it once.", NothingAsked)
claim = _verb("Claim a lead from the Shark Tank", "The first to claim it has it, and has accepted it.", NothingAsked)
recycle = _verb(
    "Recycle a lead",
    "Give it back with a reason; each reason has its own road and may ask for `until`, `feature`, `field` or `lead`.",
    ReasonGiven,
    {"reason": "timing", "until": "2027-02-01", "note": "Budget opens in spring."},
)
touch = _verb(
    "Log a touch",
    "A call, a mail, a meeting. What an API client sends counts as seen by a system, what a person sends as logged by "
    "hand.",
    TouchMade,
    {"kind": "call"},
)
convert = _verb(
    "Convert a lead",
    "The SAL became an opportunity (SQL).",
    OpportunityGiven,
    {"opportunity": "006Qy00000B1cde"},
)
send_back = _verb(
    "Send a lead back to routing",
    "For the manager and deputy of the holder's team and for RevOps, whatever the rep has done with it so far: routed "
    "again without that rep, who has no breach by it and is owed the turn, if it was one. Nobody picks who gets it; a "
    "deal's lead goes on up its ladder. The holder themselves accepts or recycles.",
    WhySentBack,
    {"reason": "Their sister company is Ada's customer; she may not sell to both."},
)
signal = documented(
    "Send a signal of intent",
    "Counts towards the intent score of the person, or of everybody at the company; a `pricing_visit` brings back who "
    "was recycled over budget.",
    tag="signals",
    request=SignalSent,
    responses={201: SignalKept, 200: SignalKept, **problems(400, 401, 403, 409, 413, 415)},
    examples=[
        example(
            "A pricing visit",
            {"email": "jo@example.com", "kind": "pricing_visit", "points": 20, "dedupe_id": "visit-81"},
            request=True,
        ),
        example("Kept", {"duplicate": False}, status=201),
        example("Had come before", {"duplicate": True}),
    ],
    idempotency=True,
)
queue = documented(
    "Your queue",
    "The leads that you hold, by deadline.",
    tag="queues",
    responses={200: LeadShown(many=True), **problems(400, 401)},
    examples=[example("A lead", LEAD)],
)
shark_tank = documented(
    "The Shark Tank",
    "The pool that you may see, by deadline. Reps see whom to contact when they have claimed.",
    tag="queues",
    responses={200: PooledLead(many=True), **problems(400, 401)},
    examples=[example("A lead", POOLED)],
)
