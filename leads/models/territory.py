import unicodedata

from django.core.exceptions import ValidationError
from django.db import models

from leads.models.team import Team

# What Persian and emoji are written with, though it is not seen by itself.
JOINERS = "\u200c\u200d"


class Territory(models.Model):
    """A part of the market that one team works. What belongs to it is told by routing's criteria."""

    name = models.CharField(max_length=100, unique=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="territories")
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "territories"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A new name can be told from the others by whoever reads it."""
        super().clean()
        others = type(self)._default_manager.exclude(pk=self.pk)
        if type(self)._default_manager.filter(pk=self.pk, name=self.name).exists():
            return
        if any(unicodedata.category(letter) in ("Cc", "Cf") and letter not in JOINERS for letter in self.name):
            raise ValidationError({"name": "There is a letter in it that nobody sees. Type the name anew."})
        twin = others.filter(name__iexact=self.name).exclude(name=self.name).first()
        if twin is not None:
            raise ValidationError({"name": f"There is a territory “{twin}” already, which differs by capitals alone."})
