"""What is owed to the world outside, with a way to try again what failed for good."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from leads.models import Delivery
from revops import clock, deliver
from revops.admin_site import RecordAdmin


@admin.register(Delivery)
class DeliveryAdmin(RecordAdmin):
    list_display = ("created_at", "kind", "lead", "status", "attempts", "next_try_at", "error")
    list_select_related = ("lead",)
    list_filter = ("status", "kind")
    search_fields = ("=lead__id", "dedupe_key")
    actions = ("send_again",)

    @admin.action(description="Send again what failed for good", permissions=["configure"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        at = clock.now()
        again = [row for row in queryset if deliver.retry(row.pk, at=at)]
        for row in again:
            self.log_change(request, row, "Sent again.")
        if again:
            text = f"{len(again)} deliver{'y is' if len(again) == 1 else 'ies are'} being sent again."
            self.message_user(request, text, messages.SUCCESS)
        if left := queryset.count() - len(again):
            text = f"{left} left alone: only what failed for good can be sent again."
            self.message_user(request, text, messages.WARNING)
