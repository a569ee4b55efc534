"""What is known of the CRM: how far it was pulled, where leads are in it, what was done there past the rules."""

from datetime import UTC
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from leads import wording
from leads.models import CrmPull, CrmRecord, LostDeal, OwnerOverride, UnownedCrmLead
from revops import clock, crm_desk
from revops.admin_site import RecordAdmin


@admin.register(CrmPull)
class CrmPullAdmin(RecordAdmin):
    list_display = ("what", "now", "done_at", "count", "lost", "trouble")
    ordering = ("kind",)
    change_list_template = "admin/airtight/crm.html"

    @admin.display(description="what", ordering="kind")
    def what(self, pull: CrmPull) -> str:
        return pull.get_kind_display().capitalize()

    @admin.display(description="now")
    def now(self, pull: CrmPull) -> str:
        return "Under way" if pull.cursor else "Done" if pull.done_at else "Not begun"

    @admin.display(description="rows of this pull", ordering="rows")
    def count(self, pull: CrmPull) -> str:
        return wording.plain(pull.rows)

    @admin.display(description="left out", ordering="left_out")
    def lost(self, pull: CrmPull) -> str:
        return wording.plain(pull.left_out)

    @admin.display(description="trouble", ordering="error")
    def trouble(self, pull: CrmPull) -> str | None:
        return f"{pull.error} ({wording.day(pull.error_at, UTC)})" if pull.error and pull.error_at else None

    def get_urls(self) -> list[URLPattern]:
        view = require_POST(self.admin_site.admin_view(self.ask_again))
        return [path("ask-again/", view, name="leads_crmpull_ask_again"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        told = {"standing": crm_desk.standing(at=clock.now()), "may_ask": self.has_configure_permission(request)}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def ask_again(self, request: HttpRequest) -> HttpResponse:
        if not self.has_configure_permission(request):
            raise PermissionDenied
        crm_desk.ask_again(at=clock.now())
        for row in CrmPull.objects.all():
            self.log_change(request, row, "The CRM is asked again.")
        self.message_user(request, "The CRM is asked again, and what is owed to it is sent.", messages.SUCCESS)
        return redirect("admin:leads_crmpull_changelist")


@admin.register(CrmRecord)
class CrmRecordAdmin(RecordAdmin):
    list_display = ("email", "lead", "status", "owner_name", "conversion", "changed_at", "wrote_at")
    list_select_related = ("lead",)
    list_filter = ("conversion", "read_only")
    search_fields = ("=crm_id", "=lead__id", "email", "company")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(lead__isnull=False)


@admin.register(OwnerOverride)
class OwnerOverrideAdmin(RecordAdmin):
    list_display = ("noticed_at", "lead", "holder", "owner_name", "by_name", "team", "written_back")
    list_select_related = ("lead", "holder__user", "team")
    list_filter = ("team", "written_back", "noticed_at")
    search_fields = ("=lead__id", "lead__company", "owner_name", "by_name")


@admin.register(LostDeal)
class LostDealAdmin(RecordAdmin):
    list_display = ("name", "account", "loss_reason", "worth", "close_date", "whose")
    list_select_related = ("account", "owner__user")
    list_filter = ("close_date",)
    search_fields = ("name", "account__name", "loss_reason", "owner_email")
    ordering = (F("close_date").desc(nulls_last=True), "-pk")

    @admin.display(description="amount", ordering="amount")
    def worth(self, deal: LostDeal) -> str | None:
        return None if deal.amount is None else wording.plain(int(deal.amount))

    @admin.display(description="owner", ordering="owner_email")
    def whose(self, deal: LostDeal) -> str | None:
        """The rep, else the address that the CRM tells."""
        return deal.owner.name if deal.owner else deal.owner_email or None


@admin.register(UnownedCrmLead)
class UnownedCrmLeadAdmin(RecordAdmin):
    list_display = ("email", "company", "status", "owner_name", "changed_at", "crm_id")
    list_filter = ("owner_name", "status")
    search_fields = ("=crm_id", "email", "company")
    ordering = ("-changed_at", "-pk")
