"""What the database itself refuses of a lead's row; what it takes more than one row to say is in `leads/law.py`."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from leads import sizes, states
from leads.models.event import FIRST_DAY, LAST_DAY

# A deadline lies at most as far ahead as the longest nurture track and its pace may put it.
FARTHEST_DAYS = 12 * 366

CHECKS = [
    models.CheckConstraint(name="lead_state_known", condition=Q(state__in=states.STATES)),
    models.CheckConstraint(
        name="lead_due_exactly_while_open",
        condition=Q(state__in=states.OPEN, due_at__isnull=False, due_step__isnull=False)
        | Q(state__in=states.ENDED, due_at__isnull=True, due_step__isnull=True),
    ),
    models.CheckConstraint(
        name="lead_due_step_of_its_state",
        condition=Q(due_step__isnull=True)
        | Q(*[Q(state=state, due_step__in=steps) for state, steps in states.STEPS.items()], _connector=Q.OR),
    ),
    models.CheckConstraint(
        name="lead_owner_exactly_where_a_person_holds_it",
        condition=Q(state__in=states.OWNED, owner__isnull=False) | (~Q(state__in=states.OWNED) & Q(owner__isnull=True)),
    ),
    models.CheckConstraint(
        name="lead_reason_in_nurture_and_suppressed",
        condition=~Q(state__in=states.REASONED) | Q(reason__isnull=False),
    ),
    models.CheckConstraint(
        name="lead_of_a_deal_never_routed_nor_pooled",
        condition=~Q(ladder=states.DEAL_LADDER, state__in=states.NOT_FOR_DEALS),
    ),
    models.CheckConstraint(
        name="lead_merged_into_another",
        condition=(~Q(state=states.MERGED) & Q(merged_into__isnull=True))
        | (Q(state=states.MERGED, merged_into__isnull=False) & ~Q(merged_into=F("id"))),
    ),
    models.CheckConstraint(name="lead_range_of_sizes", condition=sizes.CHECK),
    models.CheckConstraint(name="lead_later_than_another", condition=~Q(previous=F("id"))),
    models.CheckConstraint(
        name="lead_times_in_sight",
        condition=Q(
            entered_at__gte=FIRST_DAY,
            entered_at__lt=LAST_DAY,
            captured_at__gte=FIRST_DAY,
            captured_at__lt=LAST_DAY,
            life_began_at__gte=FIRST_DAY,
            life_began_at__lt=LAST_DAY,
        ),
    ),
    models.CheckConstraint(
        name="lead_due_within_sight",
        condition=Q(due_at__isnull=True)
        | Q(due_at__gte=FIRST_DAY, due_at__lte=F("entered_at") + timedelta(days=FARTHEST_DAYS)),
    ),
    models.CheckConstraint(
        name="lead_put_aside_with_its_error",
        condition=Q(retry_at__isnull=True) | (Q(retry_at__lt=LAST_DAY) & ~Q(error="")),
    ),
    models.UniqueConstraint(fields=["person_key"], condition=Q(state__in=states.OPEN), name="lead_open_once_a_person"),
]
