"""The admin's table of contents, for the sidebar and the first page, and what there needs somebody's attention."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from leads import states, wording
from leads.models import (
    Conversation,
    CrmPull,
    CrmRecord,
    CrmUser,
    Delivery,
    Draft,
    Lead,
    Rep,
    Team,
    Territory,
    VendorHealth,
)
from recycle.models import Dispute
from revops import clock, clock_troubles, crm_health, rules, vendors
from revops.groups import REVOPS
from revops.models import Notice
from revops.rules import Rules
from revops.slack import health as slack_health
from revops.slack import socket_pulse
from revops.sweep import pulse_age

# Group -> its pages: "app.model", the name, the icon, what it is for.
CONTENTS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "Definition": (
        ("routing.icpprofile", "ICP", "target", "Which companies fit, and how much intent is enough"),
        ("routing.source", "Sources", "campaign", "What coming from somewhere says about intent"),
        ("routing.signalkind", "Kinds of signal", "trending_down", "What signals count, and how fast that fades"),
    ),
    "Webhooks": (
        ("revops.hooksource", "Webhooks", "webhook", "Who may send events, and what their events mean"),
        ("revops.hookrefusal", "Refused knocks", "gpp_bad", "How many webhooks were refused, and why"),
    ),
    "Enrichment": (
        ("routing.vendor", "Vendors", "database_search", "Who is asked about companies, in which order"),
        ("routing.vendoranswer", "What vendors said", "forum", "By company, and for how long it is kept"),
        ("routing.vendoranswer#differ", "Disagreements", "compare_arrows", "Where vendors say different things"),
        ("routing.enquiry", "Enquiries", "contact_support", "Which leads wait for an answer"),
    ),
    "Routing": (
        ("leads.territory", "Territories", "map", "Which leads go to which team, in which order"),
        (
            "leads.ruleset",
            "Versions of the rules",
            "history_edu",
            "What changed, when and by whom; drafts; the way back",
        ),
        ("routing.loadcap", "Load caps", "speed", "The most that a rep is given"),
        ("routing.backtest", "Compare rules", "compare", "What a draft would make of the leads of before"),
        ("routing.nameanswer", "Company names", "join", "Which account a typed name means"),
        ("routing.share", "Fairness ledger", "balance", "What each rep was given of their share, and why"),
        (
            "routing.share#performance",
            "Performance weights",
            "trending_up",
            "What each rep's leads came to, and what that is worth in leads",
        ),
        ("routing.absence", "Absences", "beach_access", "Who is away, and who stands in"),
    ),
    "SLA": (
        ("sla.policy", "Policies", "timer", "How long everybody has"),
        ("sla.calendar", "Calendars", "calendar_month", "The hours that deadlines run on"),
    ),
    "Recycle": (
        ("leads.reason", "Reasons", "undo", "Why a lead may go back, and where it goes then"),
        ("leads.track", "Nurture tracks", "park", "Where leads wait, and what brings them back"),
        ("recycle.feature", "Features", "extension", "What leads asked for"),
        ("recycle.dispute", "Disputes", "gavel", "Where a rep and the ICP disagree"),
    ),
    "Recovery": (
        ("leads.lostdeal", "Closed-lost deals", "replay", "Deals that were lost, and why: whom to come back to"),
        (
            "leads.unownedcrmlead",
            "CRM leads without an owner",
            "person_off",
            "Nobody's there: a queue's, or of who left",
        ),
    ),
    "People": (
        ("leads.team", "Teams", "groups", "Managers, deputies, channels and hours"),
        ("leads.rep", "Reps", "badge", "Who may be given leads"),
        ("auth.user", "Users", "person", "Who may sign in"),
        ("auth.group", "Groups", "shield_person", "Roles"),
    ),
    "Records": (
        ("leads.lead", "Leads", "contact_page", "Every lead, and where it stands"),
        ("leads.leadevent", "Events", "history", "Everything that happened, never changed"),
        ("leads.assignment", "Assignments", "assignment_ind", "Every rep's turn with a lead"),
        ("routing.decision", "Decisions", "alt_route", "Why a lead went where it went"),
        ("leads.delivery", "Deliveries", "send", "What is owed to Slack and others"),
        ("leads.sentback", "Leads sent back", "undo", "Taken from a rep by a manager, and why"),
        ("routing.turncredit", "Credits", "add_card", "Turns given back to reps, one by one"),
        ("sla.breach", "Breaches", "running_with_errors", "Deadlines that were let pass"),
        ("sla.remark", "Remarks", "comment", "What reps and managers say of breaches"),
        ("leads.alert", "Alerts", "notifications_active", "What managers were to see, and who has"),
        ("leads.arrival", "Arrivals", "door_front", "Every knock at the door"),
        ("revops.notice", "Notices", "mail", "What RevOps is told of no one lead"),
        ("leads.suppression", "Suppressions", "block", "Whom nobody may contact"),
        ("leads.account", "Accounts", "apartment", "The companies we know"),
        ("leads.crmpull", "CRM pulls", "sync", "How far the CRM was pulled, and whether it answers"),
        ("leads.crmrecord", "Leads in the CRM", "link", "Where a lead is in the CRM, and how it stands there"),
        (
            "leads.owneroverride",
            "Owners changed in the CRM",
            "swap_horiz",
            "Who was given a lead there, past the rules",
        ),
        ("leads.opportunity", "Opportunities", "handshake", "Open and closed deals"),
        ("leads.intentsignal", "Signals", "bolt", "What people and companies did"),
        ("recycle.enrolment", "Nurture stays", "hourglass", "Who waits on which track"),
        ("routing.enrichmentanswer", "Enrichment", "travel_explore", "What was found out about companies"),
    ),
    "System": (
        ("sla.outage", "Outages", "power_off", "When no timer ran; such time is nobody's lapse"),
        ("revops.heartbeat", "Heartbeats", "ecg_heart", "Which processes are at work"),
        ("django_q.schedule", "Schedules", "schedule", "What runs by the clock"),
        ("django_q.ormq", "Queue", "queue", "Work waiting for a worker"),
        ("django_q.success", "Finished work", "task_alt", "What workers did"),
        ("django_q.failure", "Failed work", "error", "What workers could not do"),
        ("knox.authtoken", "API tokens", "key", "Who may use the API"),
        ("admin.logentry", "Changes", "manage_history", "Who changed what here, and when"),
    ),
}
# Worked on at a page of the product, since managers do it too; or a page beside the model's list.
ELSEWHERE = {
    "routing.share": "fairness",
    "routing.nameanswer": "names",
    "routing.share#performance": "dashboard-performance",
    "routing.vendoranswer#differ": "admin:routing_vendoranswer_disagreements",
}
NO_FALLBACK = (
    "No territory that is switched on is the fallback now: leads which fit nowhere go to the last resort, a person of "
    "RevOps. Tick “Fallback” on a territory of a team that is switched on."
)
MOST_COUNTED = 100
SILENT_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Trouble:
    """Something that wants a person: a sentence and the page to do it on."""

    text: str
    link: str


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """The contents as far as this person may see them."""
    registry = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
    shown = []
    for title, entries in CONTENTS.items():
        items = [
            {"title": name, "icon": icon, "about": about, "link": _list(label)}
            for label, name, icon, about in entries
            if (page := registry.get(label.partition("#")[0])) and page.has_view_permission(request)
        ]
        if items:
            shown.append({"title": title, "items": items})
    return shown


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The contents as unfold's sidebar takes them; what is read more than it is changed is folded up."""
    shown = groups(request)
    links = [item["link"] for group in shown for item in group["items"]]
    here = max((link for link in links if request.path.startswith(link)), key=len, default="")
    return [
        {
            "title": group["title"],
            "items": [{**item, "active": item["link"] == here} for item in group["items"]],
            "collapsible": group["title"] in ("Records", "System"),
            "separator": position > 0,
        }
        for position, group in enumerate(shown)
    ]


def attention() -> list[Trouble]:
    """What is not in order: leads put aside, deliveries that failed for good, holes in the configuration."""
    clocks = [Trouble(text, _list(label)) for text, label in clock_troubles.told(at=clock.now())]
    return [*_stuck(), *_holes(), *clocks]


def _stuck() -> list[Trouble]:
    found = []
    if count := Lead.objects.put_aside()[:MOST_COUNTED].count():
        text = f"{_counted(count, 'lead is', 'leads are')} put aside because of an error, and will be tried again."
        found.append(Trouble(text, _list("leads.lead", "aside=yes")))
    if count := Delivery.objects.filter(status=Delivery.Status.DEAD)[:MOST_COUNTED].count():
        text = f"{_counted(count, 'delivery', 'deliveries')} failed for good."
        found.append(Trouble(text, _list("leads.delivery", "status__exact=dead")))
    if count := Dispute.objects.filter(reviewed_at__isnull=True)[:MOST_COUNTED].count():
        text = f"{_counted(count, 'definition dispute waits', 'definition disputes wait')} for your verdict."
        found.append(Trouble(text, _list("recycle.dispute", "reviewed=no")))
    found += _refusing_vendors() + _failing_pulls() + _crm() + _slack()
    if Notice.objects.filter(status=Notice.Status.DEAD).exists():
        text = "A notice to RevOps could not be sent."
        found.append(Trouble(text, _list("revops.notice", "status__exact=dead")))
    silent = pulse_age("sweep")
    if silent is not None and silent > SILENT_AFTER:
        text = "The sweep has been silent for over five minutes: deadlines may not be acted on."
        found.append(Trouble(text, _list("revops.heartbeat")))
    return found


def _failing_pulls() -> list[Trouble]:
    told = CrmPull.objects.exclude(error="").order_by("kind").values_list("error", flat=True).first()
    return [Trouble(f"The CRM could not be pulled: {told}", _list("leads.crmpull"))] if told else []


def _crm() -> list[Trouble]:
    """What the CRM and we do not agree on."""
    found = []
    health = VendorHealth.objects.filter(vendor=crm_health.VENDOR).first()
    if health is not None and health.refuses(crm_health.fingerprint()):
        text = f"The CRM is not asked any more until its settings are mended: {health.error}"
        found.append(Trouble(text, _list("leads.crmpull")))
    elif health is not None and health.on_trial:
        text = f"The CRM failed {health.failures} times in a row and is asked less often: {health.error}"
        found.append(Trouble(text, _list("leads.crmpull")))
    waiting = CrmRecord.objects.filter(conversion=CrmRecord.Conversion.WAITING, lead__state__in=states.OPEN)
    if count := waiting[:MOST_COUNTED].count():
        text = f"{_counted(count, 'lead was', 'leads were')} converted in the CRM before anybody accepted here."
        found.append(Trouble(text, _list("leads.crmrecord", "conversion__exact=waiting")))
    without = CrmUser.missing_for(Rep.objects.taking_leads()) if CrmUser.objects.exists() else Rep.objects.none()
    if names := [rep.name for rep in without.select_related("user").order_by("user__first_name", "pk")[:6]]:
        listed = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
        text = f"No user in the CRM has the e-mail of {listed}: the owner of their leads is left as it is there."
        found.append(Trouble(text, _list("leads.rep", "crm=no")))
    return found


def _slack() -> list[Trouble]:
    """Why what is told in Slack may not arrive."""
    found, page = [], _list("leads.delivery")
    fares = slack_health.standing()
    if fares is not None and fares.refused:
        found.append(Trouble(f"Slack does not let us in; what is owed to it is kept: {fares.error}", page))
    elif fares is not None and fares.on_trial:
        found.append(Trouble(f"Slack failed {fares.failures} times in a row: {fares.error}", page))
    if silent := socket_pulse.trouble():
        found.append(Trouble(f"{silent}.", _list("revops.heartbeat")))
    keys = Conversation.objects.filter(blocked_since__isnull=False).order_by("blocked_since").values_list("key")
    if names := [key for (key,) in keys[:MOST_COUNTED]]:
        text = f"{_counted(len(names), 'conversation', 'conversations')} in Slack cannot be reached: "
        found.append(Trouble(text + ", ".join(names[:5]) + (" and others" if len(names) > 5 else ""), page))
    return found


def _refusing_vendors() -> list[Trouble]:
    elsewhere = (crm_health.VENDOR, slack_health.VENDOR)
    health = VendorHealth.objects.exclude(refused="").exclude(vendor__in=elsewhere).order_by("vendor")
    return [
        Trouble(f"{wording.vendor(row.vendor)} refuses its key: {row.error}", _list("routing.vendor"))
        for row in health
        if row.refuses(vendors.fingerprint(row.vendor))
    ]


def has_fallback(said: Rules) -> bool:
    """Whether by these rules a territory takes the leads that fit nowhere."""
    fallback = said.routing.fallback
    return fallback is not None and Team.objects.filter(pk=fallback.team_id, active=True).exists()


def _holes() -> list[Trouble]:
    said = rules.standing()
    found = []
    draft = Draft.objects.select_related("base").defer("base__document").first()
    if draft is not None:
        text = f"A draft of the rules is open: version {draft.base.number} stays in force until it is published."
        found.append(Trouble(text, _list("leads.ruleset")))
    if said.routing.profile is None:
        found.append(Trouble("No ICP is in force: every company counts as a fit.", _list("routing.icpprofile")))
    if not any(policy.territory_id is None and not policy.source for policy in said.policies):
        text = "No SLA policy is for all territories and sources: what came with the product holds there."
        found.append(Trouble(text, _list("sla.policy")))
    if not has_fallback(said):
        text = "No territory is the fallback: a lead that fits nowhere goes to RevOps by hand."
        found.append(Trouble(text, _list("leads.territory")))
    off = Team.objects.filter(active=False).exclude(name=REVOPS)  # which answers for leads, and is given none by rule
    for name in off.order_by("name").values_list("name", flat=True)[:5]:
        found.append(Trouble(f"{name} is switched off and is given no leads.", _list("leads.team")))
    for name in Territory.objects.filter(pool__isnull=True).order_by("name").values_list("name", flat=True)[:5]:
        found.append(Trouble(f"{name} has no routing rule yet and takes no leads.", _list("leads.territory")))
    rows = said.routing.territories
    for name in sorted(rule.name for rule in rows if not (rule.is_fallback or rule.criteria or rule.named_id))[:5]:
        found.append(Trouble(f"{name} has no criteria and takes no leads.", _list("leads.territory")))
    return found


def _counted(count: int, one: str, many: str) -> str:
    if count == 1:
        return f"1 {one}"
    return f"{count}{'+' if count == MOST_COUNTED else ''} {many}"


def _list(label: str, query: str = "") -> str:
    if label in ELSEWHERE:
        return reverse(ELSEWHERE[label])
    address = reverse(f"admin:{label.replace('.', '_')}_changelist")
    return f"{address}?{query}" if query else address
