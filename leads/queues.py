"""Rows that are a queue: one worker has each for a while, and all may again if it has not come back by then."""

from datetime import datetime

from django.db.models import Q


def free_to_claim(*, at: datetime) -> Q:
    return Q(claimed_until__isnull=True) | Q(claimed_until__lt=at)
