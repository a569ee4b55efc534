from django.db import models

from leads.models.team import Team


class Territory(models.Model):
    """A part of the market that one team works. What belongs to it is told by routing's criteria."""

    name = models.CharField(max_length=100, unique=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="territories")
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "territories"

    def __str__(self) -> str:
        return self.name
