"""People who sign in, the house's own pulse, and other packages' rows on our own pages: theirs offer too much."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success
from knox.models import AuthToken

from leads.models import Rep
from revops import clock, lifecycle, roles
from revops.admin_site import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    Checkboxes,
    ConfigAdmin,
    Kept,
    RecordAdmin,
    UserChangeForm,
)
from revops.groups import GROUPS
from revops.hooks import admin as hooks
from revops.models import Heartbeat, Notice

__all__ = ["hooks"]

for model in (User, Group, Schedule, Success, Failure, OrmQ, AuthToken):
    admin.site.unregister(model)

# A change of these could lock out whoever makes it, or make them more than they are.
NOT_ONES_OWN = ("is_active", "is_staff", "is_superuser", "groups")


class _OneAddress(ModelForm):
    """Everybody is looked up by e-mail when they sign in, so that no two may have the same."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        twin = User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).first() if email else None
        if twin is not None:
            raise ValidationError(f"{twin.get_full_name() or twin.username} has this address already.")
        return email


class _UserForm(_OneAddress, UserChangeForm):
    pass


class _NewUserForm(_OneAddress, AdminUserCreationForm):
    pass


@admin.register(User)
class UserAdmin(Kept, ConfigAdmin, auth_admin.UserAdmin):
    form = _UserForm
    add_form = _NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    ordering = ("username",)
    filter_horizontal = ()
    instead = "Untick “Active” instead: that signs them out and hands on all they hold."
    fieldsets = (
        (None, {"fields": ("username", "password", "first_name", "last_name", "email")}),
        (
            "May sign in as",
            {
                "fields": ("is_active", "is_staff", "groups", "is_superuser"),
                "description": "Whoever configures Airtight is in the group RevOps and has staff status. Reps and "
                "managers need neither: they are made under Reps and Teams. Who is deactivated hands on all "
                "leads at once.",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "first_name", "last_name", "email", "password1", "password2")}),)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not above and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = ("last_login", "date_joined")
        if obj is not None and obj.pk == request.user.pk:
            return (*fixed, *NOT_ONES_OWN)
        return fixed if request.user.is_superuser else (*fixed, "is_superuser")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = Checkboxes()
            kwargs["help_text"] = ""
            if not request.user.is_superuser:
                kwargs["queryset"] = Group.objects.filter(name__in=GROUPS)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        if formsets is None:
            return "Password changed."
        return super().construct_change_message(request, form, formsets, add)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        left = change and "is_active" in form.changed_data and not obj.is_active
        rep = Rep.objects.filter(user=obj.pk, active=True).first() if left else None
        if rep is not None:
            by = roles.actor(request.user, door="admin")
            moved = lifecycle.switch_off(rep.pk, at=clock.now(), by=by)
            text = (
                f"{obj.get_full_name() or obj} was switched off as a rep too; {moved or 'no'} leads went on to others."
            )
            self.message_user(request, text, messages.WARNING)
        super().save_model(request, obj, form, change)


@admin.register(Group)
class GroupAdmin(Kept, ConfigAdmin):
    """Roles. RevOps and API client mean what the code says; only a superuser may make others."""

    list_display = ("name",)
    ordering = ("name",)
    filter_horizontal = ("permissions",)
    instead = "Take its people out of it instead."

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(request.user.is_superuser)


@admin.register(Heartbeat)
class HeartbeatAdmin(RecordAdmin):
    list_display = ("name", "at")
    ordering = ("name",)


@admin.register(Schedule)
class ScheduleAdmin(RecordAdmin):
    """To be looked at: its form could run any function there is."""

    list_display = ("name", "func", "schedule_type", "minutes", "repeats", "next_run")


@admin.register(OrmQ)
class QueueAdmin(RecordAdmin):
    list_display = ("id", "key", "name", "func", "lock")
    fields = ("key", "lock", "task_id", "name", "func", "args", "kwargs")
    readonly_fields = ("task_id", "name", "func", "args", "kwargs")


class WorkAdmin(RecordAdmin):
    list_display = ("name", "func", "started", "stopped")
    fields = ("name", "func", "started", "stopped", "attempt_count", "result")
    ordering = ("-stopped",)
    search_fields = ("name", "func")
    succeeded = True

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(success=self.succeeded)


@admin.register(Success)
class SuccessAdmin(WorkAdmin):
    pass


@admin.register(Failure)
class FailureAdmin(WorkAdmin):
    succeeded = False


@admin.register(AuthToken)
class TokenAdmin(RecordAdmin):
    """Who may use the API. A token itself is shown once, to whoever makes it, and never here."""

    list_display = ("user", "begins", "created", "expiry")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("user__username",)
    ordering = ("-created",)
    fields = ("user", "created", "expiry")
    actions = ("revoke",)

    @admin.display(description="begins with")
    def begins(self, obj: AuthToken) -> str:
        return f"{obj.token_key[:4]}…"

    @admin.action(description="Revoke: they can no longer be used", permissions=["configure"])
    def revoke(self, request: HttpRequest, queryset: QuerySet) -> None:
        tokens = list(queryset.select_related("user"))
        for token in tokens:
            self.log_change(request, token.user, f"API token {self.begins(token)} revoked.")
        queryset.delete()
        text = f"{len(tokens)} token{' was' if len(tokens) == 1 else 's were'} revoked."
        self.message_user(request, text, messages.SUCCESS)


@admin.register(LogEntry)
class LogEntryAdmin(RecordAdmin):
    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "change_message")
    list_select_related = ("user", "content_type")
    list_filter = ("action_flag", "action_time")
    search_fields = ("object_repr", "change_message", "user__username")
    ordering = ("-action_time", "-pk")


@admin.register(Notice)
class NoticeAdmin(RecordAdmin):
    list_display = ("until", "kind", "subject", "count", "status", "attempts", "error")
    list_filter = ("kind", "status")
    ordering = ("-until",)
    actions = ("send_again",)

    @admin.action(description="Send again what failed for good", permissions=["configure"])
    def send_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        dead = queryset.filter(status=Notice.Status.DEAD)
        found = dead.update(status=Notice.Status.PENDING, next_try_at=clock.now(), claimed_until=None, error="")
        text = f"{found} sent again within minutes." if found else "None of these failed for good."
        self.message_user(request, text, messages.SUCCESS if found else messages.WARNING)
