from django.apps import AppConfig

from revops import checks


class RevopsConfig(AppConfig):
    name = "revops"
    verbose_name = "RevOps"
    # Importing them registers them.
    checks = checks
