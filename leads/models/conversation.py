from django.db import models
from django.db.models import Q


class Conversation(models.Model):
    """A Slack conversation as all workers share it: a channel by its name or id, or a member by id or e-mail.

    No message before `free_at`: Slack takes one a second. While `blocked_until` is ahead it cannot be reached, and
    `error` says why: a channel that is not there, or a person who is no member.
    """

    key = models.CharField(max_length=254, primary_key=True)
    free_at = models.DateTimeField(null=True)
    blocked_until = models.DateTimeField("looked at again", null=True)
    blocked_since = models.DateTimeField("cannot be reached since", null=True)
    error = models.CharField(max_length=500, blank=True)
    member = models.CharField(max_length=40, blank=True, help_text="The member whose direct message `channel` is.")
    channel = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="conversation_blocked_says_why",
                condition=Q(blocked_since__isnull=True, blocked_until__isnull=True, error="")
                | (Q(blocked_since__isnull=False, blocked_until__isnull=False) & ~Q(error="")),
            )
        ]

    def __str__(self) -> str:
        return self.key
