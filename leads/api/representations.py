"""A lead, its events and its decisions as the API tells them."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from leads import discretion, states
from leads.models import Lead, LeadEvent, SentBack
from revops.roles import Anybody, reader_of, visible_leads
from routing.models import Decision
from routing.withholding import known_fields, without_contact

SHOWN_WITH = ("owner__user", "owner__team", "territory__team", "reason", "account")
# Whom to contact in the pool is for whoever claims it. A website may be their profile, the domain is that of their
# e-mail, and their own fields may hold anything.
CONTACT = {
    "email": "",
    "first_name": "",
    "last_name": "",
    "phone": "",
    "website": "",
    "domain": "",
    "external_id": "",
    "custom": {},
}
# A verb's answer to who held the lead until then and may not see where it has gone: whose it is now is left out.
GONE = {"owner": None, "territory": None}


class Named(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()


class Holder(Named):
    team = serializers.CharField(source="team.name")


class LeadShown(serializers.ModelSerializer[Lead]):
    """A lead: who, where from, and where it stands. `due_at` is null once it has ended."""

    state = serializers.ChoiceField(choices=list(states.LABELS.items()))
    owner = Holder(allow_null=True)
    territory = Named(allow_null=True)
    account = Named(allow_null=True)
    reason = serializers.CharField(source="reason.code", default=None, allow_null=True, help_text="The reason's code.")
    previous = serializers.IntegerField(source="previous_id", allow_null=True, help_text="This person's lead before.")
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    tech_stack = serializers.ListField(child=serializers.CharField())
    custom = serializers.DictField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Lead
        fields: tuple[str, ...] = (
            "id", "url", "state", "due_at", "due_step", "entered_at", "owner", "territory", "reason",
            "email", "first_name", "last_name", "job_title", "phone",
            "company", "website", "domain", "country", "region", "city", "employee_count", "employee_range",
            "industry", "annual_revenue", "tech_stack", "account",
            "external_id", "source", "campaign", "intent_score", "hand_raise", "consent", "consent_source", "opt_out",
            "occurred_at", "captured_at", "custom",
            "life", "previous", "merged_into", "aql_at", "first_assigned_at", "first_touch_at",
            "converted_opportunity",
        )  # fmt: skip
        read_only_fields = fields

    def get_url(self, lead: Lead) -> str:
        return reverse("api-lead", args=[lead.pk])

    def to_representation(self, lead: Lead) -> dict[str, Any]:
        told: dict[str, Any] = super().to_representation(lead)
        return told if self.context["reader"].may_contact(lead) else told | CONTACT


class PooledLead(LeadShown):
    """A lead in the Shark Tank, and whether the caller may claim it."""

    may_claim = serializers.SerializerMethodField()
    why_not = serializers.SerializerMethodField(help_text="Why the caller may not claim it; null when they may.")

    class Meta(LeadShown.Meta):
        fields = (*LeadShown.Meta.fields, "may_claim", "why_not")
        read_only_fields = fields

    def get_may_claim(self, lead: Lead) -> bool:
        return not self.context["claims"].why_not(lead)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_why_not(self, lead: Lead) -> str | None:
        return self.context["claims"].why_not(lead) or None


class EventShown(serializers.ModelSerializer[LeadEvent]):
    """One thing that happened. `at` is the time it stands for, `noticed_at` when the system saw it, if later."""

    user = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField()  # type: ignore[assignment]  # DRF takes fields out of the class
    note = serializers.SerializerMethodField(help_text="Why it was sent back, to who may read that rep's record.")

    class Meta:
        model = LeadEvent
        fields = (
            "id", "kind", "at", "noticed_at", "seq", "from_state", "to_state", "actor", "door", "user", "data", "note",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_user(self, event: LeadEvent) -> str | None:
        if not self.context["reader"].knows_who(event):
            return None
        return (event.user.get_full_name() or event.user.get_username()) if event.user else None

    @extend_schema_field(serializers.DictField())
    def get_data(self, event: LeadEvent) -> dict[str, Any]:
        return discretion.data(event, self.context["reader"])

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_note(self, event: LeadEvent) -> str | None:
        written: SentBack | None = getattr(event, "sent_back", None)
        if written is None or self.context["contact_hidden"] or not self.context["reader"].reads_of(written.rep_id):
            return None
        return written.reason


class DecisionShown(serializers.ModelSerializer[Decision]):
    """Why a lead went where it went: the sentence a rep reads, the facts as they were and every step."""

    rep = Named(allow_null=True)
    territory = Named(allow_null=True)
    team = Named(allow_null=True)
    inputs = serializers.DictField()
    steps = serializers.DictField()

    class Meta:
        model = Decision
        fields = ("id", "at", "kind", "outcome", "sentence", "rep", "territory", "team", "inputs", "steps")
        read_only_fields = fields

    def to_representation(self, instance: Decision) -> dict[str, Any]:
        shown_fields = super().to_representation(instance)
        reader, rep_id = self.context["reader"], instance.rep_id
        shown_fields["sentence"] = discretion.sentence(
            instance.sentence,
            reader,
            rep=instance.rep.name if instance.rep else "",
            rep_id=rep_id,
            own=rep_id == self.context["rep_id"],
            contact=not self.context["contact_hidden"],
        )
        shown_fields["steps"] = discretion.steps(instance.steps, reader, rep_id=rep_id)
        if not reader.reads_of(rep_id):
            shown_fields |= {"rep": None, "team": None}
        if self.context["contact_hidden"]:
            shown_fields["inputs"] = known_fields(shown_fields["inputs"])
            shown_fields["steps"] = without_contact(shown_fields["steps"], instance.inputs)
        return shown_fields


def after(lead: Lead, user: Anybody) -> dict[str, Any]:
    """The lead after a verb of this user's, as far as they may see it now."""
    told: dict[str, Any] = LeadShown(lead, context={"reader": reader_of(user)}).data
    return told if visible_leads(user).filter(pk=lead.pk).exists() else told | GONE


def shown(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """With what a representation needs, in one query."""
    return leads.select_related(*SHOWN_WITH)
