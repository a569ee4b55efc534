"""What is owed to the world outside, how it fares, and a way to try again."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from leads import delivery_words
from leads.models import Delivery
from revops import clock, deliver, roles, slack_desk
from revops.admin_site import RecordAdmin, labelled
from revops.integrations.errors import VendorError
from revops.slack import trial

TONES = {"pending": "info", "sent": "success", "dead": "danger"}


@admin.register(Delivery)
class DeliveryAdmin(RecordAdmin):
    list_display = ("created_at", "what", "to_whom", "lead", "standing", "tries", "next_try", "told")
    list_select_related = ("lead", "team", "rep__user")
    list_filter = ("status", "kind", "team")
    search_fields = ("=lead__id", "rep__user__email", "rep__user__first_name", "dedupe_key")
    search_help_text = "A lead's number, or a rep's name or e-mail"
    actions = ("send_again",)
    change_list_template = "admin/airtight/deliveries.html"
    change_form_template = "admin/airtight/delivery.html"
    fieldsets = (
        (None, {"fields": ("what", "to_whom", "lead", "status", "told", "tries", "next_try", "mailed_at")}),
        ("Times", {"fields": ("created_at", "send_at", "done_at", "claimed_until")}),
        ("As it is kept", {"fields": ("kind", "dedupe_key", "event", "told_with", "shows", "answer", "error")}),
    )
    readonly_fields = ("what", "to_whom", "told", "tries", "next_try")

    @admin.display(description="what", ordering="kind")
    def what(self, obj: Delivery) -> str:
        return delivery_words.what(obj)

    @admin.display(description="to whom")
    def to_whom(self, obj: Delivery) -> str:
        return delivery_words.to_whom(obj)

    @labelled(description="status", label=TONES)
    def standing(self, obj: Delivery) -> tuple[str, str]:
        return obj.status, obj.get_status_display()

    @admin.display(description="tries", ordering="attempts")
    def tries(self, obj: Delivery) -> str:
        return delivery_words.tries(obj)

    @admin.display(description="next try", ordering="next_try_at", empty_value="")
    def next_try(self, obj: Delivery) -> Any:
        return obj.next_try_at if obj.status == Delivery.Status.PENDING else None

    @admin.display(description="answer")
    def told(self, obj: Delivery) -> str:
        return delivery_words.answer(obj, at=clock.now())

    def get_urls(self) -> list[URLPattern]:
        again = require_POST(self.admin_site.admin_view(self.ask_slack_again))
        test = require_POST(self.admin_site.admin_view(self.send_test))
        one = require_POST(self.admin_site.admin_view(self.send_one))
        return [
            path("ask-again/", again, name="leads_delivery_ask_again"),
            path("test/", test, name="leads_delivery_test"),
            path("<int:pk>/send/", one, name="leads_delivery_send"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        slack = slack_desk.standing(at=clock.now())
        told = {"slack": slack, "may_ask": self.has_configure_permission(request)}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        unfinished = row is not None and row.status in (Delivery.Status.PENDING, Delivery.Status.DEAD)
        told = {"may_send": unfinished and self.has_configure_permission(request)}
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    def ask_slack_again(self, request: HttpRequest) -> HttpResponse:
        if not self.has_configure_permission(request):
            raise PermissionDenied
        self.message_user(request, slack_desk.ask_again(at=clock.now()), messages.SUCCESS)
        return redirect("admin:leads_delivery_changelist")

    def send_test(self, request: HttpRequest) -> HttpResponse:
        """What Slack makes of a message, while whoever asks waits for it."""
        if not self.has_configure_permission(request):
            raise PermissionDenied
        if not slack_desk.is_connected():
            self.message_user(request, slack_desk.NOT_CONNECTED, messages.WARNING)
            return redirect("admin:leads_delivery_changelist")
        try:
            told = trial.send(by=roles.rep_of(request.user), at=clock.now())
        except VendorError as error:
            self.message_user(request, f"The test message did not arrive. {error}", messages.ERROR)
        else:
            self.message_user(request, told, messages.SUCCESS)
        return redirect("admin:leads_delivery_changelist")

    def send_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_configure_permission(request):
            raise PermissionDenied
        row = Delivery.objects.filter(pk=pk).first()
        if row is None:
            raise Http404
        if slack_desk.send_now(pk, at=clock.now()):
            self.log_change(request, row, "Sent again.")
            self.message_user(request, "It is sent now; look again in a moment.", messages.SUCCESS)
        else:
            self.message_user(request, "It is done: there is nothing to send again.", messages.WARNING)
        return redirect("admin:leads_delivery_change", pk)

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
