"""The recycle dialog of one lead: the reasons that can be given here, and what they ask."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from leads.models import Lead, Reason, Rep
from recycle.choosing import Option, field_options, lead_options
from recycle.models import Feature
from recycle.recycling import candidates
from revops.desk import Desk
from revops.integrations.slack_dialog import Choice, recycle_view
from revops.roles import visible_leads

NO_FEATURE = "no feature that is still to ship is known"
NO_OTHER = "no other lead is known that it could repeat"


def recycle_dialog(lead: Lead, rep: Rep, *, seq: int, at: datetime) -> dict[str, Any]:
    """`seq` is that of the card which asked for it. A reason that cannot be answered now is left out, and told."""
    reasons = list(Reason.objects.filter(active=True, for_people=True).order_by("position", "pk"))
    asked = {Reason.Asks(reason.asks) for reason in reasons}
    features = _features() if Reason.Asks.FEATURE in asked else []
    others = _choices(_others(lead, rep, at=at)) if Reason.Asks.LEAD in asked else []
    cannot = {
        Reason.Asks.FEATURE: "" if features else NO_FEATURE,
        Reason.Asks.LEAD: "" if others else NO_OTHER,
    }
    return recycle_view(
        [Choice(one.code, one.label, one.hint) for one in reasons if not cannot.get(Reason.Asks(one.asks))],
        f"{lead.pk}:{seq}",
        features=features,
        fields=_choices(field_options(lead)) if Reason.Asks.FIELD in asked else [],
        leads=others,
        left_out=[f"{one.label}: {why}" for one in reasons if (why := cannot.get(Reason.Asks(one.asks)))],
    )


def _features() -> list[Choice]:
    return [Choice(one.key, one.name) for one in Feature.objects.filter(shipped_at__isnull=True).order_by("name", "pk")]


def _others(lead: Lead, rep: Rep, *, at: datetime) -> tuple[Option, ...]:
    others = candidates(lead)
    seen = set(visible_leads(rep.user).filter(pk__in=[one.pk for one in others]).values_list("pk", flat=True))
    return lead_options(lead, others, zone=Desk.load(at=at).zone(rep.team_id), seen=seen)


def _choices(options: Iterable[Option]) -> list[Choice]:
    return [Choice(option.value, option.label) for option in options]
