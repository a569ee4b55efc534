"""The CRM's accounts and opportunities, mirrored."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from leads import sizes
from leads.models.team import Rep


class Account(models.Model):
    """A company we know: from a directory file or the CRM."""

    external_id = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=255)
    normal_name = models.CharField(max_length=255, db_index=True, editable=False)
    website = models.CharField(max_length=2000, blank=True)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=120, blank=True)
    employee_count = models.PositiveBigIntegerField(null=True, blank=True)
    employee_range = models.CharField(max_length=sizes.LONGEST, blank=True)
    industry = models.CharField(max_length=255, blank=True)
    sub_industry = models.CharField(max_length=255, blank=True)
    annual_revenue = models.PositiveBigIntegerField("annual revenue (USD)", null=True, blank=True)
    founded_year = models.PositiveSmallIntegerField(null=True, blank=True)
    tech_stack = models.JSONField(default=list, blank=True)
    aliases = models.JSONField(default=list, blank=True)
    owner = models.ForeignKey(Rep, models.SET_NULL, null=True, blank=True, related_name="accounts")
    owner_email = models.EmailField(blank=True)
    imported_at = models.DateTimeField()
    seen_at = models.DateTimeField("last seen in the CRM", null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="account_external_id_once"
            ),
            models.CheckConstraint(
                name="account_range_of_sizes", condition=sizes.CHECK, violation_error_message=sizes.REFUSED
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AccountDomain(models.Model):
    """A registrable domain of an account; a domain belongs to one account."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, unique=True)

    def __str__(self) -> str:
        return self.domain


class DomainClaim(models.Model):
    """A domain that an account says is its own while another account has it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="claims")
    domain = models.CharField(max_length=253)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["domain", "account"], name="domain_claimed_once")]

    def __str__(self) -> str:
        return self.domain


class Opportunity(models.Model):
    """A deal at an account. Whether it counts for the bypass is routing's to say."""

    DELETED = "deleted"  # the stage of one that the CRM no longer has

    external_id = models.CharField(max_length=100, blank=True)
    account = models.ForeignKey(Account, models.CASCADE, related_name="opportunities")
    name = models.CharField(max_length=255)
    kind = models.CharField("type", max_length=60, blank=True)
    stage = models.CharField(max_length=60, blank=True)
    is_closed = models.BooleanField(default=False)
    is_won = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    close_date = models.DateField(null=True, blank=True)
    last_activity_at = models.DateTimeField()
    owner = models.ForeignKey(Rep, models.SET_NULL, null=True, blank=True, related_name="opportunities")
    owner_email = models.EmailField(blank=True)
    contacts = models.JSONField("contacts' e-mails", default=list, blank=True)
    loss_reason = models.CharField(max_length=255, blank=True)
    seen_at = models.DateTimeField("last seen in the CRM", null=True, editable=False)

    class Meta:
        verbose_name_plural = "opportunities"
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="opportunity_external_id_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class LostManager(models.Manager["LostDeal"]):
    def get_queryset(self) -> models.QuerySet["LostDeal"]:
        lost = super().get_queryset().filter(is_closed=True, is_won=False)
        return lost.exclude(stage=Opportunity.DELETED)


class LostDeal(Opportunity):
    """A deal that was closed and not won: somebody to come back to. One that was deleted in the CRM was not lost."""

    objects: ClassVar[LostManager] = LostManager()

    class Meta:
        proxy = True
        verbose_name = "closed-lost deal"
