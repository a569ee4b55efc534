"""What is for some readers alone: who let a lead lapse, and whom to contact before a lead is claimed.

Who let a lead lapse is between that rep, whoever answers for them, and RevOps: what everybody else is told instead.

A lead's history says what happened to it; of those who had it before, a reader is told the name only where they may
read that rep's record, for a name beside a lapse, or a gap where a name should be, is the record.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leads import wording
from leads.models import Lead, LeadEvent

SOMEBODY = "a colleague"
# Of a decision's steps: who was tried and left out, which tells whose cool-down runs.
OF_OTHERS = ("left_out", "passed")
# What a decision is made again from; it lists everybody.
TO_REPLAY = ("case", "line", "loads", "owner")
# How sentences of before named who had it.
NAMED = re.compile(r"^.{1,300}? (let it lapse\.|gave it back:|says the company)")
OF_A_DOMAIN = re.compile(r"(?<=, one of those that give )\S+(?= as theirs,)")
SENT_BACK_FROM = re.compile(r"^It was sent back from .{1,300}?\.(?= You | [^.]+ has an open deal)")
UNNAMED = "Whoever had it let it lapse."
SENT_BACK = "It was sent back."


@dataclass(frozen=True)
class Reader:
    """The reps whose record somebody may read, and their users; `teams` are those they answer for, and `everybody` is
    for RevOps and its systems."""

    reps: frozenset[int] = frozenset()
    users: frozenset[int] = frozenset()
    everybody: bool = False
    teams: frozenset[int] = frozenset()

    def reads_of(self, rep_id: int | None) -> bool:
        return self.everybody or rep_id is None or rep_id in self.reps

    def may_contact(self, lead: Lead) -> bool:
        """Whether they are told whom to contact: of what is in the Shark Tank, who answers for its team, until it is
        claimed, unless the team shows it to all."""
        return self.answers_for(lead) or not lead.contact_is_hidden

    def company_of(self, lead: Lead) -> str:
        """What they read as its company: the name, else the domain where they may be told whom to contact."""
        return lead.company or (lead.domain if self.may_contact(lead) else "")

    def answers_for(self, lead: Lead) -> bool:
        """Of a lead that nobody holds, by its territory."""
        return self.everybody or (lead.territory.team_id in self.teams if lead.territory else bool(self.teams))

    def knows_who(self, event: LeadEvent) -> bool:
        """Whether the reader is told which person did it. Who sent a lead back stands by it."""
        by_a_holder = event.actor in ("rep", "manager") and event.kind != "sent_back"
        return self.everybody or not by_a_holder or event.user_id in self.users


def data(event: LeadEvent, reader: Reader) -> dict[str, Any]:
    """An event's data without a rep who is not the reader's to read of."""
    told: dict[str, Any] = event.data
    return told if reader.reads_of(told.get("rep")) else {name: value for name, value in told.items() if name != "rep"}


def steps(told: Mapping[str, Any], reader: Reader, *, rep_id: int | None) -> dict[str, Any]:
    """A decision's steps without the reps who are not the reader's to read of; `others_left_out` counts them.

    Where the winner is one of those, the turns go too, for they say who was first.
    """
    if reader.everybody:
        return dict(told)
    kept = {name: value for name, value in told.items() if name not in TO_REPLAY}
    hidden = 0
    for name in OF_OTHERS:
        if name in kept:
            readable = [item for item in kept[name] if reader.reads_of(item["rep"])]
            hidden += len(kept[name]) - len(readable)
            kept[name] = readable
    if "before" in kept:
        kept["before"] = steps(kept["before"], reader, rep_id=None)
        hidden += kept["before"].pop("others_left_out", 0)
    if not reader.reads_of(rep_id):
        kept.pop("turns", None)
        kept.pop("due", None)
    return kept | ({"others_left_out": hidden} if hidden else {})


def sentence(told: str, reader: Reader, *, rep: str, rep_id: int | None, own: bool, contact: bool = True) -> str:
    """Why it went where it went: as the rep reads it where it is their `own`, else of them, or of a colleague.

    Without `contact` the lead's domain is not told.
    """
    shown = told if reader.everybody else unnamed(told)
    shown = shown if contact else OF_A_DOMAIN.sub("its domain", shown)
    if own or rep_id is None:
        return shown
    return wording.told_of(rep if reader.reads_of(rep_id) else SOMEBODY, shown)


def unnamed(told: str) -> str:
    """A decision's sentence without the name of who had it before."""
    return SENT_BACK_FROM.sub(SENT_BACK, NAMED.sub(r"Whoever had it \1", told))
