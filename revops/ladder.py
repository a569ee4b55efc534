"""The ladder that ends at a person who answers: who is next when the one before did not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Q

from leads.models import Account, Lead, Opportunity, Rep, Team
from revops.groups import REVOPS
from routing.roster import left_out_of

LAST_RESORT = "last_resort"
# What the person whose turn it is reads of why.
YOURS = {
    "deal_owner": "You own the deal.",
    "account_owner": "You own the account.",
    "owners_manager": "You manage its owner.",
    "manager": "You manage the team.",
    "deputy": "You are the team's deputy.",
    LAST_RESORT: "You answer when nobody else does.",
}


class NoLastResort(RuntimeError):
    """Nobody is named to answer when everybody else has not."""

    def __init__(self) -> None:
        super().__init__(
            "Nobody answers when everybody else has not: run `manage.py create_revops EMAIL`, which makes that person, "
            "or set AIRTIGHT_LAST_RESORT to the e-mail of one with a Rep row who is switched on."
        )


@dataclass(frozen=True)
class Rung:
    """A place on a ladder and who stands there; without one, `unknown` says why nobody does."""

    role: str
    rep: Rep | None
    unknown: str = "nobody is named"


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: the rung's number from 1, the person, and the rungs passed over on the way, each with why.

    `line` are those who were asked, in order: the first whom nothing keeps from it has it.
    """

    number: int
    role: str
    rep: Rep
    passed: tuple[dict[str, Any], ...]
    line: tuple[dict[str, Any], ...] = ()


class Ladder:
    """Who comes next for each lead of a transaction; the people are read once for all of them."""

    @cached_property
    def people(self) -> dict[int, Rep]:
        return {rep.pk: rep for rep in Rep.objects.select_related("user", "team").order_by("pk")}

    @cached_property
    def _by_email(self) -> dict[str, Rep]:
        """Of several with one address, one who answers."""
        people = sorted(self.people.values(), key=answers)
        return {rep.user.email.casefold(): rep for rep in people if rep.user.email}

    @cached_property
    def _revops(self) -> set[int]:
        revops = Q(user__groups__name=REVOPS) | Q(user__is_superuser=True)
        return set(Rep.objects.filter(revops).values_list("pk", flat=True))

    @cached_property
    def _last_resorts(self) -> list[Rep]:
        """The setting's person, then those of RevOps."""
        revops = [rep for rep in self.people.values() if rep.pk in self._revops and answers(rep)]
        return [*self._named, *revops]

    @cached_property
    def _named(self) -> list[Rep]:
        """The setting's person, if they are here to answer."""
        email = settings.AIRTIGHT_LAST_RESORT.casefold()
        return [rep for rep in self.people.values() if answers(rep) and email and rep.user.email.casefold() == email]

    @property
    def names_nobody(self) -> bool:
        """Whether the setting is in vain: nobody by that e-mail is here to answer."""
        return bool(settings.AIRTIGHT_LAST_RESORT) and not self._named

    def last_resort(self, *, other_than: int | None = None) -> Rep:
        """Who answers in the end. Raises NoLastResort."""
        for rep in self._last_resorts:
            if rep.pk != other_than:
                return rep
        raise NoLastResort

    def overseer(self, *, other_than: int | None = None) -> Rep:
        """The first of them who sees every team's leads, as RevOps does; where there is none, who answers all the
        same. Raises NoLastResort."""
        able = [rep for rep in self._last_resorts if rep.pk in self._revops and rep.pk != other_than]
        return able[0] if able else self.last_resort(other_than=other_than)

    @property
    def ends_outside_revops(self) -> bool:
        """Whether the setting's person may not see what they are to answer for."""
        return bool(self._last_resorts) and self._last_resorts[0].pk not in self._revops

    def rungs(self, lead: Lead) -> list[Rung]:
        """The people before the last resort."""
        return (
            self._of_a_deal(lead) if lead.is_deal else self._of_a_team(lead.territory.team if lead.territory else None)
        )

    def _of_a_deal(self, lead: Lead) -> list[Rung]:
        """The deal's owner, the account's owner, that owner's manager (the deal owner's where the account has none)."""
        deal = lead.opportunity
        deal_owner = self._owner("deal_owner", deal)
        account_owner = self._owner("account_owner", deal.account if deal else lead.account)
        boss_of = account_owner.rep or deal_owner.rep
        manager = self._person(boss_of.team.manager_id if boss_of else None)
        return [deal_owner, account_owner, Rung("owners_manager", manager)]

    def _owner(self, role: str, owned: Account | Opportunity | None) -> Rung:
        """By the owner on record, else by their e-mail: it may have become a rep's after the record came in."""
        if owned is None:
            return Rung(role, None)
        rep = self._person(owned.owner_id) or self._by_email.get(owned.owner_email.casefold())
        return Rung(role, rep, "no rep here" if owned.owner_email else "not known")

    def _of_a_team(self, team: Team | None) -> list[Rung]:
        return [
            Rung("manager", self._person(team.manager_id if team else None)),
            Rung("deputy", self._person(team.deputy_id if team else None)),
        ]

    def _person(self, rep_id: int | None) -> Rep | None:
        return self.people.get(rep_id or 0)

    def next_turn(self, lead: Lead, *, at: datetime, away: set[int], must_go: bool = False) -> Turn | None:
        """The first rung above the lead's own whose person is here; None past the last.

        The lead's own rung too, when somebody else stands on it by now. The last resort's, after all others, answers
        even when away, for there is nobody after them. A lead that must go, or that nobody holds, starts from the
        lowest rung again when it is past the last. Raises NoLastResort.
        """
        rungs = list(enumerate(self.rungs(lead), start=1))
        why = {number: _why_not(rung, lead, at=at, away=away) for number, rung in rungs}
        last = len(rungs) + 1
        above = [(number, rung) for number, rung in rungs if number >= lead.rung]
        if found := _first(above, why):
            return found
        if lead.rung < last and self.last_resort().pk != lead.owner_id:
            return _at_last(last, self.last_resort(), _passed(above, why))
        if lead.owner_id and not must_go:
            return None
        return _first(rungs, why) or _at_last(last, self.last_resort(other_than=lead.owner_id), _passed(rungs, why))


def _at_last(number: int, rep: Rep, passed: tuple[dict[str, Any], ...]) -> Turn:
    return Turn(number, LAST_RESORT, rep, passed, (*passed, {"role": LAST_RESORT, "rep": rep.pk, "why": None}))


def _first(rungs: Iterable[tuple[int, Rung]], why: dict[int, str | None]) -> Turn | None:
    rungs = list(rungs)
    for place, (number, rung) in enumerate(rungs):
        if rung.rep is not None and why[number] is None:
            return Turn(number, rung.role, rung.rep, _passed(rungs[:place], why), _passed(rungs, why))
    return None


def _passed(rungs: Iterable[tuple[int, Rung]], why: dict[int, str | None]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"role": rung.role, "rep": rung.rep.pk if rung.rep else None, "why": why[number]} for number, rung in rungs
    )


def _why_not(rung: Rung, lead: Lead, *, at: datetime, away: set[int]) -> str | None:
    """Why it is not this person's turn; None when it may be."""
    rep = rung.rep
    if rep is None:
        return rung.unknown
    if not answers(rep):
        return "switched off"
    if rep.pk == lead.owner_id:
        return "had it until now"
    if rep.pk in away:
        return "away"
    # On a team's ladder those who let it lapse as reps still answer as its manager.
    return left_out_of(lead, rep.pk, at=at) if lead.is_deal and lead.owner_id is None else None


def answers(rep: Rep) -> bool:
    return rep.active and rep.user.is_active
