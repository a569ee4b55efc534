from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

# No time of a lead lies outside these; what PostgreSQL calls infinity would hide it for ever.
FIRST_DAY, LAST_DAY = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class LeadEvent(models.Model):
    """One thing that happened to a lead. Appended, never changed: the database refuses the rest.

    A transition or a hand-over carries `seq`; anything else on the timeline does not. `at` is the time the event
    stands for (a lapse's deadline), `noticed_at` the time it was seen when that is later. `data` holds ids, codes and
    numbers, never a name, an address or free text, since it can never be erased.
    """

    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="events", db_index=False, db_constraint=False)
    kind = models.CharField(max_length=30)
    at = models.DateTimeField()
    noticed_at = models.DateTimeField(null=True)
    seq = models.PositiveIntegerField(null=True)
    prev_seq = models.PositiveIntegerField(null=True)
    from_state = models.CharField(max_length=20, null=True)
    to_state = models.CharField(max_length=20, null=True)
    actor = models.CharField(max_length=20)
    door = models.CharField(max_length=20)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="event_times_in_sight",
                condition=Q(at__gte=FIRST_DAY, at__lt=LAST_DAY)
                & (Q(noticed_at__isnull=True) | Q(noticed_at__gte=FIRST_DAY, noticed_at__lt=LAST_DAY)),
            )
        ]
        indexes = [
            models.Index(fields=["lead", "at", "id"], name="event_timeline"),
            models.Index(fields=["user"], condition=Q(user__isnull=False), name="event_user"),
            # With what the dashboard asks of the events of a kind, so that it need not read the events themselves.
            models.Index(
                fields=["kind", "at"], include=["lead", "seq", "id", "from_state"], name="event_kind_at_covering"
            ),
            # A day's returns are counted by when they came, which after an outage is not the day they stand for.
            models.Index(Coalesce("noticed_at", "at"), condition=Q(kind="re_engage"), name="event_returned"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
