"""The one module around django-unfold: the admin's site, and the classes its pages are built on.

With AIRTIGHT_STOCK_ADMIN=1 the same pages stand on Django's own admin, and unfold is not even installed.
"""

from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

import structlog
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.decorators import display
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import DataError, IntegrityError, transaction
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url

from leads.models import Rep
from revops import admin_attention, admin_audit, admin_index
from revops.ladder import NoLastResort
from revops.roles import is_revops

if TYPE_CHECKING or settings.AIRTIGHT_STOCK_ADMIN:
    from django.contrib.admin import AdminSite, ModelAdmin, StackedInline, TabularInline
    from django.contrib.admin.widgets import AdminTextareaWidget as Textarea
    from django.contrib.admin.widgets import AdminTextInputWidget as TextInput
    from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
    from django.forms import CheckboxSelectMultiple as Checkboxes
    from django.forms import FileInput, Select
    from django.forms import PasswordInput as SecretInput

    def labelled(*, description: str, label: Mapping[str, str]) -> Callable[[Any], Any]:
        """A column of words in a tone. The method gives both; the tones' colours, `label`, are not Django's look."""

        def decorate(method: Callable[[Any, Any], tuple[str, str]]) -> Callable[[Any, Any], str]:
            @display(description=description)
            @wraps(method)
            def told(page: Any, obj: Any) -> str:
                return method(page, obj)[1]

            return told

        return decorate
else:
    from unfold.admin import ModelAdmin, StackedInline, TabularInline
    from unfold.decorators import display as labelled
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm
    from unfold.forms import UserCreationForm as AdminUserCreationForm
    from unfold.sites import UnfoldAdminSite as AdminSite
    from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as Checkboxes
    from unfold.widgets import UnfoldAdminFileFieldWidget as FileInput
    from unfold.widgets import UnfoldAdminPasswordWidget as SecretInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput

__all__ = [
    "AdminPasswordChangeForm",
    "AdminUserCreationForm",
    "AirtightAdminSite",
    "Checkboxes",
    "ConfigAdmin",
    "FileInput",
    "Guarded",
    "Kept",
    "RecordAdmin",
    "SecretInput",
    "Select",
    "StackedInline",
    "TabularInline",
    "TextInput",
    "Textarea",
    "UserChangeForm",
    "labelled",
]

# unfold's pages evaluate expressions in the browser and carry a style of their own; nothing outside /admin/ may.
CONTENT_POLICY = {} if settings.AIRTIGHT_STOCK_ADMIN else {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
MOST_COUNTED = 10_000
NOT_UNDERSTOOD = "What the address asked for is no filter of this list, so here is the whole list."
log = structlog.get_logger(__name__)


class AirtightAdminSite(AdminSite):
    site_title = site_header = "Airtight"
    index_title = "Configuration"
    enable_nav_sidebar = True

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "\x00" in unquote(request.get_full_path()):
                return _without_its_question(request)
            return guarded(request, *args, **kwargs)

        return csp_update(CONTENT_POLICY)(answer)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign-in is the product's own page; who is signed in and no staff is refused, not asked again."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        target = request.GET.get("next") or resolve_url("admin:index")
        return redirect_to_login(target, resolve_url(settings.LOGIN_URL))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        told: dict[str, Any] = {"groups": admin_index.groups(request), "attention": []}
        if may_configure(request):
            told["attention"] = admin_attention.attention()
        return super().index(request, {**told, **(extra_context or {})})

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        raise Http404


def _without_its_question(request: HttpRequest) -> HttpResponse:
    """From a list asked for what no text may hold to the whole list. Raises BadRequest for any other page."""
    match = request.resolver_match
    if (
        request.method != "GET"
        or "\x00" in request.path
        or not ((match and match.url_name) or "").endswith("_changelist")
    ):
        raise BadRequest("The address holds a character that no text may hold.")
    messages.warning(request, NOT_UNDERSTOOD)
    return HttpResponseRedirect(request.path)


def may_configure(request: HttpRequest) -> bool:
    """Whether RevOps asks, looked up once a request."""
    known = request.__dict__
    if "_may_configure" not in known:
        known["_may_configure"] = bool(request.user.is_staff and is_revops(request.user))
    return bool(known["_may_configure"])


class CappedPaginator(Paginator):
    """Counts no further than the cap: counting every row of a table that only grows is what makes a list slow."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[:MOST_COUNTED].count() if isinstance(rows, QuerySet) else len(rows)


class Guarded:
    """RevOps may do everything a page offers; anybody else on the staff what Django's own permissions give them."""

    def has_view_permission(self, request: HttpRequest, *args: Any) -> bool:
        return may_configure(request) or super().has_view_permission(request, *args)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return may_configure(request) or super().has_add_permission(request, *args)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return may_configure(request) or super().has_change_permission(request, *args)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, *args: Any) -> bool:
        return may_configure(request) or super().has_delete_permission(request, *args)  # type: ignore[misc]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_configure(request) or super().has_module_permission(request)  # type: ignore[misc]

    def has_configure_permission(self, request: HttpRequest, *args: Any) -> bool:
        """For actions, which ask by name: `permissions=["configure"]`."""
        return may_configure(request)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.remote_field.model is Rep and "queryset" not in kwargs:
            kwargs["queryset"] = Rep.objects.select_related("user").order_by("user__first_name", "user__username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        for link in ("add", "change", "delete", "view"):
            if formfield is not None and hasattr(formfield.widget, f"can_{link}_related"):
                setattr(formfield.widget, f"can_{link}_related", False)
        return formfield


class ConfigAdmin(Guarded, ModelAdmin):
    """What RevOps writes down. A save writes only what was changed, and history keeps before and after."""

    list_per_page = 50
    compressed_fields = True
    warn_unsaved_form = True
    list_filter_submit = False

    class Media:
        css = {"all": ["airtight/admin.css"]}

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list as asked for; a question that makes no sense is dropped, and that is said."""
        try:
            # A savepoint, for the database may be the first to refuse it.
            with transaction.atomic():
                return super().get_changelist_instance(request)
        except (DataError, IncorrectLookupParameters, OverflowError, ValueError) as error:
            if not request.GET:
                raise
            self.message_user(request, NOT_UNDERSTOOD, messages.WARNING)
            raise IncorrectLookupParameters from error

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except NoLastResort as error:
            self.message_user(request, f"Nothing was saved: a lead would be left with nobody. {error}", messages.ERROR)
        except IntegrityError:
            log.exception("admin_save_clashed", page=request.path)
            text = "Nothing was saved: it clashes with something that was saved meanwhile. Look again, then try again."
            self.message_user(request, text, messages.ERROR)
        return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        self.save_changed(obj, form)

    def save_changed(self, obj: Model, form: ModelForm, *, but: tuple[str, ...] = ()) -> None:
        """Write the columns that this form changed, so that counters kept by the lifecycle are never set back."""
        own = {field.name for field in obj._meta.concrete_fields}
        changed = [name for name in form.changed_data if name in own and name not in but]
        if changed:
            obj.save(update_fields=changed)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return admin_audit.told(form, formsets, add=add)

    def response_action(self, request: HttpRequest, queryset: QuerySet, *args: Any, **kwargs: Any) -> Any:
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.model._meta.pk.to_python(key)
        except ValidationError:
            self.message_user(request, "Nothing was changed: that is no row of this list.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset, *args, **kwargs)


class RecordAdmin(ConfigAdmin):
    """What happened. Nobody adds, changes or deletes it here: leads move by the lifecycle alone."""

    show_full_result_count = False
    paginator = CappedPaginator
    ordering: ClassVar[Any] = ("-pk",)
    actions: Any = ()

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False


class Kept:
    """A page whose rows stay; `instead` says what to do rather than delete."""

    instead = "Switch it off instead."

    def has_delete_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        meta = self.model._meta  # type: ignore[attr-defined]
        text = f"A {meta.verbose_name} is never deleted, for its history would go with it. {self.instead}"
        self.message_user(request, text, messages.WARNING)  # type: ignore[attr-defined]
        return HttpResponseRedirect(resolve_url(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
