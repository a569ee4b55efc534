"""What the doors for leads and signals answer."""

from typing import Any

from rest_framework import serializers

from leads import states

OUTCOMES = ["new", "joined", "suppressed"]


class Captured(serializers.Serializer[Any]):
    """What became of a form."""

    id = serializers.IntegerField(allow_null=True, help_text="Null for a suppressed person without a lead.")
    url = serializers.CharField(allow_null=True)
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    merged = serializers.BooleanField(help_text="True when it joined the lead that this person has open.")
    state = serializers.ChoiceField(choices=list(states.LABELS.items()))


class RowResult(serializers.Serializer[Any]):
    """What became of a row: as `POST leads/` would have answered it."""

    row = serializers.IntegerField(help_text="Counted from 1; blank lines do not count.")
    status = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=[*OUTCOMES, "refused"])
    id = serializers.IntegerField(required=False, allow_null=True)
    url = serializers.CharField(required=False, allow_null=True)
    merged = serializers.BooleanField(required=False)
    state = serializers.ChoiceField(choices=list(states.LABELS.items()), required=False)
    errors = serializers.DictField(  # type: ignore[assignment]  # DRF takes fields out of the class
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class BulkResult(serializers.Serializer[Any]):
    counts = serializers.DictField(child=serializers.IntegerField())
    results = RowResult(many=True)


class SignalKept(serializers.Serializer[Any]):
    duplicate = serializers.BooleanField(help_text="True when a signal with this dedupe_id had come before.")
    known_kind = serializers.BooleanField(
        help_text="False when nothing here names this kind: it is kept with the points it was sent with, and brings "
        "nobody back by itself. A typing error looks like that."
    )
