"""Two versions of the rules beside each other: asked for here, made by a worker, read here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST, require_safe

from leads.models import Draft, Lead, PastLead, RuleSet
from revops import backtest_desk, clock, compared
from revops.admin_site import RecordAdmin, may_configure
from revops.refusals import Refused
from routing.admin import past_leads
from routing.backtest import LEAD, PAST
from routing.models import Backtest
from routing.models.backtest import LONGEST_DAYS

A_PAGE = 50
MOST_VERSIONS = 50
# A worker that says nothing for so long has gone.
SILENT_AFTER = timedelta(seconds=60)


class AskForm(forms.Form):
    """What to compare with what is in force, and over how many days."""

    against = forms.ChoiceField(label="Compare", required=False)
    days = forms.IntegerField(label="over the leads of the last days", min_value=1, max_value=LONGEST_DAYS, initial=90)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        written = "The draft" if Draft.objects.exists() else "What is written now"
        numbers = RuleSet.objects.order_by("-number").values_list("number", flat=True)[:MOST_VERSIONS]
        choices = [("", written), *((str(number), f"Version {number}") for number in numbers)]
        self.fields["against"].choices = choices  # type: ignore[attr-defined]

    @property
    def version(self) -> int | None:
        return int(self.cleaned_data["against"]) if self.cleaned_data["against"] else None


@dataclass(frozen=True)
class Mover:
    """One lead that changes hands; `link` is '' for one that is gone."""

    name: str
    link: str
    base: str
    base_place: str
    candidate: str
    candidate_place: str


@admin.register(Backtest)
class BacktestAdmin(RecordAdmin):
    list_display = ("what", "days", "status", "asked_by", "asked_at")
    list_display_links = ("what",)
    list_select_related = ("asked_by",)
    change_list_template = "admin/airtight/backtests.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("base", "candidate", "result")

    def has_view_permission(self, request: HttpRequest, *args: Any) -> bool:
        return may_configure(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_configure(request)

    @admin.display(description="comparison")
    def what(self, row: Backtest) -> str:
        return f"{row.candidate_name.capitalize()} against {row.base_name}"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("compare/", view(self.compare), name="routing_backtest_compare"),
            path("<int:pk>/progress/", view(self.progress), name="routing_backtest_progress"),
            path("<int:pk>/history/<int:lead>/", require_safe(view(self.past_lead)), name="routing_backtest_past_lead"),
            path("<int:pk>/cancel/", require_POST(view(self.cancel)), name="routing_backtest_cancel"),
            path("<int:pk>/again/", require_POST(view(self.again)), name="routing_backtest_again"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        told = {"ask": AskForm(), "under_way": _under_way(), "has_draft": Draft.objects.exists()}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def compare(self, request: HttpRequest) -> HttpResponse:
        """Ask for a comparison; by GET the page where that is done."""
        self._must_be_revops(request)
        form = AskForm(request.POST)
        if request.method != "POST":
            return redirect("admin:routing_backtest_changelist")
        if not form.is_valid():
            for name, problems in form.errors.items():
                self.message_user(request, f"{form.fields[name].label}: {problems[0]}", messages.ERROR)
            return redirect("admin:routing_backtest_changelist")
        try:
            row = backtest_desk.ask(
                days=form.cleaned_data["days"], against=form.version, at=clock.now(), by_id=request.user.pk
            )
        except Refused as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:routing_backtest_changelist")
        return redirect("admin:routing_backtest_change", row.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        self._must_be_revops(request)
        row = get_object_or_404(Backtest.objects.defer("base", "candidate"), pk=_number(object_id))
        context = {**self.admin_site.each_context(request), **_standing(row), "title": self.what(row)}
        if row.result is not None:
            context |= _told(row, row.result, request.GET)
        return TemplateResponse(request, "admin/airtight/backtest.html", context)

    def past_lead(self, request: HttpRequest, pk: int, lead: int) -> HttpResponse:
        """A lead of a file of history: what is known of it, and where both sides of the comparison would send it."""
        self._must_be_revops(request)
        row = get_object_or_404(Backtest.objects.defer("base", "candidate"), pk=pk)
        past = get_object_or_404(PastLead, pk=lead)
        if row.result is None:
            return redirect("admin:routing_backtest_change", pk)
        found = next((one for one in row.result["changes"] if (one["of"], one["id"]) == (PAST, lead)), None)
        names = compared.Names(row.result)
        context = {
            **self.admin_site.each_context(request),
            "title": past_leads.name(past),
            "row": row,
            "known": past_leads.known(past),
            "became": past_leads.became(past),
            "mover": _mover(row, found, None, past, names) if found else None,
        }
        return TemplateResponse(request, "admin/airtight/past_lead.html", context)

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is, for the page to show; 286 says that it has ended."""
        self._must_be_revops(request)
        row = get_object_or_404(Backtest.objects.defer("base", "candidate", "result"), pk=pk)
        status = 200 if row.is_under_way else 286
        return TemplateResponse(request, "admin/airtight/backtest_progress.html", _standing(row), status=status)

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._must_be_revops(request)
        if backtest_desk.cancel(pk, at=clock.now()):
            self.message_user(request, "The comparison was cancelled.", messages.SUCCESS)
        else:
            self.message_user(request, "It had ended already.", messages.WARNING)
        return redirect("admin:routing_backtest_change", pk)

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Once more from the beginning; one whose worker has gone is only taken up."""
        self._must_be_revops(request)
        row = get_object_or_404(Backtest, pk=pk)
        try:
            if row.is_under_way:
                backtest_desk.take_up()
            else:
                backtest_desk.again(row, at=clock.now())
        except Refused as error:
            self.message_user(request, str(error), messages.ERROR)
        return redirect("admin:routing_backtest_change", pk)

    def _must_be_revops(self, request: HttpRequest) -> None:
        if not may_configure(request):
            raise PermissionDenied


def _under_way() -> Backtest | None:
    rows = Backtest.objects.filter(status__in=Backtest.UNDER_WAY)
    return rows.defer("base", "candidate", "result").first()


def _number(object_id: str) -> int:
    return int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0


def _standing(row: Backtest) -> dict[str, Any]:
    silent = row.is_under_way and clock.now() - row.seen_at > SILENT_AFTER
    part = round(100 * row.done / row.total) if row.total else 0
    return {"row": row, "is_silent": silent, "percent": part, "so_far": f"{row.done:,} of {row.total:,}"}


def _told(row: Backtest, result: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    names = compared.Names(result)
    kind = asked.get("change", "")
    changes = [one for one in result["changes"] if not kind or one["change"] == kind]
    page = Paginator(changes, A_PAGE).get_page(asked.get("p"))
    return {
        "sentence": compared.sentence(result),
        "about": compared.about(result),
        "headlines": compared.headlines(result),
        "tables": compared.tables(result, names),
        "page": page,
        "movers": _movers(row, page, names),
        "kind": kind,
        "kinds": [(name, label, result["changed"][name]) for name, label in compared.CHANGES.items()],
        "changed": sum(result["changed"].values()),
        "listed": len(result["changes"]),
    }


def _movers(row: Backtest, page: Page, names: compared.Names) -> list[Mover]:
    """With the leads' names of today: a result has none, so that nothing of a person is left in it."""
    wanted: dict[str, list[int]] = {LEAD: [], PAST: []}
    for one in page:
        wanted[one["of"]].append(one["id"])
    leads, past = Lead.objects.in_bulk(wanted[LEAD]), PastLead.objects.in_bulk(wanted[PAST])
    return [_mover(row, one, leads.get(one["id"]), past.get(one["id"]), names) for one in page]


def _mover(
    row: Backtest, one: Mapping[str, Any], lead: Lead | None, past: PastLead | None, names: compared.Names
) -> Mover:
    if one["of"] == LEAD:
        name = str(lead) if lead else f"Lead {one['id']}, which is gone"
        link = reverse("lead", args=[one["id"]]) if lead else ""
    else:
        name = past_leads.name(past) if past else f"Lead {one['id']} of history, which is gone"
        link = reverse("admin:routing_backtest_past_lead", args=[row.pk, one["id"]]) if past else ""
    sides = [(names.outcome(one[side]), names.place(one[side])) for side in ("base", "candidate")]
    return Mover(name, link, *sides[0], *sides[1])
