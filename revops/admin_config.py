"""Makes Airtight's admin site the default one; it reads no model, since the apps are not loaded yet."""

from django.contrib.admin.apps import AdminConfig


class AirtightAdminConfig(AdminConfig):
    default_site = "revops.admin_site.AirtightAdminSite"
