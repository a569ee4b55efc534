from django.conf import settings
from django.db import models
from django.db.models import Q


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def in_force(self) -> "SuppressionQuerySet":
        return self.filter(lifted_at__isnull=True)


class Suppression(models.Model):
    """A person or a whole domain that must not be contacted, checked at every door."""

    class Scope(models.TextChoices):
        SALES = "sales", "sales outreach"
        MARKETING = "marketing", "marketing mail"
        ERASED = "erased", "erased"

    person_key = models.CharField("e-mail", max_length=320, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.SALES)
    reason = models.ForeignKey("leads.Reason", models.PROTECT, null=True, blank=True)
    since = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_because = models.CharField(max_length=500, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="suppression_of_a_person_or_a_domain",
                condition=(~Q(person_key="") & Q(domain="")) | (Q(person_key="") & ~Q(domain="")),
                violation_error_message="Name either an e-mail or a domain.",
            ),
            models.CheckConstraint(
                name="suppression_lifted_by_whom_and_why",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_because="")),
                violation_error_message="Lifting a suppression takes a person and a reason.",
            ),
            models.UniqueConstraint(
                fields=["person_key", "domain", "scope"],
                condition=Q(lifted_at__isnull=True),
                name="suppression_once",
                violation_error_message="That is on the list already.",
            ),
        ]

    def __str__(self) -> str:
        return self.person_key or self.domain
