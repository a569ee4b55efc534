"""The shared definition of a qualified lead, and every version of it that ever was."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q

from routing.criteria_checking import Malformed, check


def valid_criteria(value: object) -> None:
    """Django validator for stored criteria. Raises ValidationError naming the part that is wrong."""
    try:
        check(value)
    except Malformed as error:
        raise ValidationError(str(error)) from error


class IcpProfile(models.Model):
    """The shared definition of a qualified lead: the criteria and the intent bar. One is in force.

    Whatever changes it, its latest version says the same, or the database refuses the commit.
    """

    name = models.CharField(max_length=100, unique=True)
    active = models.BooleanField(default=True)
    criteria = models.JSONField(default=dict, blank=True, validators=[valid_criteria])
    intent_bar = models.PositiveSmallIntegerField(default=40, help_text="0 to 100; a hand-raise skips it.")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "ICP profile"
        constraints = [
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="icp_profile_one_in_force"),
            models.CheckConstraint(name="icp_intent_bar_range", condition=Q(intent_bar__gte=0, intent_bar__lte=100)),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, by_id: int | None = None, at: datetime | None = None, **kwargs: Any) -> None:
        """Save, and keep what changed as the next version, with who did it and when as far as that is told."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._keep_version(by_id=by_id, at=at)

    def _keep_version(self, *, by_id: int | None, at: datetime | None) -> None:
        """Read back under a lock: another's save may stand beside this one."""
        rows = IcpProfile.objects.filter(pk=self.pk)
        rules = rows.select_for_update().values(*IcpProfileVersion.RULES).get()
        last = self.versions.order_by("-number").first()
        if last is None or last.rules != rules:
            self.version = last.number + 1 if last else self.version
            rows.update(version=self.version)
            IcpProfileVersion.objects.create(profile=self, number=self.version, by_id=by_id, at=at, **rules)


class IcpProfileVersion(models.Model):
    """What a profile said in one version, so that an old decision shows the rules that judged it. Only ever added."""

    RULES = ("name", "active", "criteria", "intent_bar")

    profile = models.ForeignKey(IcpProfile, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    active = models.BooleanField()
    criteria = models.JSONField(default=dict)
    intent_bar = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "version of an ICP profile"
        constraints = [models.UniqueConstraint(fields=["profile", "number"], name="icp_version_once")]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"

    @property
    def rules(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.RULES}
