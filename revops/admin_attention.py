"""What in the admin needs somebody's attention: each a sentence and the page to act on."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

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
from revops.admin_index import address
from revops.groups import REVOPS
from revops.models import Notice
from revops.rules import Rules
from revops.slack import audience, socket_pulse
from revops.slack import health as slack_health
from revops.sweep import pulse_age

NO_FALLBACK = (
    "No territory that is switched on is the fallback now: leads which fit nowhere go to the last resort, a person of "
    "RevOps. Tick “Fallback” on a territory of a team that is switched on."
)
NOBODY_TAKES = (
    "Nobody takes leads from routing: each waits, then goes to the Shark Tank and in the end to a manager. Tick “Takes "
    "routing” on the pages of reps."
)
MOST_COUNTED = 100
SILENT_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Trouble:
    """Something that wants a person: a sentence and the page to do it on."""

    text: str
    link: str


def attention() -> list[Trouble]:
    """What is not in order: leads put aside, deliveries that failed for good, holes in the configuration."""
    clocks = [Trouble(text, address(label)) for text, label in clock_troubles.told(at=clock.now())]
    return [*_stuck(), *_holes(), *clocks]


def _stuck() -> list[Trouble]:
    found = []
    if count := Lead.objects.put_aside()[:MOST_COUNTED].count():
        text = f"{_counted(count, 'lead is', 'leads are')} put aside because of an error, and will be tried again."
        found.append(Trouble(text, address("leads.lead", "aside=yes")))
    if count := Delivery.objects.filter(status=Delivery.Status.DEAD)[:MOST_COUNTED].count():
        text = f"{_counted(count, 'delivery', 'deliveries')} failed for good."
        found.append(Trouble(text, address("leads.delivery", "status__exact=dead")))
    if count := Dispute.objects.filter(reviewed_at__isnull=True)[:MOST_COUNTED].count():
        text = f"{_counted(count, 'definition dispute waits', 'definition disputes wait')} for your verdict."
        found.append(Trouble(text, address("recycle.dispute", "reviewed=no")))
    found += _refusing_vendors() + _failing_pulls() + _crm() + _slack()
    if Notice.objects.filter(status=Notice.Status.DEAD).exists():
        text = "A notice to RevOps could not be sent."
        found.append(Trouble(text, address("revops.notice", "status__exact=dead")))
    silent = pulse_age("sweep")
    if silent is not None and silent > SILENT_AFTER:
        text = "The sweep has been silent for over five minutes: deadlines may not be acted on."
        found.append(Trouble(text, address("revops.heartbeat")))
    return found


def _failing_pulls() -> list[Trouble]:
    told = CrmPull.objects.exclude(error="").order_by("kind").values_list("error", flat=True).first()
    return [Trouble(f"The CRM could not be pulled: {told}", address("leads.crmpull"))] if told else []


def _crm() -> list[Trouble]:
    """What the CRM and we do not agree on."""
    found = []
    health = VendorHealth.objects.filter(vendor=crm_health.VENDOR).first()
    if health is not None and health.refuses(crm_health.fingerprint()):
        text = f"The CRM is not asked any more until its settings are mended: {health.error}"
        found.append(Trouble(text, address("leads.crmpull")))
    elif health is not None and health.on_trial:
        text = f"The CRM failed {health.failures} times in a row and is asked less often: {health.error}"
        found.append(Trouble(text, address("leads.crmpull")))
    waiting = CrmRecord.objects.filter(conversion=CrmRecord.Conversion.WAITING, lead__state__in=states.OPEN)
    if count := waiting[:MOST_COUNTED].count():
        text = f"{_counted(count, 'lead was', 'leads were')} converted in the CRM before anybody accepted here."
        found.append(Trouble(text, address("leads.crmrecord", "conversion__exact=waiting")))
    without = CrmUser.missing_for(Rep.objects.taking_leads()) if CrmUser.objects.exists() else Rep.objects.none()
    if names := [rep.name for rep in without.select_related("user").order_by("user__first_name", "pk")[:6]]:
        listed = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
        text = f"No user in the CRM has the e-mail of {listed}: the owner of their leads is left as it is there."
        found.append(Trouble(text, address("leads.rep", "crm=no")))
    return found


def _slack() -> list[Trouble]:
    """Why what is told in Slack may not arrive."""
    found, page = [], address("leads.delivery")
    fares = slack_health.standing()
    if fares is not None and fares.refused:
        found.append(Trouble(f"Slack does not let us in; what is owed to it is kept: {fares.error}", page))
    elif fares is not None and fares.on_trial:
        found.append(Trouble(f"Slack failed {fares.failures} times in a row: {fares.error}", page))
    if silent := socket_pulse.trouble():
        found.append(Trouble(f"{silent}.", address("revops.heartbeat")))
    if settings.SLACK_BOT_TOKEN:
        shared = [audience.told_of(team) for team in audience.alerted_before_reps()[:5]]
        found += [Trouble(text, address("leads.team")) for text in shared]
        found += [Trouble(text, page) for text in [audience.revops_told_before_reps()] if text]
    keys = Conversation.objects.filter(blocked_since__isnull=False).order_by("blocked_since").values_list("key")
    if names := [key for (key,) in keys[:MOST_COUNTED]]:
        text = f"{_counted(len(names), 'conversation', 'conversations')} in Slack cannot be reached: "
        found.append(Trouble(text + ", ".join(names[:5]) + (" and others" if len(names) > 5 else ""), page))
    return found


def _refusing_vendors() -> list[Trouble]:
    elsewhere = (crm_health.VENDOR, slack_health.VENDOR)
    health = VendorHealth.objects.exclude(refused="").exclude(vendor__in=elsewhere).order_by("vendor")
    return [
        Trouble(f"{wording.vendor(row.vendor)} refuses its key: {row.error}", address("routing.vendor"))
        for row in health
        if row.refuses(vendors.fingerprint(row.vendor))
    ]


def has_fallback(said: Rules) -> bool:
    """Whether by these rules a territory takes the leads that fit nowhere."""
    fallback = said.routing.fallback
    return fallback is not None and Team.objects.filter(pk=fallback.team_id, active=True).exists()


def nobody_taking(said: Rules) -> list[str]:
    """A sentence for each team that these rules give leads to while nobody of theirs takes any from routing."""
    teams = Team.objects.filter(pk__in={rule.team_id for rule in said.routing.territories}, active=True)
    without = teams.exclude(pk__in=Rep.objects.taking_leads().values("team"))
    names = list(without.order_by("name").values_list("name", flat=True))
    if names and len(names) == teams.count():
        return [NOBODY_TAKES]
    return [
        f"Nobody of {name} takes leads from routing: its leads wait, then go to the fallback or the Shark Tank."
        for name in names
    ]


def _holes() -> list[Trouble]:
    said = rules.standing()
    found = []
    draft = Draft.objects.select_related("base").defer("base__document").first()
    if draft is not None:
        text = f"A draft of the rules is open: version {draft.base.number} stays in force until it is published."
        found.append(Trouble(text, address("leads.ruleset")))
    if said.routing.profile is None:
        found.append(Trouble("No ICP is in force: every company counts as a fit.", address("routing.icpprofile")))
    if not any(policy.territory_id is None and not policy.source for policy in said.policies):
        text = "No SLA policy is for all territories and sources: what came with the product holds there."
        found.append(Trouble(text, address("sla.policy")))
    if not has_fallback(said):
        text = "No territory is the fallback: a lead that fits nowhere goes to RevOps by hand."
        found.append(Trouble(text, address("leads.territory")))
    found += [Trouble(text, address("leads.rep")) for text in nobody_taking(said)[:5]]
    off = Team.objects.filter(active=False).exclude(name=REVOPS)  # which answers for leads, and is given none by rule
    for name in off.order_by("name").values_list("name", flat=True)[:5]:
        found.append(Trouble(f"{name} is switched off and is given no leads.", address("leads.team")))
    for name in Territory.objects.filter(pool__isnull=True).order_by("name").values_list("name", flat=True)[:5]:
        found.append(Trouble(f"{name} has no routing rule yet and takes no leads.", address("leads.territory")))
    rows = said.routing.territories
    for name in sorted(rule.name for rule in rows if not (rule.is_fallback or rule.criteria or rule.named_id))[:5]:
        found.append(Trouble(f"{name} has no criteria and takes no leads.", address("leads.territory")))
    return found


def _counted(count: int, one: str, many: str) -> str:
    if count == 1:
        return f"1 {one}"
    return f"{count}{'+' if count == MOST_COUNTED else ''} {many}"
