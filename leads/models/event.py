from django.conf import settings
from django.db import models


class LeadEvent(models.Model):
    """One thing that happened to a lead. Appended, never changed: the database refuses the rest.

    A transition or a hand-over carries `seq`; anything else on the timeline does not. `at` is the time the event
    stands for (a lapse's deadline), `noticed_at` the time it was seen when that is later. `data` holds ids, codes and
    numbers, never a name, an address or free text, since it can never be erased.
    """

    lead = models.ForeignKey("leads.Lead", models.PROTECT, related_name="events")
    kind = models.CharField(max_length=30)
    at = models.DateTimeField()
    noticed_at = models.DateTimeField(null=True)
    seq = models.PositiveIntegerField(null=True)
    prev_seq = models.PositiveIntegerField(null=True)
    from_state = models.CharField(max_length=20, null=True)
    to_state = models.CharField(max_length=20, null=True)
    actor = models.CharField(max_length=20)
    door = models.CharField(max_length=20)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["lead", "at", "id"], name="event_timeline"),
            # With what the dashboard asks of the events of a kind, so that it need not read the events themselves.
            models.Index(
                fields=["kind", "at"], include=["lead", "seq", "id", "from_state"], name="event_kind_at_covering"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
