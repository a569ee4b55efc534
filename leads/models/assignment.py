from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, Q, When

from leads.models.document import Document
from leads.models.lead import Lead
from leads.models.rows import row_read
from leads.models.team import Rep
from leads.models.territory import Territory


class Assignment(models.Model):
    """One rep's turn with one lead. `terms` is the policy as it stood when the turn began, with the steps of each
    window that it opened; no edit moves it. `accept_within` and `touch_within` are its minutes, where they are known.
    """

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="assignments", db_index=False, db_constraint=False)
    rep = models.ForeignKey(Rep, models.PROTECT, related_name="assignments", db_index=False)
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, related_name="+", db_index=False)
    how = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    accept_by = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    first_touch_at = models.DateTimeField(null=True)
    first_touch_by_hand = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.ForeignKey("leads.Reason", models.PROTECT, null=True, related_name="+", db_index=False)
    terms = Document(default=dict)
    accept_within = models.PositiveIntegerField(null=True)
    touch_within = models.PositiveIntegerField(null=True)
    # The rep while the turn lasts: what the lead's owner must agree with.
    open_rep = models.GeneratedField(
        expression=Case(When(ended_at__isnull=True, then=F("rep_id"))),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead"], condition=Q(ended_at__isnull=True), name="assignment_open_once"),
            models.UniqueConstraint(fields=["lead", "open_rep"], name="assignment_lead_open_rep"),
            models.CheckConstraint(
                name="assignment_ended_with_outcome", condition=Q(ended_at__isnull=True, outcome="") | ~Q(outcome="")
            ),
        ]
        indexes = [models.Index(fields=["rep", "started_at"], name="assignment_rep_started")]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the row says, as far as it is known: what still says so need not be written.
        self.as_read: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.rep_id} on lead {self.lead_id}"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **_how: Any) -> Self:
        return row_read(cls, db, field_names, values)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.as_read = {}

    def touched(self, *, on: datetime, seen: bool) -> datetime | None:
        """A touch; one that a system saw goes before any that was logged by hand. Returns the time of the one whose
        place it took, if it did."""
        before = self.first_touch_at if self.first_touch_by_hand and seen else None
        if self.first_touch_at is None or before is not None:
            self.first_touch_at, self.first_touch_by_hand = on, not seen
        elif seen:
            self.first_touch_at = min(self.first_touch_at, on)
        return before
