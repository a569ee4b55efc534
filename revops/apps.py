from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from revops import checks


class RevopsConfig(AppConfig):
    name = "revops"
    verbose_name = "RevOps"
    # Importing them registers them.
    checks = checks

    def ready(self) -> None:
        autodiscover_modules("database_checks")  # they know models, which are there only now
