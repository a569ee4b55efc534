"""Why an alert comes to the deputy or to RevOps: who was not asked before them, and why not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from leads.models import Alert, Rep
from revops.ladder import answers

WHO = {"manager": "who would be asked", "deputy": "the deputy"}


@dataclass(frozen=True)
class PassedBy:
    """`told` says of each who was not asked why not, a sentence each; `waited` whether somebody was, and had time."""

    told: tuple[str, ...]
    waited: bool


def passed_by(alert: Alert, *, to_revops: bool) -> PassedBy:
    """Of those before the deputy, or before RevOps: who held the lead, who was away when it was their turn, and who is
    switched off by now, for since when is not kept."""
    manager, deputy = alert.team.manager, alert.team.deputy
    manager_not = _why_not(manager, "manager", alert, at=alert.raised_at)
    asked_at = alert.deputy_at or alert.raised_at
    had_time = not manager_not and asked_at >= alert.raised_at + timedelta(minutes=alert.within)
    if not to_revops:
        return PassedBy(_sentences(manager_not), had_time)
    if alert.revops_at != alert.deputy_at:
        return PassedBy(_sentences(manager_not), True)
    deputy_not = "" if deputy == manager else _why_not(deputy, "deputy", alert, at=asked_at)
    return PassedBy(_sentences(manager_not, deputy_not), had_time)


def _sentences(*told: str) -> tuple[str, ...]:
    return tuple(sentence for sentence in told if sentence)


def _why_not(rep: Rep | None, role: str, alert: Alert, *, at: datetime) -> str:
    """Why they were not asked; '' where nothing kept them from it."""
    if rep is None:
        return f"The team has no {role}."
    who = f"{rep.name}, {WHO[role]},"
    if rep.pk == alert.lead.owner_id:
        return f"{who} holds this lead."
    if not answers(rep):
        return f"{who} is switched off."
    away = any(absence.starts_at <= at < absence.ends_at for absence in rep.absences.all())
    return f"{who} is away." if away else ""
