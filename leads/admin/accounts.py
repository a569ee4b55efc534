"""The companies and deals we know. The directory is imported; owners and domains can be put right here."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from leads import domain_claims, wording
from leads.intake.domains import company_domain, is_suffix
from leads.intake.emails import clean_email
from leads.intake.problems import Unusable
from leads.models import Account, AccountDomain, Opportunity
from revops.admin_site import CappedPaginator, ConfigAdmin, Guarded, Kept, TabularInline, Textarea


class DomainForm(forms.ModelForm):
    class Meta:
        model = AccountDomain
        fields = ["domain"]

    def clean_domain(self) -> str:
        domain = company_domain(self.cleaned_data["domain"])
        if domain is None or is_suffix(domain):
            raise forms.ValidationError("This is not a company's own domain: others have addresses below it, too.")
        return domain


class DomainInline(Guarded, TabularInline):
    model = AccountDomain
    form = DomainForm
    extra = 0
    verbose_name_plural = "Its domains"
    hide_title = True


class SharedDomains(admin.SimpleListFilter):
    title = "domains"
    parameter_name = "domains"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("shared", "Shared with another account")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return domain_claims.sharing(queryset) if self.value() == "shared" else queryset


WHOSE_LEADS = (
    "A lead from there goes to the account whose very name it gives, or that alone has the owner's other domains. "
    "Where neither tells, it has no account until somebody answers under “Company names”."
)


@admin.register(Account)
class AccountAdmin(Kept, ConfigAdmin):
    list_display = ("name", "website", "country", "employee_count", "industry", "owner")
    list_select_related = ("owner__user",)
    list_filter = (("owner", admin.EmptyFieldListFilter), SharedDomains)
    search_fields = ("name", "domains__domain")
    show_full_result_count = False
    paginator = CappedPaginator
    ordering = ("-pk",)
    inlines = (DomainInline,)
    fieldsets = (
        (None, {"fields": ("name", "also", "website", "shared_domains", "owner", "owner_email")}),
        ("What is known of it", {"fields": ("place", "size", "trade", "revenue", "founded_year", "technologies")}),
        ("Where that is from", {"fields": ("external_id", "imported_at", "seen_at")}),
    )
    instead = "Import the directory again to correct it."

    @admin.display(description="Domains shared with other accounts")
    def shared_domains(self, account: Account) -> SafeString | None:
        """Their leads go to the account whose name they give; where none tells, a person is asked."""
        told = [
            (domain, "belongs to" if has else "is also claimed by", name)
            for domain, name, has in domain_claims.others(account)
        ]
        if not told:
            return None
        return format_html("{}.<br>{}", format_html_join("; ", "{} {} {}", told), WHOSE_LEADS)

    @admin.display(description="Also called")
    def also(self, account: Account) -> str | None:
        return wording.listed(account.aliases) if account.aliases else None

    @admin.display(description="Place")
    def place(self, account: Account) -> str | None:
        return ", ".join(filter(None, (account.city, account.region, wording.country(account.country)))) or None

    @admin.display(description="Employees")
    def size(self, account: Account) -> str | None:
        if account.employee_count is None:
            return account.employee_range or None
        return wording.plain(account.employee_count)

    @admin.display(description="Industry")
    def trade(self, account: Account) -> str | None:
        return ": ".join(filter(None, (account.industry, account.sub_industry))) or None

    @admin.display(description="Annual revenue")
    def revenue(self, account: Account) -> str | None:
        return None if account.annual_revenue is None else wording.money(account.annual_revenue)

    @admin.display(description="Technologies")
    def technologies(self, account: Account) -> str | None:
        return wording.listed(map(str, account.tech_stack)) if account.tech_stack else None

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = [str(name) for _title, group in self.fieldsets for name in group["fields"]]
        return tuple(name for name in shown if name != "owner")


class ContactsField(forms.CharField):
    """A list of e-mails, one a line."""

    widget = Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), str(data or "").replace("\r\n", "\n"))

    def clean(self, value: Any) -> Any:
        try:
            lines = str(super().clean(value)).splitlines()
            return [clean_email(line).address for line in lines if line.strip()]
        except Unusable as error:
            raise forms.ValidationError(error.sentence) from error


class OpportunityForm(forms.ModelForm):
    contacts = ContactsField(
        required=False,
        label="Contacts' e-mails",
        help_text="One a line. A lead with one of these goes to this deal first.",
    )

    class Meta:
        model = Opportunity
        fields = [
            "account", "name", "kind", "stage", "is_closed", "is_won", "amount", "close_date", "last_activity_at",
            "owner", "owner_email", "contacts", "external_id",
        ]  # fmt: skip


@admin.register(Opportunity)
class OpportunityAdmin(Kept, ConfigAdmin):
    form = OpportunityForm
    list_display = ("name", "account", "kind", "stage", "is_closed", "close_date", "owner")
    list_select_related = ("account", "owner__user")
    list_filter = ("is_closed", "is_won", "kind")
    search_fields = ("name", "account__name")
    show_full_result_count = False
    paginator = CappedPaginator
    autocomplete_fields = ("account",)
    ordering = ("-pk",)
    instead = "Close it instead."
