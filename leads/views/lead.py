"""A lead's page: what is known of it, where it stands, why it went there, and all that happened to it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from leads import discretion, states
from leads.alert_timeline import with_alerts
from leads.discretion import Reader
from leads.explaining import Explanation, deal_ids, explain, rep_ids
from leads.facts import Fact, Sign, facts, signs
from leads.models import Alert, CrmRecord, IntentSignal, Lead, LeadEvent, Opportunity, Reason, Rep, SentBack
from leads.presenting import Card, card
from leads.timeline import Entry, Names, entries, state_words
from leads.views.reading import with_holders
from leads.views.sending import Sent, sent_for
from revops import clock
from revops.answering import may_send_back
from revops.claims import Claims
from revops.desk import Desk, team_of
from revops.pages import SignedIn, live, signed_in
from revops.roles import answerable_leads, reader_of, visible_leads
from revops.rules import standing
from routing.disagreements import by_field, criteria_by_field
from routing.enquiries import origins
from routing.matching.linking import contenders
from routing.models import Decision, VendorAnswer
from routing.withholding import without_contact

LATEST = 300


@dataclass(frozen=True)
class LeadPage:
    """Everything the page shows, as plain values."""

    card: Card
    where: str
    holder: str
    territory: str
    mine: bool
    manages: bool
    facts: tuple[Fact, ...]
    signs: tuple[Sign, ...]
    routed: tuple[Explanation, ...]
    qualified: Explanation | None
    timeline: tuple[Entry, ...]
    sent: tuple[Sent, ...]
    links: tuple[tuple[str, int], ...]
    error: str
    zone: str
    sees_rules: bool = False
    can_send_back: bool = False

    @property
    def summary(self) -> str:
        return f"{self.card.company}: {self.where}"

    @property
    def can_claim(self) -> bool:
        return self.card.state == states.SHARK_TANK and not self.card.blocked


@dataclass(frozen=True)
class GonePage:
    """What somebody who once had the lead is told."""

    company: str
    where: str

    @property
    def summary(self) -> str:
        return f"{self.company} is no longer with you"


def _put_aside(lead: Lead, *, revops: bool) -> str:
    """RevOps reads the error, which only they can mend; whoever waits for it learns that they were told."""
    if revops and lead.error:
        return f"Put aside and tried again later: {lead.error}"
    if lead.error_count >= Lead.TRIES_BEFORE_A_PERSON:
        return "The system fails on this lead and tries it again. RevOps was told; its deadline stands."
    return ""


@login_required
@require_safe
def lead_page(request: HttpRequest, pk: int) -> HttpResponse:
    at = clock.now()
    me, desk = signed_in(request.user), Desk.load(at=at)
    lead = with_holders(visible_leads(request.user)).select_related("account", "opportunity").filter(pk=pk).first()
    if lead is None:
        return _gone(request, pk, me, desk, at=at)
    page = replace(
        _page(lead, me, desk, reader_of(request.user), at=at), can_send_back=may_send_back(request.user.pk, lead)
    )
    return live(request, "leads/lead", page, me=me, at=at, zone=desk.zone(team_of(lead)))


def _gone(request: HttpRequest, pk: int, me: SignedIn, desk: Desk, *, at: datetime) -> HttpResponse:
    lead = with_holders(answerable_leads(request.user)).filter(pk=pk).first()
    if lead is None:
        raise Http404
    holder = lead.owner.name if lead.owner else ""
    page = GonePage(company=lead.company or "It", where=state_words(lead.state, holder=holder))
    return live(request, "leads/gone", page, me=me, at=at, zone=desk.zone(me.rep.team_id if me.rep else None))


def _page(lead: Lead, me: SignedIn, desk: Desk, reader: Reader, *, at: datetime) -> LeadPage:
    decisions = list(Decision.objects.filter(lead=lead).order_by("-at", "-pk")[:20])
    contact = reader.may_contact(lead)
    told = _explanations(decisions, me, reader, contact=contact)
    routed = tuple(one for one in told if one.kind == "routing")
    mine = _is(me, lead.owner_id)
    return LeadPage(
        card=_card(lead, me, desk, why=_why(lead, routed), contact=contact, at=at),
        where=state_words(lead.state, reason=str(lead.reason) if lead.state in states.REASONED else ""),
        holder=lead.owner.name if lead.owner else "",
        territory=lead.territory.name if lead.territory else "",
        mine=mine,
        manages=me.manages,
        facts=facts(
            lead,
            origins(lead),
            _disagreements(lead, me),
            in_crm=_in_crm(lead, whose=mine or reader.answers_for(lead)),
            contenders=[account.name for account in contenders(lead)],
            contact=contact,
        ),
        signs=signs(_signals(lead)),
        routed=routed,
        qualified=next((one for one in told if one.kind == "qualification"), None),
        timeline=_timeline(lead, reader, notes=contact, alerts=me.manages),
        sent=sent_for(lead) if me.manages else (),
        links=_links(lead),
        error=_put_aside(lead, revops=me.is_revops),
        zone=str(desk.zone(team_of(lead))),
        sees_rules=me.is_revops,
    )


def _in_crm(lead: Lead, *, whose: bool) -> str:
    """What the CRM says of it: its status, and `whose` it is there, who in the Shark Tank may be who let it lapse."""
    record = CrmRecord.of(lead)
    if record is None:
        return ""
    owner = f"with {record.owner_name}" if whose and record.owner_name else ""
    return ", ".join(part for part in (record.status, owner) if part)


def _disagreements(lead: Lead, me: SignedIn) -> dict[str, dict[str, Any]]:
    """Where vendors say different things of the lead's company; RevOps' to settle."""
    if not me.is_revops or not lead.domain or lead.is_free_mail:
        return {}
    answers = VendorAnswer.objects.filter(domain=lead.domain, outcome="match").order_by("asked_at", "pk")
    return by_field(answers, criteria_by_field(standing().routing))


def _card(lead: Lead, me: SignedIn, desk: Desk, *, why: str, contact: bool, at: datetime) -> Card:
    team_id = team_of(lead)
    pooled = lead.state == states.SHARK_TANK
    return card(
        lead,
        desk.clock(lead, team_id),
        due=desk.due(lead, team_id),
        why=why,
        at=at,
        contact=contact,
        blocked=Claims.of(me.rep, hours=desk.hours, at=at).why_not(lead) if pooled else "",
        holder=lead.owner.name if lead.owner and not _is(me, lead.owner_id) else "",
    )


def _why(lead: Lead, routed: tuple[Explanation, ...]) -> str:
    if lead.owner_id is None:
        return ""
    turn = lead.assignments.filter(ended_at__isnull=True).first()
    if turn is not None and turn.how == "claim":
        return "It was claimed from the Shark Tank."
    return next((one.sentence for one in routed if one.rep), "")


def _is(me: SignedIn, rep_id: int | None) -> bool:
    return me.rep is not None and me.rep.pk == rep_id


def _explanations(decisions: list[Decision], me: SignedIn, reader: Reader, *, contact: bool) -> list[Explanation]:
    for decision in decisions:
        steps = discretion.steps(decision.steps, reader, rep_id=decision.rep_id)
        decision.steps = steps if contact else without_contact(steps, decision.inputs)
    reps = _names(rep_ids(decisions))
    wanted = deal_ids(decisions)
    deals = dict(Opportunity.objects.filter(pk__in=wanted).values_list("pk", "name"))
    told = [(decision, explain(decision, reps=reps, deals=deals)) for decision in decisions]
    return [_for_reader(one, decision.rep_id, me, reader, contact=contact) for decision, one in told]


def _for_reader(one: Explanation, rep_id: int | None, me: SignedIn, reader: Reader, *, contact: bool) -> Explanation:
    own = _is(me, rep_id)
    sentence = discretion.sentence(one.sentence, reader, rep=one.rep, rep_id=rep_id, own=own, contact=contact)
    return replace(one, sentence=sentence, rep=one.rep if reader.reads_of(rep_id) else "")


def _names(ids: set[int]) -> dict[int, str]:
    return {rep.pk: rep.name for rep in Rep.objects.filter(pk__in=ids).select_related("user")}


def _timeline(lead: Lead, reader: Reader, *, notes: bool, alerts: bool) -> tuple[Entry, ...]:
    """With what people wrote, what became of `alerts` for who gets them, and the names of those who had it before for
    who may read them."""
    events = list(LeadEvent.objects.filter(lead=lead).select_related("user").order_by("-at", "-pk")[:LATEST])
    reasons = dict(Reason.objects.values_list("code", "label"))
    for event in events:
        if not reader.knows_who(event):
            event.user = None
    told_of = {event.data.get("rep") or 0 for event in events}
    names = Names(_names({rep_id for rep_id in told_of if reader.reads_of(rep_id)}), reasons)
    sent_back = SentBack.objects.filter(lead=lead).values_list("event", "reason", "rep") if notes else ()
    written = {event: reason for event, reason, rep_id in sent_back if reader.reads_of(rep_id)}
    told = entries(events, lead.assignments.all(), names, written)
    return with_alerts(told, Alert.objects.filter(lead=lead).select_related("seen_by")) if alerts else told


def _signals(lead: Lead) -> list[IntentSignal]:
    whose = Q(lead=lead) | Q(person_key=lead.person_key)
    if lead.domain and not lead.is_free_mail:
        whose |= Q(person_key="", domain=lead.domain)
    return list(IntentSignal.objects.filter(whose).order_by("-occurred_at", "-pk")[:20])


def _links(lead: Lead) -> tuple[tuple[str, int], ...]:
    """Other leads of the same person: the words before the link, and whose page it leads to."""
    links = []
    if lead.merged_into_id:
        links.append(("Merged into", lead.merged_into_id))
    if lead.previous_id:
        links.append(("Was here before as", lead.previous_id))
    return tuple(links)
