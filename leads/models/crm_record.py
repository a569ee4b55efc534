"""The CRM's users and leads, as far as they are ours to know, and owners that a person changed there."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, QuerySet

from leads.models.lead import Lead
from leads.models.team import Rep, Team


class CrmUserQuerySet(QuerySet["CrmUser"]):
    def owners(self) -> "CrmUserQuerySet":
        """Whom a record there may be given to: active people who are known by an address."""
        return self.filter(active=True, queue=False).exclude(email="")

    def owner_with(self, email: str) -> "CrmUser | None":
        return self.owners().filter(email__iexact=email).order_by("crm_id").first()


class CrmUser(models.Model):
    """Who may own a record in the CRM, as last pulled: a person, or a queue that stands for several."""

    crm_id = models.CharField(max_length=100, primary_key=True)
    name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=320, blank=True)
    active = models.BooleanField(default=True)
    queue = models.BooleanField(default=False)

    objects = CrmUserQuerySet.as_manager()

    class Meta:
        verbose_name = "CRM user"

    def __str__(self) -> str:
        return self.name or self.email or self.crm_id

    @classmethod
    def missing_for(cls, reps: QuerySet[Rep]) -> QuerySet[Rep]:
        """Those of these reps who have no active user of their own there, by e-mail."""
        return reps.filter(~Exists(cls.objects.owners().filter(email__iexact=OuterRef("user__email"))))


class CrmRecord(models.Model):
    """A lead's record in the CRM: Salesforce's lead, HubSpot's contact. One without a lead of ours has no owner there.

    changed_at  the CRM's time of its last change that we have seen
    wrote_at    the CRM's time of our last write, null while we have written nothing
    wrote_owner whom we last made its owner, by the CRM's id; '' when we left the owner alone
    """

    class Conversion(models.TextChoices):
        NONE = "", "not converted"
        FOLLOWED = "followed", "converted here too"
        WAITING = "waiting", "converted there, not here"
        BEFORE = "before", "converted before this lead came in"

    crm_id = models.CharField("id in the CRM", max_length=100, unique=True)
    lead = models.ForeignKey(Lead, models.PROTECT, null=True, blank=True, related_name="crm_records")
    email = models.CharField(max_length=320, blank=True)
    company = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=255, blank=True)
    owner_crm_id = models.CharField("owner's id in the CRM", max_length=100, blank=True)
    owner_name = models.CharField("owner there", max_length=255, blank=True)
    contact_id = models.CharField(max_length=100, blank=True)
    opportunity_id = models.CharField(max_length=100, blank=True)
    converted_on = models.DateField(null=True, blank=True)
    conversion = models.CharField(max_length=10, choices=Conversion.choices, blank=True, default=Conversion.NONE)
    converted_by = models.CharField(max_length=100, blank=True, help_text="Whose it was there when it was converted.")
    changed_at = models.DateTimeField("changed there", null=True)
    seen_at = models.DateTimeField("last pulled", null=True)
    wrote_at = models.DateTimeField("written by us", null=True)
    wrote_owner = models.CharField(max_length=100, blank=True)
    read_only = models.BooleanField(default=False, help_text="A converted lead takes no more changes in Salesforce.")

    class Meta:
        verbose_name = "CRM lead"
        indexes = [
            models.Index(fields=["contact_id"], name="crm_record_contact"),
            models.Index(fields=["changed_at"], condition=models.Q(lead__isnull=True), name="crm_record_unowned"),
            models.Index(fields=["lead"], condition=models.Q(conversion="waiting"), name="crm_record_waiting"),
        ]

    def __str__(self) -> str:
        return self.email or self.crm_id

    @classmethod
    def of(cls, lead: Lead) -> "CrmRecord | None":
        """The record that we write this lead to: the one we wrote last."""
        return cls.objects.filter(lead=lead).order_by(F("wrote_at").desc(nulls_last=True), "pk").first()

    def written(self, *, owner_id: str, owner_name: str, at: datetime) -> None:
        """The CRM took what we wrote at its own time `at`; no `owner_id` left the owner alone."""
        self.wrote_at = at
        if owner_id:
            self.wrote_owner = self.owner_crm_id = owner_id
            self.owner_name = owner_name


class UnownedManager(models.Manager["UnownedCrmLead"]):
    def get_queryset(self) -> QuerySet["UnownedCrmLead"]:
        return super().get_queryset().filter(lead__isnull=True)


class UnownedCrmLead(CrmRecord):
    """In the CRM alone, and nobody's there: its owner is a queue, has left, or is not named."""

    objects: ClassVar[UnownedManager] = UnownedManager()

    class Meta:
        proxy = True
        verbose_name = "CRM lead without an owner"
        verbose_name_plural = "CRM leads without an owner"


class OwnerOverride(models.Model):
    """Somebody gave a lead to another owner in the CRM, past the rules. `changed_at` is by the CRM's clock.

    `holder` is who holds the lead by the rules, null while nobody does; `owner_name` is whom it was given to.
    """

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="overrides")
    holder = models.ForeignKey(Rep, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+")
    owner_crm_id = models.CharField(max_length=100)
    owner_name = models.CharField("given to", max_length=255, blank=True)
    by_name = models.CharField("by", max_length=255, blank=True, help_text="Who last changed it there, where told.")
    changed_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    written_back = models.BooleanField(help_text="Whether the CRM was told again who holds it.")

    class Meta:
        verbose_name = "owner changed in the CRM"
        verbose_name_plural = "owners changed in the CRM"
        constraints = [
            models.UniqueConstraint(fields=["lead", "owner_crm_id", "changed_at"], name="override_once"),
        ]
        indexes = [models.Index(fields=["team", "noticed_at"], name="override_team_noticed")]

    def __str__(self) -> str:
        return f"lead {self.lead_id} to {self.owner_name}"
