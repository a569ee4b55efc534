"""One transaction of the lifecycle: its time, who acts, what is held and what will be written."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django_q.tasks import async_task

from leads.actor import Actor
from leads.deliveries import connected, owed
from leads.models import Assignment, Delivery, Lead, LeadEvent, Reason, Team
from leads.reading import Columns, complete_rows
from leads.writing import WriteSet
from recycle.pacing import Pace, hold_pace
from revops import causes, vendors
from revops.ladder import Ladder
from revops.rules import Rules, in_force
from routing import enquiries, roster
from routing.models import Vendor
from routing.routes import Bench
from sla.at_work import WorkTerms
from sla.models import Breach, Outage
from sla.outages import Outages

LONGEST_WINDOW = timedelta(days=366)


class Moment:
    """`at` is the door's time. Add changes to `writes`; `finish()` writes them, before the commit."""

    def __init__(self, *, at: datetime, by: Actor) -> None:
        self.at = at
        self.by = by
        self.writes = WriteSet()
        self._turns: dict[int, Assignment] = {}
        self._asking: list[Lead] = []
        self._listens = cache(connected)

    @cached_property
    def rules(self) -> Rules:
        """The version of the rules that this transaction goes by, from the first look to the last."""
        return in_force(at=self.at)

    @cached_property
    def terms(self) -> WorkTerms:
        return WorkTerms.of(self.rules.policies)

    @cached_property
    def away(self) -> set[int]:
        """The reps who are away now."""
        return roster.away_at(self.at)

    @cached_property
    def teams(self) -> dict[int, Team]:
        return {team.pk: team for team in Team.objects.select_related("manager__user")}

    @cached_property
    def outages(self) -> Outages:
        """Our own outages that a window which ends now may have overlapped."""
        rows = list(Outage.objects.filter(ended_at__gt=self.at - LONGEST_WINDOW))
        return Outages(rows, hours=lambda team_id: self.terms.hours(team_id))

    @cached_property
    def ladder(self) -> Ladder:
        return Ladder()

    @cached_property
    def pace(self) -> Pace:
        """The places of each day for leads that come back, held until the commit. Ask once the leads are held."""
        return hold_pace(at=self.at)

    @cached_property
    def reasons(self) -> dict[str, Reason]:
        return {reason.code: reason for reason in Reason.objects.select_related("track")}

    def bench(self) -> Bench:
        """The reps to give to, held until the commit, as they stand with what this transaction gave so far."""
        given = self.writes.rows[Assignment]
        return roster.lock(self.rules.routing, hours=self.terms, at=self.at, also=self.writes.load, unwritten=given)

    def load_turns(self, leads: Collection[Lead], *, asked: Columns | None = None) -> None:
        """Read the open turns of leads that a person holds, with no more than what is `asked`."""
        held = [lead.id for lead in leads if lead.owner_id is not None]
        missing = [pk for pk in held if pk not in self._turns]
        complete_rows(Assignment, [self._turns[pk] for pk in held if pk in self._turns], asked=asked)
        rows = Assignment.objects.filter(lead__any_of=missing, ended_at__isnull=True)
        turns = list(rows.only(*asked[Assignment]) if asked else rows) if missing else []
        turns_of = {turn.lead_id: turn for turn in turns}
        for lead in leads:
            turn = turns_of.get(lead.id)
            if turn is not None and turn.rep_id == lead.owner_id and lead.owner is not None:
                turn.rep = lead.owner
        self._turns |= turns_of

    def turn(self, lead: Lead) -> Assignment:
        """The open turn of a lead that a person holds. Raises KeyError for any other."""
        if lead.id not in self._turns:
            self.load_turns([lead])
        return self._turns[lead.id]

    def open_turn(self, lead: Lead, turn: Assignment) -> None:
        self._turns[lead.id] = turn
        self.writes.open_turn(turn)

    def end_turn(self, lead: Lead, *, outcome: str, reason: Reason | None = None) -> Assignment | None:
        """Close the turn of whoever holds the lead, if anybody does."""
        if lead.owner_id is None:
            return None
        turn = self.turn(lead)
        del self._turns[lead.id]
        turn.ended_at, turn.outcome = max(self.at, turn.started_at), outcome
        if reason is not None:
            turn.reason = reason
        self.writes.end_turn(turn)
        return turn

    def changed(self, *leads: Lead) -> None:
        self.writes.touch(*leads)

    def ask_about(self, lead: Lead) -> None:
        """The lead has entered the buffer: vendors are asked about its company, where any are connected."""
        self._asking.append(lead)

    def tell(self, lead: Lead, *, team_id: int | None = None, rep_id: int | None = None) -> LeadEvent:
        """The lead's latest event owes its deliveries to this team or rep. Returns the event."""
        event = lead.new_events[-1]
        for delivery in owed(lead, event, at=self.at, team_id=team_id, rep_id=rep_id, listens=self._listens):
            self.writes.add(delivery)
        return event

    def lapse(self, lead: Lead) -> dict[str, Any]:
        """The times of an event that stands for a deadline: the deadline, and when it was noticed."""
        return {"at": lead.due_at, "noticed_at": self.at, "by": self.by}

    def now(self) -> dict[str, Any]:
        return {"at": self.at, "by": self.by}

    def finish(self) -> None:
        """Write everything, and wake a worker if something is to be sent now: one nudge however much that is."""
        if self.writes.rows[Breach]:
            causes.find(self.writes.rows[Breach], rules=self.rules.routing, hours=self.terms)
        owes = any(row.status == row.Status.PENDING and row.send_at <= self.at for row in self.writes.rows[Delivery])
        asks, moved = self._open_enquiries(), self._outdates_cards()
        self.writes.flush()
        if owes or moved:
            async_task("revops.jobs.deliver")
        if asks:
            async_task("revops.jobs.enrich")

    def _outdates_cards(self) -> bool:
        """Whether a lead has gone on that a card in Slack may still show as it was."""
        events = (event for lead in self.writes.leads.values() for event in lead.new_events)
        return bool(settings.SLACK_BOT_TOKEN) and any((event.seq or 0) > 1 for event in events)

    def _open_enquiries(self) -> bool:
        connected = vendors.providers() if self._asking else {}
        if not connected or not Vendor.objects.filter(active=True, name__in=connected).exists():
            return False
        rows = enquiries.open_for(self._asking, at=self.at)
        for row in rows:
            self.writes.add(row)
        return bool(rows)
