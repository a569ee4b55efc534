"""The product's settings, as a machine that measures needs them: no TLS, no vendor, a database of its own."""

import os

os.environ |= {"HTTPS": "0", "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR"}
for name in (
    "DEBUG",
    "AIRTIGHT_DEMO",
    "AIRTIGHT_TEST_CLOCK",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_WEBHOOK_URL",
    "EMAIL_HOST",
):
    os.environ.pop(name, None)

from revops.settings import *  # noqa: E402, F403
from revops.settings import DATABASES  # noqa: E402

AIRTIGHT_LAST_RESORT = "rita@demo.airtight.example"
DATABASES["default"]["TEST"] = {"NAME": "airtight_bench"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
