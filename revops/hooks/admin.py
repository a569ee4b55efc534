"""Who may send events, and what their events mean. An address and a secret are shown once, when they are made."""

import base64
import secrets
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet, Sum
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse

from revops import clock
from revops.admin_site import ConfigAdmin, Guarded, RecordAdmin, SecretInput, TabularInline
from revops.hooks.knocks import SHARED_HEADER
from revops.integrations.hook_signatures import PREFIX, BadSecret, key_of
from revops.models import HookRefusal, HookRule, HookSource, digest

SHORTEST_SECRET, LONGEST_SECRET = 16, 200
WHERE_THE_SECRET_GOES: dict[str, str] = {
    HookSource.Kind.SEGMENT: "In Segment, the shared secret of the Webhooks (Actions) destination.",
    HookSource.Kind.RUDDERSTACK: f"In RudderStack, a header of the webhook destination: {SHARED_HEADER}.",
    HookSource.Kind.STANDARD: "At the sender, its signing secret (Standard Webhooks, HMAC-SHA256).",
}


class HookSourceForm(forms.ModelForm):
    new_secret = forms.CharField(
        required=False,
        label="Secret",
        max_length=LONGEST_SECRET,
        widget=SecretInput(attrs={"autocomplete": "off"}),
        help_text="Yours or the sender's. Blank makes one, or keeps the one in use; the one before is good for a day.",
    )

    class Meta:
        model = HookSource
        fields = ["name", "kind", "active"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        kind = values.get("kind") or self.instance.kind
        if values.get("new_secret") and kind:
            try:
                _check_secret(kind, values["new_secret"])
            except BadSecret as problem:
                self.add_error("new_secret", str(problem))
        return values


def _check_secret(kind: str, secret: str) -> None:
    """Raises BadSecret."""
    if kind == HookSource.Kind.STANDARD:
        key_of(secret)
    elif not (len(secret) >= SHORTEST_SECRET and secret.isascii() and secret.isprintable() and " " not in secret):
        raise BadSecret(f"It must have at least {SHORTEST_SECRET} letters, digits and signs, without blanks.")


class HookRuleInline(Guarded, TabularInline):
    model = HookRule
    extra = 0
    ordering = ("position", "pk")
    fields = ("position", "call", "name", "does", "kind", "points", "lead_source")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A whole rule in sight: the stylesheet has a width for each of its columns."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name in self.fields:
            classes = field.widget.attrs.get("class", "")
            field.widget.attrs["class"] = f"{classes} hook-rule hook-rule-{db_field.name}".strip()
        return field


@admin.register(HookSource)
class HookSourceAdmin(ConfigAdmin):
    form = HookSourceForm
    inlines = (HookRuleInline,)
    list_display = ("name", "kind", "active", "last_knock_at", "refused")
    list_filter = ("kind", "active")
    search_fields = ("name",)
    ordering = ("name",)
    actions = ("new_address", "new_secret", "end_previous")
    readonly_fields = ("address", "secret_is", "last_knock_at", "refusals_told")
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "kind", "active", "new_secret"),
                "description": "The rules below say what its events mean: the first that fits, and nothing where none "
                "does. Visits without a name are kept with the visitor's id, and become the person's who identifies.",
            },
        ),
        ("How it fares", {"fields": ("address", "secret_is", "last_knock_at", "refusals_told")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "kind") if obj else self.readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(refused_count=Sum("refusals__count"))

    @admin.display(description="refused", ordering="refused_count")
    def refused(self, obj: Any) -> int:
        return obj.refused_count or 0

    @admin.display(description="address")
    def address(self, obj: HookSource) -> str:
        if obj.pk is None:
            return "Shown once it is saved"
        return f"{_address(obj, '…')} (shown whole only when it was made; the list's actions make another)"

    @admin.display(description="secret")
    def secret_is(self, obj: HookSource) -> str:
        if obj.pk is None:
            return "Shown once it is saved"
        if not list(obj.secrets(at=clock.now())):
            return "Unreadable: SECRET_KEY was changed. Give it a new one, or set SECRET_KEY_FALLBACKS"
        if obj.previous_secret and obj.previous_until and clock.now() < obj.previous_until:
            return f"Set; the one before is good until {obj.previous_until:%Y-%m-%d %H:%M} UTC"
        return "Set"

    @admin.display(description="refused")
    def refusals_told(self, obj: HookSource) -> str:
        rows = obj.refusals.order_by("-count") if obj.pk else ()
        told = [f"{row.reason.replace('_', ' ')}: {row.count:,}, last {row.last_at:%Y-%m-%d %H:%M} UTC" for row in rows]
        return "; ".join(told) or "Nothing so far"

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        given = form.cleaned_data.get("new_secret", "")
        if not change:
            token = _new_token()
            secret = given or _new_secret(obj.kind)
            obj.token_hash = digest(token)
            obj.change_secret(secret, at=clock.now())
            request.__dict__["_made"] = (token, "" if given else secret)
        elif given:
            obj.change_secret(given, at=clock.now())
            obj.save(update_fields=SECRET_COLUMNS)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        token, secret = request.__dict__["_made"]
        return self._shown_once(request, [(obj, _address(obj, token), secret)])

    @admin.action(description="Give it a new address; the old one ends now", permissions=["configure"])
    def new_address(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        return self._renewed(request, queryset, _change_address, "A new address was made; the old one has ended.")

    @admin.action(description="Make a new secret; the old one is good for another day", permissions=["configure"])
    def new_secret(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        return self._renewed(request, queryset, _change_secret, "A new secret was made; the old one ends in a day.")

    @admin.action(description="End the secret before the present one now", permissions=["configure"])
    def end_previous(self, request: HttpRequest, queryset: QuerySet) -> None:
        for source in queryset.exclude(previous_secret=""):
            self.log_change(request, source, "The secret before was ended.")
        queryset.exclude(previous_secret="").update(previous_secret="", previous_until=None)
        self.message_user(request, "Only the present secrets are good now.", messages.SUCCESS)

    def _renewed(
        self,
        request: HttpRequest,
        queryset: QuerySet,
        change: Callable[[HookSource], tuple[str, str]],
        told: str,
    ) -> HttpResponse:
        made = []
        for source in queryset.order_by("name"):
            made.append((source, *change(source)))
            self.log_change(request, source, told)
        return self._shown_once(request, made)

    def _shown_once(self, request: HttpRequest, made: list[tuple[HookSource, str, str]]) -> HttpResponse:
        """In the answer itself: a message would be kept in a cookie or the session."""
        rows = [
            {"name": source.name, "address": address, "secret": secret, "where": WHERE_THE_SECRET_GOES[source.kind]}
            for source, address, secret in made
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": "Copy these now",
            "rows": rows,
            "back": resolve_url("admin:revops_hooksource_changelist"),
        }
        return TemplateResponse(request, "admin/airtight/shown_once.html", context)


SECRET_COLUMNS = ["secret", "previous_secret", "previous_until"]


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _new_secret(kind: str) -> str:
    if kind == HookSource.Kind.STANDARD:
        return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def _change_address(source: HookSource) -> tuple[str, str]:
    token = _new_token()
    source.token_hash = digest(token)
    source.save(update_fields=["token_hash"])
    return _address(source, token), ""


def _change_secret(source: HookSource) -> tuple[str, str]:
    secret = _new_secret(source.kind)
    source.change_secret(secret, at=clock.now())
    source.save(update_fields=SECRET_COLUMNS)
    return "", secret


def _address(source: HookSource, token: str) -> str:
    known = "token"
    path = reverse("api-hook", args=[source.kind, known]).removesuffix(f"{known}/")
    return f"{settings.AIRTIGHT_URL}{path}{token}/"


@admin.register(HookRefusal)
class HookRefusalAdmin(RecordAdmin):
    list_display = ("whose", "why", "count", "last_at")
    list_select_related = ("source",)
    ordering = ("-last_at",)
    list_filter = ("reason",)

    @admin.display(description="reason", ordering="reason")
    def why(self, obj: HookRefusal) -> str:
        return obj.reason.replace("_", " ")

    @admin.display(description="webhook")
    def whose(self, obj: HookRefusal) -> str:
        return obj.source.name if obj.source else "An address that is nobody's"
