"""A lead: the row, its transitions, and the one deadline that it has while it is open."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from leads import sizes, states
from leads.actor import Actor
from leads.deadline import Deadline
from leads.models.document import Document
from leads.models.event import LeadEvent
from leads.models.lead_checks import CHECKS
from leads.models.reason import Reason
from leads.models.rows import new_row, row_read


def verb(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A transition of the table in `leads.states`, as django-fsm knows it."""
    step = states.VERBS[name]

    def decorate(method: Callable[..., None]) -> Callable[..., None]:
        return transition(field="state", source=list(step.sources), target=step.target)(method)

    return decorate


class LeadQuerySet(models.QuerySet["Lead"]):
    def open(self) -> "LeadQuerySet":
        return self.filter(state__in=states.OPEN)

    def due(self, *, at: datetime) -> "LeadQuerySet":
        """Leads whose deadline has passed at `at` (deadlines are inclusive) and that are not put aside for now."""
        return self.filter(due_at__lt=at).filter(Q(retry_at__isnull=True) | Q(retry_at__lte=at))

    def put_aside(self) -> "LeadQuerySet":
        return self.filter(retry_at__isnull=False)


class Lead(models.Model):
    """A person who may buy, on the way from marketing to sales. Exactly one holder and one deadline while open."""

    # Who
    email = models.CharField(max_length=320)
    person_key = models.CharField(max_length=320, editable=False)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    job_title = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    # Where from
    company = models.CharField(max_length=255, blank=True)
    website = models.CharField(max_length=2000, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    is_free_mail = models.BooleanField(default=False)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=120, blank=True)
    employee_count = models.PositiveBigIntegerField(null=True, blank=True)
    employee_range = models.CharField(max_length=sizes.LONGEST, blank=True)
    industry = models.CharField(max_length=255, blank=True)
    annual_revenue = models.PositiveBigIntegerField("annual revenue (USD)", null=True, blank=True)
    tech_stack = models.JSONField(default=list, blank=True)
    # How it came
    external_id = models.CharField(max_length=255, blank=True)
    source = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=255, blank=True)
    intent_score = models.PositiveSmallIntegerField(null=True, blank=True)
    hand_raise = models.BooleanField(default=False)
    consent = models.BooleanField(null=True, blank=True)
    consent_source = models.CharField(max_length=255, blank=True)
    opt_out = models.BooleanField(default=False)
    occurred_at = models.DateTimeField(null=True, blank=True)
    captured_at = models.DateTimeField()
    custom = models.JSONField(default=dict, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    # Where it stands
    state = FSMField(max_length=20, choices=list(states.LABELS.items()), protected=True)
    seq = models.PositiveIntegerField(default=1, editable=False)
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    due_step = models.CharField(max_length=20, null=True)
    terms = Document(default=dict)
    # That there is such a rep, their open turn says.
    owner = models.ForeignKey(
        "leads.Rep", models.PROTECT, null=True, related_name="leads", db_index=False, db_constraint=False
    )
    ladder = models.CharField(max_length=10, blank=True, help_text="'deal' for an open deal's owner, else the team's.")
    rung = models.PositiveSmallIntegerField(default=0, help_text="How far up the ladder this life has climbed.")
    reason = models.ForeignKey(Reason, models.PROTECT, null=True, related_name="+", db_index=False)
    territory = models.ForeignKey("leads.Territory", models.PROTECT, null=True, related_name="leads", db_index=False)
    account = models.ForeignKey("leads.Account", models.SET_NULL, null=True, related_name="leads", db_index=False)
    opportunity = models.ForeignKey("leads.Opportunity", models.SET_NULL, null=True, related_name="+", db_index=False)
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="later", db_index=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="repeats", db_index=False)
    # Its lives
    life = models.PositiveIntegerField(default=1)
    life_began_at = models.DateTimeField()
    slips = models.PositiveSmallIntegerField(default=0, help_text="Lapses, reroutes and pool assignments of this life.")
    reviews = models.PositiveSmallIntegerField(default=0)
    excluded_reps = Document(default=list, help_text="Reps left out for this life, by a reroute or a lapse.")
    excluded_territories = Document(default=list)
    aql_at = models.DateTimeField(null=True)
    first_assigned_at = models.DateTimeField(null=True)
    first_touch_at = models.DateTimeField(null=True)
    converted_opportunity = models.CharField(max_length=100, blank=True)
    # When it raises. The first time may be a passing trouble; after so many it needs a person.
    TRIES_BEFORE_A_PERSON = 3
    retry_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    error_count = models.PositiveSmallIntegerField(default=0)

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = CHECKS
        # Each move of a lead pays for every one of these: a foreign key has one only where it is searched by.
        indexes = [
            # The order in which the sweep takes them, so that what is due at one instant is not sorted for each batch.
            models.Index(fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="lead_due_in_order"),
            models.Index(fields=["owner", "due_at"], condition=Q(owner__isnull=False), name="lead_owner_due"),
            models.Index(fields=["state", "due_at"], name="lead_state_due"),
            models.Index(fields=["territory", "state"], name="lead_territory_state"),
            models.Index(fields=["person_key"], name="lead_person"),
            models.Index(fields=["domain"], name="lead_domain"),
            models.Index(fields=["captured_at", "id"], name="lead_captured"),
            models.Index(fields=["aql_at"], condition=Q(aql_at__isnull=False), name="lead_was_aql"),
            models.Index(fields=["account"], condition=Q(account__isnull=False), name="lead_account"),
            models.Index(fields=["opportunity"], condition=Q(opportunity__isnull=False), name="lead_opportunity"),
            models.Index(fields=["previous"], condition=Q(previous__isnull=False), name="lead_previous"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="lead_merged_into"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.new_events: list[LeadEvent] = []
        # What the row says, as far as it is known: what still says so need not be written.
        self.as_read: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return self.company or self.name

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **_how: Any) -> Self:
        lead = row_read(cls, db, field_names, values)
        lead.new_events = []
        return lead

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.as_read = {}

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def is_open(self) -> bool:
        return self.state in states.OPEN

    @property
    def contact_is_hidden(self) -> bool:
        """In the Shark Tank of a team that shows whom to contact only to whoever claims it."""
        return self.state == states.SHARK_TANK and (self.territory is None or self.territory.team.hides_contact)

    @property
    def is_deal(self) -> bool:
        return self.ladder == states.DEAL_LADDER

    @property
    def deadline(self) -> Deadline:
        """The deadline it has now. Raises ValueError for a lead that has ended."""
        if self.due_at is None or self.due_step is None:
            raise ValueError(f"Lead {self.pk} has ended and has no deadline.")
        return Deadline(self.due_step, self.due_at, self.terms)

    # The verbs. Each touches only this row and leaves one event; the write path saves both together.

    @verb("qualify")
    def qualify(self, **move: Any) -> None:
        self._move("qualify", **move)
        self.aql_at = self.aql_at or move["at"]

    @verb("start_routing")
    def start_routing(self, **move: Any) -> None:
        self._move("start_routing", **move)

    @verb("assign")
    def assign(self, *, rep_id: int, **move: Any) -> None:
        self._move("assign", owner_id=rep_id, rep=rep_id, **move)
        self.first_assigned_at = self.first_assigned_at or move["at"]

    @verb("expire")
    def expire(self, **move: Any) -> None:
        self._move("expire", owner_id=self.owner_id, **move)

    @verb("release")
    def release(self, **move: Any) -> None:
        self._move("release", **move)

    @verb("accept")
    def accept(self, **move: Any) -> None:
        self._move("accept", owner_id=self.owner_id, **move)

    @verb("claim")
    def claim(self, *, rep_id: int, **move: Any) -> None:
        self._move("claim", owner_id=rep_id, rep=rep_id, **move)

    @verb("nurture")
    def nurture(self, *, reason: Reason, **move: Any) -> None:
        self._move("nurture", reason=reason.code, **move)
        self.reason = reason
        self.ladder, self.rung = "", 0

    @verb("reroute")
    def reroute(self, **move: Any) -> None:
        self._move("reroute", **move)

    @verb("rebuffer")
    def rebuffer(self, **move: Any) -> None:
        self._move("rebuffer", **move)
        self.ladder = ""

    @verb("re_engage")
    def re_engage(self, **move: Any) -> None:
        self.life += 1
        self._move("re_engage", life=self.life, **move)
        self.life_began_at = move["at"]
        self.slips = self.rung = 0
        self.excluded_reps, self.excluded_territories = [], []
        self.aql_at = self.first_assigned_at = self.first_touch_at = None

    @verb("convert")
    def convert(self, **move: Any) -> None:
        self._move("convert", deadline=None, **move)

    @verb("suppress")
    def suppress(self, *, reason: Reason, **move: Any) -> None:
        self._move("suppress", deadline=None, reason=reason.code, **move)
        self.reason = reason

    @verb("merge")
    def merge(self, *, into_id: int, **move: Any) -> None:
        self._move("merge", deadline=None, into=into_id, **move)
        self.merged_into_id = into_id

    def is_due(self, *, at: datetime) -> bool:
        """What `LeadQuerySet.due` asks of the row."""
        return self.due_at is not None and self.due_at < at and (self.retry_at is None or self.retry_at <= at)

    def postpone(self, deadline: Deadline) -> None:
        """Stay in the state and wait for its next step."""
        self.due_step, self.due_at, self.terms = deadline.step, deadline.at, deadline.terms
        self.retry_at, self.error, self.error_count = None, "", 0

    def touched(self, *, on: datetime, instead_of: datetime | None) -> None:
        """A person reached out `on` that day; one logged by hand may have been taken for the first, `instead_of` it."""
        first = None if self.first_touch_at == instead_of else self.first_touch_at
        self.first_touch_at = min(first or on, on)

    def note(self, kind: str, *, at: datetime, by: Actor, **data: Any) -> LeadEvent:
        """Something on the timeline that is no transition."""
        event = new_row(
            LeadEvent, lead=self, kind=kind, at=at, actor=by.kind, door=by.door, user_id=by.user_id, data=data
        )
        self.new_events.append(event)
        return event

    def born(self, *, at: datetime, by: Actor, **data: Any) -> None:
        """The first event of a lead that is about to be inserted."""
        event = self.note("capture", at=at, by=by, **data)
        event.seq, event.to_state = self.seq, self.state

    def _move(
        self,
        kind: str,
        *,
        at: datetime,
        by: Actor,
        deadline: Deadline | None,
        owner_id: int | None = None,
        noticed_at: datetime | None = None,
        **data: Any,
    ) -> None:
        at = max(at, self.entered_at)
        event = self.note(kind, at=at, by=by, **data)
        event.noticed_at = noticed_at
        event.prev_seq, event.seq = self.seq, self.seq + 1
        event.from_state, event.to_state = self.state, states.VERBS[kind].target
        self.seq, self.entered_at, self.owner_id = event.seq, at, owner_id
        self.retry_at, self.error, self.error_count = None, "", 0
        if deadline is None:
            self.due_at, self.due_step, self.terms = None, None, {}
        else:
            self.due_step, self.due_at, self.terms = deadline.step, deadline.at, deadline.terms
