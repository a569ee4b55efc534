"""The admin's table of contents, for the sidebar and the first page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

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


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """The contents as far as this person may see them."""
    registry = {model._meta.label_lower: page for model, page in admin.site._registry.items()}
    shown = []
    for title, entries in CONTENTS.items():
        items = [
            {"title": name, "icon": icon, "about": about, "link": address(label)}
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


def address(label: str, query: str = "") -> str:
    """Of the list that an entry of the contents names."""
    if label in ELSEWHERE:
        return reverse(ELSEWHERE[label])
    found = reverse(f"admin:{label.replace('.', '_')}_changelist")
    return f"{found}?{query}" if query else found
