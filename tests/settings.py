"""The product's settings as tests have them: no TLS, no outside vendor, quick hashes, whatever the environment says."""

import os

os.environ["HTTPS"] = "0"
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
VENDORS = ("APOLLO_", "ZOOMINFO_", "CLEARBIT_", "HUBSPOT_", "SALESFORCE_", "CRM_", "ENRICHMENT_")
for name in [name for name in os.environ if name.startswith(VENDORS)]:
    os.environ.pop(name)

from revops.settings import *  # noqa: E402, F403

AIRTIGHT_LAST_RESORT = "rita@airtight.test"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
