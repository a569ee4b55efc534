"""Who may hold a lead, and the team that answers for it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q


class Team(models.Model):
    """A sales team. It cannot be switched on before somebody answers for its alerts."""

    name = models.CharField(max_length=100, unique=True)
    active = models.BooleanField(default=False, help_text="Only a team that is switched on is given leads.")
    manager = models.ForeignKey("leads.Rep", models.PROTECT, null=True, blank=True, related_name="manages")
    deputy = models.ForeignKey("leads.Rep", models.PROTECT, null=True, blank=True, related_name="deputises_for")
    slack_channel = models.CharField(
        "manager's Slack channel", max_length=80, blank=True, help_text="Where overdue leads are posted, e.g. C0123."
    )
    pool_channel = models.CharField(
        "Shark Tank channel", max_length=80, blank=True, help_text="Where pooled leads are offered; else the manager's."
    )
    alert_email = models.EmailField(blank=True)
    hides_contact = models.BooleanField(
        "hides whom to contact",
        default=True,
        db_default=True,
        help_text="Reps see name, e-mail and phone of a lead in the Shark Tank only once they have claimed it.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="team_on_needs_people_and_a_way_to_reach_them",
                condition=Q(active=False)
                | (Q(manager__isnull=False, deputy__isnull=False) & (~Q(slack_channel="") | ~Q(alert_email=""))),
                violation_error_message="A team needs a manager, a deputy and a Slack channel or e-mail "
                "before it can be switched on.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shark_tank_channel(self) -> str:
        return self.pool_channel or self.slack_channel


class RepQuerySet(models.QuerySet["Rep"]):
    def taking_leads(self) -> "RepQuerySet":
        return self.filter(active=True, takes_routing=True, user__is_active=True, team__active=True)


class Rep(models.Model):
    """A person who may hold a lead: reps, and with `takes_routing` off managers, deputies and RevOps."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rep")
    team = models.ForeignKey(Team, models.PROTECT, related_name="reps")
    active = models.BooleanField(default=True, help_text="Switching a rep off hands on all of their leads at once.")
    takes_routing = models.BooleanField(default=True, help_text="Off for managers, deputies and RevOps.")
    slack_user_id = models.CharField(max_length=40, blank=True)
    skills = models.JSONField(default=list, blank=True, help_text="What a territory may ask for: languages, products.")
    open_leads = models.PositiveIntegerField(default=0, editable=False)

    objects = RepQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slack_user_id"], condition=~Q(slack_user_id=""), name="rep_slack_user_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.user.get_full_name() or self.user.get_username()

    def clean(self) -> None:
        if self.takes_routing and not self.user_id:
            raise ValidationError({"user": "A rep is a person who can sign in."})
