"""The names that accounts go by, and what people said that a typed one means."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from leads.models import Account


class AccountName(models.Model):
    """A name an account goes by, as it is compared. `routing.matching.index` keeps these in step with the accounts."""

    class Kind(models.TextChoices):
        NAME = "name"
        ALIAS = "alias"
        DOMAIN = "domain", "name of a domain"

    account = models.ForeignKey(Account, models.CASCADE, related_name="names")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=255)
    key = models.CharField(max_length=255, db_collation="C")
    joined = models.CharField(max_length=255, db_collation="C")

    class Meta:
        indexes = [
            models.Index(fields=["key"], name="account_name_key"),
            models.Index(fields=["joined"], name="account_name_joined"),
        ]

    def __str__(self) -> str:
        return self.name


class NameGram(models.Model):
    """Three letters in a row of an account's name, and the like: what a typed name is looked up by.

    It is the one large table of matching, so it has its primary key and no other index: `routing.matching.index`
    deletes by both columns, and a row whose name is gone is never read.
    """

    pk = models.CompositePrimaryKey("gram", "name_id")
    gram = models.CharField(max_length=255, db_collation="C")
    name = models.ForeignKey(AccountName, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)

    def __str__(self) -> str:
        return self.gram


class ChangedAccount(models.Model):
    """An account whose names are to be read again. Triggers write these, so that no writer of accounts can forget."""

    account = models.OneToOneField(Account, models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return str(self.account_id)


class NameAnswer(models.Model):
    """What a person said a typed name means: an account, whose alias it is from then on, or none of those offered.

    One answer is in force for a name. `refused` are the accounts that were offered and are not meant: no rule links
    the name to one of them.
    """

    joined = models.CharField("compared as", max_length=255, editable=False)
    name = models.CharField("name as typed", max_length=255)
    account = models.ForeignKey(Account, models.CASCADE, null=True, blank=True, related_name="name_answers")
    refused = models.JSONField(default=list, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["joined"], condition=Q(withdrawn_at__isnull=True), name="name_answer_one_in_force"
            ),
            models.CheckConstraint(
                name="name_answer_withdrawn_by_somebody_at_some_time",
                condition=Q(withdrawn_at__isnull=False) | Q(withdrawn_by__isnull=True),
            ),
            models.CheckConstraint(name="name_answer_of_a_name", condition=~Q(joined="")),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.account or 'no account'}"
