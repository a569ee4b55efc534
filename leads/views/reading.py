"""What the pages read of leads, in a number of queries that does not grow with them."""

from collections.abc import Iterable, Sequence

from leads.discretion import unnamed
from leads.models import Assignment, Lead
from leads.models.lead import LeadQuerySet
from routing.models import Decision

CLAIMED = "You claimed it from the Shark Tank."


def with_holders(leads: LeadQuerySet) -> LeadQuerySet:
    return leads.select_related("owner__user", "owner__team", "territory__team", "reason__track")


def why_theirs(leads: Sequence[Lead]) -> dict[int, str]:
    """By lead, the sentence that tells its holder why it came to them."""
    sentences = {decision.lead_id: unnamed(decision.sentence) for decision in _latest(leads)}
    return sentences | {turn.lead_id: CLAIMED for turn in _open_turns(leads) if turn.how == "claim"}


def _latest(leads: Iterable[Lead]) -> Iterable[Decision]:
    decisions = Decision.objects.filter(lead__in=[lead.pk for lead in leads], kind="routing").exclude(outcome="waits")
    return decisions.order_by("lead_id", "-at", "-pk").distinct("lead_id").only("lead_id", "sentence")


def _open_turns(leads: Iterable[Lead]) -> Iterable[Assignment]:
    return Assignment.objects.filter(lead__in=[lead.pk for lead in leads], ended_at__isnull=True).only("lead_id", "how")
