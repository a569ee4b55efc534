"""The enrichment vendors: their order, what they cost, and how they fare."""

from datetime import UTC
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from leads import wording
from leads.models import VendorHealth
from revops import clock, vendors
from revops.admin_site import Checkboxes, ConfigAdmin, Kept, labelled
from revops.integrations.enrichment.providers import PROVIDERS
from revops.integrations.errors import VendorError
from routing import enquiries
from routing.models import FIRMOGRAPHICS, MOST_VENDOR_SECONDS, Vendor

CHECK_SECONDS = 5.0


class VendorForm(forms.ModelForm):
    fields_taken = forms.MultipleChoiceField(
        label="Taken from it",
        choices=[(name, wording.field(name).capitalize()) for name in FIRMOGRAPHICS],
        widget=Checkboxes,
        help_text="What is not ticked is left to another vendor.",
    )

    class Meta:
        model = Vendor
        fields = [
            "position",
            "active",
            "seconds",
            "credits_a_day",
            "credits_a_month",
            "keep_days",
            "keep_no_match_days",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fields_taken"].initial = self.instance.fields
        if "seconds" in self.fields:
            self.fields["seconds"].validators += [MinValueValidator(1), MaxValueValidator(MOST_VENDOR_SECONDS)]

    def save(self, commit: bool = True) -> Any:
        self.instance.fields = [name for name in FIRMOGRAPHICS if name in self.cleaned_data["fields_taken"]]
        return super().save(commit)


@admin.register(Vendor)
class VendorAdmin(Kept, ConfigAdmin):
    form = VendorForm
    list_display = ("label", "position", "active", "key", "standing", "credits")
    ordering = ("position",)
    readonly_fields = ("label", "key_set", "standing_told", "last_error", "credits", "spent")
    actions = ("check_now", "ask_again")
    fieldsets = (
        (
            None,
            {
                "fields": ("label", "position", "active", "fields_taken", "seconds"),
                "description": "Vendors are asked one after the other, until all that the ICP and the territories ask "
                "for is known. A vendor is asked only where its key is set in the environment; the key is never kept "
                "here.",
            },
        ),
        (
            "Credits",
            {
                "fields": ("credits_a_day", "credits_a_month", "keep_days", "keep_no_match_days", "credits", "spent"),
                "description": "A day is the last 24 hours, a month the last 30 days. A lead that the credits did not "
                "reach for is asked about when there are some again, for a month; raise a limit, and that is at once.",
            },
        ),
        ("How it fares", {"fields": ("key_set", "standing_told", "last_error")}),
    )

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def save_changed(self, obj: Model, form: forms.ModelForm, *, but: tuple[str, ...] = ()) -> None:
        super().save_changed(obj, form, but=but)
        if "fields_taken" in form.changed_data:
            obj.save(update_fields=["fields"])
        if any(_is_raised(form, name) for name in ("credits_a_day", "credits_a_month")):
            enquiries.wake(at=clock.now())

    @admin.display(description="vendor", ordering="name")
    def label(self, obj: Vendor) -> str:
        return wording.vendor(obj.name)

    @labelled(description="key", label={"set": "success", "none": "info"})
    def key(self, obj: Vendor) -> tuple[str, str]:
        if vendors.fingerprint(obj.name):
            return "set", "Set"
        return "none", "Not set"

    @admin.display(description="key")
    def key_set(self, obj: Vendor) -> str:
        names = wording.listed(PROVIDERS[obj.name].CREDENTIALS.values())
        return f"Set by {names}" if vendors.fingerprint(obj.name) else f"Not set; {names} in the environment"

    @labelled(description="state", label={"well": "success", "trouble": "danger", "none": "info"})
    def standing(self, obj: Vendor) -> tuple[str, str]:
        return _standing(obj)

    @admin.display(description="state")
    def standing_told(self, obj: Vendor) -> str:
        _tone, told = _standing(obj)
        health = _health(obj)
        refused = health is not None and health.refuses(vendors.fingerprint(obj.name))
        return f"{told}, and it is not asked until that is changed" if refused else told

    @admin.display(description="last trouble")
    def last_error(self, obj: Vendor) -> str:
        health = _health(obj)
        return f"{health.error} ({health.error_at:%Y-%m-%d %H:%M} UTC)" if health and health.error_at else "None"

    @admin.display(description="credits")
    def credits(self, obj: Vendor) -> str:
        left = enquiries.credits_left(obj, at=clock.now())
        return "No limit of ours" if left is None else f"{left:,} left"

    @admin.display(description="spent")
    def spent(self, obj: Vendor) -> str:
        at = clock.now()
        day, month = (enquiries.spent(obj, since=at - span) for span in (enquiries.DAY, enquiries.MONTH))
        return f"{day:,} in 24 hours, {month:,} in 30 days"

    @admin.action(description="Ask the vendor whether its key works")
    def check_now(self, request: HttpRequest, rows: QuerySet[Vendor]) -> None:
        for vendor in rows:
            self._check(request, vendor)

    def _check(self, request: HttpRequest, vendor: Vendor) -> None:
        name, provider = wording.vendor(vendor.name), vendors.providers().get(vendor.name)
        if provider is None:
            needed = ", ".join(PROVIDERS[vendor.name].CREDENTIALS.values())
            self.message_user(request, f"{name} has no key. Set {needed} in the environment.", messages.WARNING)
            return
        try:
            standing = provider.check(seconds=min(CHECK_SECONDS, settings.ENRICHMENT_TIMEOUT))
        except VendorError as error:
            self.message_user(request, f"{name} does not work: {error}", messages.ERROR)
            return
        left = "" if standing.credits_left is None else f", {standing.credits_left:,} credits left"
        self.message_user(request, f"{name} works{left}.", messages.SUCCESS)

    @admin.action(description="It is mended: ask it again now")
    def ask_again(self, request: HttpRequest, rows: QuerySet[Vendor]) -> None:
        for health in VendorHealth.objects.filter(vendor__in=rows.values("name")):
            health.try_again()
            health.save()
        enquiries.ask_now([vendor.name for vendor in rows], at=clock.now())
        self.message_user(request, "They are asked again, first about the leads that wait for it.", messages.SUCCESS)


def _is_raised(form: forms.ModelForm, name: str) -> bool:
    """Whether this limit was there and is higher now, or gone."""
    before, after = form.initial.get(name), form.cleaned_data.get(name)
    return before is not None and (after is None or after > before)


def _standing(vendor: Vendor) -> tuple[str, str]:
    """How the vendor fares, as a tone and in words."""
    health = _health(vendor)
    if health is None:
        return "none", "Not asked yet"
    if health.refuses(vendors.fingerprint(vendor.name)):
        return "trouble", "Its key is refused"
    if health.is_open(at=clock.now()) and health.open_until:
        return "trouble", f"Left alone until {wording.moment(health.open_until, UTC, at=clock.now())} (UTC)"
    if health.failures:
        return "trouble", f"{wording.count(health.failures, 'failure')} in a row"
    return "well", "Answers"


def _health(vendor: Vendor) -> VendorHealth | None:
    return VendorHealth.objects.filter(vendor=vendor.name).first()
