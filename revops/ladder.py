"""The ladder that ends at a person who answers: who is next when the one before did not."""

from functools import cached_property

from django.conf import settings

from leads.models import Lead, Rep, Team


class NoLastResort(RuntimeError):
    """Nobody is named to answer when everybody else has not."""

    def __init__(self) -> None:
        super().__init__("Set AIRTIGHT_LAST_RESORT to the e-mail of a person with a Rep row.")


class Ladder:
    """Who comes next for each lead of a transaction; the people are read once for all of them."""

    @cached_property
    def people(self) -> dict[int, Rep]:
        return {rep.pk: rep for rep in Rep.objects.select_related("user", "team").order_by("pk")}

    @cached_property
    def _last_resorts(self) -> list[Rep]:
        """The setting's person, then those of RevOps."""
        here = [rep for rep in self.people.values() if _answers(rep)]
        email = settings.AIRTIGHT_LAST_RESORT.casefold()
        revops = set(Rep.objects.filter(user__groups__name="RevOps").values_list("pk", flat=True))
        named = [rep for rep in here if email and rep.user.email.casefold() == email]
        return [*named, *(rep for rep in here if rep.pk in revops)]

    def last_resort(self, *, other_than: int | None = None) -> Rep:
        """Who answers in the end. Raises NoLastResort."""
        for rep in self._last_resorts:
            if rep.pk != other_than:
                return rep
        raise NoLastResort

    def rungs(self, lead: Lead) -> list[Rep | None]:
        """The people before the last resort; None where nobody is named."""
        return (
            self._of_a_deal(lead) if lead.is_deal else self._of_a_team(lead.territory.team if lead.territory else None)
        )

    def _of_a_deal(self, lead: Lead) -> list[Rep | None]:
        """The deal's owner, the account's owner, that owner's manager."""
        deal = lead.opportunity
        account = deal.account if deal else lead.account
        deal_owner = self._person(deal.owner_id if deal else None)
        account_owner = self._person(account.owner_id if account else None)
        boss_of = account_owner or deal_owner
        return [deal_owner, account_owner, self._person(boss_of.team.manager_id if boss_of else None)]

    def _of_a_team(self, team: Team | None) -> list[Rep | None]:
        """The team's manager, the deputy."""
        return [self._person(team.manager_id if team else None), self._person(team.deputy_id if team else None)]

    def _person(self, rep_id: int | None) -> Rep | None:
        return self.people.get(rep_id or 0)

    def next_rung(self, lead: Lead, *, away: set[int], must_go: bool = False) -> tuple[int, Rep] | None:
        """The first rung above the lead's own whose person is here; None past the last.

        Rungs count from 1; the last resort's, after them, answers even when away, for there is nobody after them. A
        lead that must go, or that nobody holds, starts from the lowest rung again when it is past the last. Raises
        NoLastResort.
        """
        rungs = self.rungs(lead)
        here = [
            (number, rep)
            for number, rep in enumerate(rungs, start=1)
            if rep and rep.pk != lead.owner_id and rep.pk not in away and _answers(rep)
        ]
        above = next(((number, rep) for number, rep in here if number > lead.rung), None)
        if above:
            return above
        last = len(rungs) + 1
        if lead.rung < last and self.last_resort().pk != lead.owner_id:
            return last, self.last_resort()
        if lead.owner_id and not must_go:
            return None
        return here[0] if here else (last, self.last_resort(other_than=lead.owner_id))


def _answers(rep: Rep) -> bool:
    return rep.active and rep.user.is_active
