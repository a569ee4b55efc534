"""A person says which account a typed name means, or that it is none of those offered; and takes it back.

The leads that wait under the name get the account with an event on their timeline. No clock starts again and no owner
moves.
"""

from collections.abc import Sequence
from datetime import datetime

from leads.actor import Actor
from leads.intake.problems import shown
from leads.models import Account, Lead
from revops import holding
from revops.handoff import note
from revops.moment import Moment
from revops.refusals import NotPossible, Refused
from routing import directory, enquiries
from routing.matching import review
from routing.matching.linking import Match, match, typed_name
from routing.models import NameAnswer

# What a lead's company may have.
LONGEST_NAME = 255


class NoSuchName(Refused):
    """What was answered is no company's name."""


class NoSuchAccount(Refused):
    """The account is not known."""


def answer_name(
    name: str, *, account_id: int | None, at: datetime, by: Actor, personal: bool = False, refused: Sequence[int] = ()
) -> int:
    """Keep what a typed name means and link the leads that wait under it. Returns how many leads it was about.

    The answer for company addresses is an alias: later leads link by it too. For `personal` addresses it is about the
    leads that wait now, since anybody can type a company's name. No account means none of `refused`, which no rule
    links the name to from then on. Raises NoSuchName, NoSuchAccount, NotPossible when somebody answered first.
    """
    joined = typed_name(name).joined
    if not joined or len(name) > LONGEST_NAME:
        raise NoSuchName(f"'{shown(name)}' is not a company's name.")

    def act(m: Moment) -> int:
        account = _account(account_id)
        buffered = _Buffered(joined, m)
        if not personal:
            _keep(joined, name, account, refused, m)
            buffered.ask_again(m)
        leads = holding.locked(review.under(Lead.objects.all(), joined, personal=personal))
        for lead in leads:
            if account is not None:
                _link(lead, Match(account, "person" if personal else "answer"), m)
            elif personal:
                note(lead, m, review.REFUSED)
        return len(leads)

    # Exclusive, so that no sweep is half way through matching the same name by the answers of before.
    return holding.alone(at=at, by=by, act=act)


def withdraw_answer(answer_id: int, *, at: datetime, by: Actor) -> int:
    """Take an answer back. The open leads that only it linked lose their account and wait again; returns how many."""

    def act(m: Moment) -> int:
        answer = NameAnswer.objects.select_for_update().filter(pk=answer_id, withdrawn_at__isnull=True).first()
        if answer is None:
            raise NotPossible("That answer has been taken back already.", state="withdrawn")
        buffered = _Buffered(answer.joined, m)
        answer.withdrawn_at, answer.withdrawn_by_id = m.at, by.user_id
        answer.save(update_fields=["withdrawn_at", "withdrawn_by"])
        buffered.ask_again(m)
        leads = holding.locked(_linked_by(answer))
        found = match(leads)
        lost = [lead for lead in leads if lead.pk not in found or found[lead.pk].account.pk != answer.account_id]
        for lead in lost:
            _link(lead, found.get(lead.pk), m)
        return len(lost)

    return holding.alone(at=at, by=by, act=act)


class _Buffered:
    """The leads in the buffer under a name, with what was missing of them before its meaning changed.

    Vendors are not asked where the account tells everything. When the name no longer means it, they are.
    """

    def __init__(self, joined: str, m: Moment) -> None:
        named = review.in_buffer(Lead.objects.all(), joined)
        self.leads = holding.locked(named)
        self.wanted = enquiries.asked_for(m.rules.routing) if named else enquiries.EVERYTHING
        self.missing = enquiries.gaps(self.leads, self.wanted)

    def ask_again(self, m: Moment) -> None:
        asked = enquiries.still_asked(self.leads)
        missing = enquiries.gaps(self.leads, self.wanted)
        for lead in self.leads:
            if missing[lead.pk].names - self.missing[lead.pk].names and lead.pk not in asked:
                m.ask_about(lead)


def _account(account_id: int | None) -> Account | None:
    if account_id is None:
        return None
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise NoSuchAccount(f"There is no account {account_id}.")
    return account


def _keep(joined: str, name: str, account: Account | None, refused: Sequence[int], m: Moment) -> None:
    others = [] if account is not None else sorted(set(refused))
    fresh = NameAnswer(joined=joined, name=name, account=account, refused=others, by_id=m.by.user_id, at=m.at)
    in_force = NameAnswer.objects.filter(joined=joined, withdrawn_at__isnull=True).select_related("account", "by")
    before = in_force.first()
    if before is not None:
        who = before.by.get_full_name() or before.by.get_username() if before.by else "Somebody"
        raise NotPossible(f"{who} has answered this name: {before.account or 'no account'}.", state="answered")
    fresh.save()


def _link(lead: Lead, found: Match | None, m: Moment) -> None:
    m.writes.add(directory.answered(lead, found, at=m.at))
    if found is None:
        note(lead, m, "account_unlinked")
    else:
        note(lead, m, "account_linked", account=found.account.pk, how=found.by)


def _linked_by(answer: NameAnswer) -> list[int]:
    if answer.account_id is None:
        return []
    rows = Lead.objects.open().filter(account=answer.account_id, is_free_mail=False).order_by("pk")
    return [pk for pk, company in rows.values_list("pk", "company") if typed_name(company).joined == answer.joined]
