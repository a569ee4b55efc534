"""The ladder that ends at a person who answers: who is next when the one before did not."""

from django.conf import settings

from leads.models import Lead, Opportunity, Rep, Team

WITH_PEOPLE = (
    "owner__user",
    "owner__team__manager__user",
    "account__owner__user",
    "account__owner__team__manager__user",
)


class NoLastResort(RuntimeError):
    """Nobody is named to answer when everybody else has not."""

    def __init__(self) -> None:
        super().__init__("Set AIRTIGHT_LAST_RESORT to the e-mail of a person with a Rep row.")


def last_resort(*, other_than: int | None = None) -> Rep:
    """Who answers in the end: the setting's person, else anybody of RevOps. Raises NoLastResort."""
    email = settings.AIRTIGHT_LAST_RESORT
    reps = Rep.objects.select_related("user", "team").filter(active=True, user__is_active=True).order_by("pk")
    reps = reps.exclude(pk=other_than or 0)
    rep = reps.filter(user__email__iexact=email).first() if email else None
    rep = rep or reps.filter(user__groups__name="RevOps").first()
    if rep is None:
        raise NoLastResort
    return rep


def deal_rungs(lead: Lead) -> list[Rep | None]:
    """A deal owner's lead: the deal's owner, the account's owner, that owner's manager, RevOps."""
    deal = Opportunity.objects.select_related(*WITH_PEOPLE).filter(pk=lead.opportunity_id or 0).first()
    account = deal.account if deal else lead.account
    account_owner = account.owner if account else None
    boss_of = account_owner or (deal.owner if deal else None)
    return [deal.owner if deal else None, account_owner, boss_of.team.manager if boss_of else None, last_resort()]


def team_rungs(team: Team | None) -> list[Rep | None]:
    """Any other lead: the team's manager, the deputy, RevOps."""
    return [team.manager if team else None, team.deputy if team else None, last_resort()]


def next_rung(lead: Lead, rungs: list[Rep | None], *, away: set[int], must_go: bool = False) -> tuple[int, Rep] | None:
    """The first rung above the lead's own whose person is here; None past the last.

    Rungs count from 1; the last one answers even when away, for there is nobody after them. A lead that must go, or
    that nobody holds, starts from the lowest rung again when it is past the last. Raises NoLastResort.
    """
    for number, rep in enumerate(rungs, start=1):
        if number <= lead.rung or rep is None or rep.pk == lead.owner_id:
            continue
        last = number == len(rungs)
        if _answers(rep) and (last or rep.pk not in away):
            return number, rep
    if lead.owner_id and not must_go:
        return None
    able = ((number, rep) for number, rep in enumerate(rungs, start=1) if rep and rep.pk != lead.owner_id)
    here = next(((number, rep) for number, rep in able if _answers(rep) and rep.pk not in away), None)
    return here or (len(rungs), last_resort(other_than=lead.owner_id))


def _answers(rep: Rep) -> bool:
    return rep.active and rep.user.is_active
