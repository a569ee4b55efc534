"""What a webhook's sender is told."""

from typing import Any

from rest_framework import serializers


class HookTaken(serializers.Serializer[Any]):
    """How many events of the body became what."""

    taken = serializers.IntegerField(help_text="Signals, leads and visitors who said who they are.")
    duplicates = serializers.IntegerField(help_text="Had come before, by their id; nothing was done.")
    ignored = serializers.IntegerField(help_text="No rule says what they mean, or they tell of nobody.")
    refused = serializers.IntegerField(help_text="Each has its reason in the books.")
