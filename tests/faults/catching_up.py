"""The product's settings, with django-q2 told to catch up on every run that was missed: a system check refuses it."""

from revops.settings import *  # noqa: F403
from revops.settings import Q_CLUSTER

Q_CLUSTER = Q_CLUSTER | {"catch_up": True}
SILENCED_SYSTEM_CHECKS = ["revops.E007"]
