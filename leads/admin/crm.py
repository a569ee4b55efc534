"""What is known of the CRM: how far it was pulled, where leads are in it, what was done there past the rules."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django_q.tasks import async_task

from leads.models import CrmPull, CrmRecord, LostDeal, OwnerOverride, UnownedCrmLead
from revops import clock, crm_health, deliver
from revops.admin_site import RecordAdmin


@admin.register(CrmPull)
class CrmPullAdmin(RecordAdmin):
    list_display = ("kind", "since", "done_at", "rows", "left_out", "error", "error_at")
    ordering = ("kind",)
    actions = ("ask_again",)

    @admin.action(description="Ask the CRM again now: it is mended", permissions=["configure"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        crm_health.try_again()
        deliver.hurry("crm", at=clock.now())
        async_task("revops.jobs.sync_crm")
        for row in queryset:
            self.log_change(request, row, "The CRM is asked again.")
        self.message_user(request, "The CRM is asked again, and what is owed to it is sent.", messages.SUCCESS)


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
    list_display = ("name", "account", "loss_reason", "amount", "close_date", "owner", "owner_email")
    list_select_related = ("account", "owner__user")
    list_filter = ("close_date",)
    search_fields = ("name", "account__name", "loss_reason", "owner_email")
    ordering = ("-close_date", "-pk")


@admin.register(UnownedCrmLead)
class UnownedCrmLeadAdmin(RecordAdmin):
    list_display = ("email", "company", "status", "owner_name", "changed_at", "crm_id")
    list_filter = ("owner_name", "status")
    search_fields = ("=crm_id", "email", "company")
    ordering = ("-changed_at", "-pk")
