"""Every version of the rules: what each changed and says, the draft of the next, and the way back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from leads.admin.publishing_form import LookedAt, PublishForm
from leads.models import Draft, RuleSet
from revops import clock, lifecycle, roles, rules
from revops.admin_attention import NO_FALLBACK
from revops.admin_confirm import confirmed
from revops.admin_site import RecordAdmin
from revops.publishing import IN_FORCE, THE_DRAFT, DraftIsOpen, NoDraft
from revops.refusals import Refused
from revops.rule_changes import differences, in_brief
from revops.rule_words import Names, Part, names_for, says
from routing.rules import read

A_PAGE, LINES = 20, 6
FROM_NOW_ON = "What is routed from then on goes by it. Nobody loses a lead they hold, and no running deadline moves."


@dataclass(frozen=True)
class Entry:
    """A version as the list shows it."""

    rule_set: RuleSet
    is_first: bool
    changes: Sequence[str]
    more: int


@dataclass(frozen=True)
class Action:
    """Something that may be done with a draft or a version."""

    title: str
    link: str


@admin.register(RuleSet)
class RuleSetAdmin(RecordAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("draft/open/", view(self.open_draft), name="leads_ruleset_open_draft"),
            path("draft/publish/", view(self.publish), name="leads_ruleset_publish"),
            path("draft/discard/", view(self.discard), name="leads_ruleset_discard"),
            path("<int:pk>/roll-back/", view(self.roll_back), name="leads_ruleset_roll_back"),
            *super().get_urls(),
        ]

    # The pages

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The versions, the latest first, and the draft above them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        draft, standing = _draft(), rules.standing()
        rows = RuleSet.objects.select_related("by").order_by("-number")
        page = Paginator(rows, A_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Versions of the rules",
            "page": page,
            "entries": _entries(list(page)),
            "in_force": standing.pk,
            "draft": draft,
            "changes": _changes(standing.document, rules.written().document) if draft else [],
            "actions": self._actions(request, draft),
        }
        return TemplateResponse(request, "admin/airtight/rule_sets.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One version: what it says, and how it differs from the one before and from the one in force."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = RuleSet.objects.select_related("by", "restores")
        one = get_object_or_404(rows, pk=int(object_id) if object_id.isdecimal() else 0)
        before = RuleSet.objects.filter(number__lt=one.number).order_by("-number").first()
        standing = rules.standing()
        names = names_for([one.document, standing.document, *([before.document] if before else [])])
        context = {
            **self.admin_site.each_context(request),
            "title": str(one),
            "one": one,
            "before": before,
            "is_in_force": standing.pk == one.pk,
            "from_before": differences(before.document, one.document, names) if before else [],
            "from_in_force": differences(standing.document, one.document, names),
            "says": says(one.document, names),
            "may_roll_back": self.has_configure_permission(request),
            "draft": _draft(),
        }
        return TemplateResponse(request, "admin/airtight/rule_set.html", context)

    def _actions(self, request: HttpRequest, draft: Draft | None) -> list[Action]:
        """What may be done now, the likeliest first."""
        if not self.has_configure_permission(request):
            return []
        if draft is None:
            return [Action("Open a draft…", reverse("admin:leads_ruleset_open_draft"))]
        return [
            Action("Publish the draft…", reverse("admin:leads_ruleset_publish")),
            Action("Compare it…", reverse("admin:routing_backtest_changelist")),
            Action("Discard it…", reverse("admin:leads_ruleset_discard")),
        ]

    # The verbs

    def open_draft(self, request: HttpRequest) -> HttpResponse:
        def act(_answers: dict[str, Any]) -> str:
            draft = lifecycle.open_draft(**self._now(request))
            return f"A draft is open. {draft.base} stays in force until it is published."

        lines = [
            "From then on whatever is saved about territories, the ICP, weights, load caps and policies waits in the "
            "draft, and leads go by the version in force now until the draft is published.",
            "There is one draft, which everybody of RevOps works on.",
        ]
        return self._asked(request, heading="Open a draft?", lines=lines, button="Open a draft", act=act)

    def publish(self, request: HttpRequest) -> HttpResponse:
        if _draft() is None:
            return self._refused(request, NoDraft())
        written = rules.written()
        changes = _changes(rules.standing().document, written.document)

        def act(answers: dict[str, Any]) -> str:
            kept = lifecycle.publish(note=answers["note"], seen=answers["seen"], **self._now(request))
            return f"{kept} is in force." if kept else "The draft is closed; it changed nothing."

        return self._asked(
            request,
            heading="Publish the draft?",
            lines=[FROM_NOW_ON if changes else "It changes nothing: publishing it only closes it."],
            button="Publish it" if changes else "Close the draft",
            act=act,
            parts=changes,
            warnings=_holes(written.document),
            form_class=partial(PublishForm, digest=written.digest, what=THE_DRAFT),
        )

    def discard(self, request: HttpRequest) -> HttpResponse:
        if _draft() is None:
            return self._refused(request, NoDraft())
        written = rules.written()
        changes = _changes(rules.standing().document, written.document)

        def act(answers: dict[str, Any]) -> str:
            lifecycle.discard(seen=answers["seen"], **self._now(request))
            return "The draft is gone; what is written is what is in force again."

        return self._asked(
            request,
            heading="Discard the draft?",
            lines=["What is written in it is lost:" if changes else "It changes nothing, so nothing is lost."],
            button="Discard it",
            act=act,
            parts=changes,
            form_class=partial(LookedAt, digest=written.digest, what=THE_DRAFT),
        )

    def roll_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        older = get_object_or_404(RuleSet, pk=pk)
        if _draft() is not None:
            return self._refused(request, DraftIsOpen())
        standing = rules.standing()
        changes = _changes(standing.document, older.document)

        def act(answers: dict[str, Any]) -> str:
            kept = lifecycle.roll_back(pk, seen=answers["seen"], **self._now(request))
            return (
                f"{kept} is in force: it says what {_lower(older)} says." if kept else f"{older} was in force already."
            )

        lines = [
            f"A new version is kept that says what {_lower(older)} says. {FROM_NOW_ON}"
            if changes
            else f"{older} says what is in force."
        ]
        return self._asked(
            request,
            heading=f"Roll back to {_lower(older)}?",
            lines=lines,
            button=f"Roll back to {_lower(older)}",
            act=act,
            parts=changes,
            warnings=_holes(older.document),
            form_class=partial(LookedAt, digest=standing.digest, what=IN_FORCE),
        )

    def _now(self, request: HttpRequest) -> dict[str, Any]:
        return {"at": clock.now(), "by": roles.actor(request.user, door="admin")}

    def _asked(self, request: HttpRequest, *, act: Callable[[dict[str, Any]], str], **page: Any) -> HttpResponse:
        try:
            return confirmed(request, self, act=act, **page)
        except Refused as refused:
            return self._refused(request, refused)

    def _refused(self, request: HttpRequest, why: Refused) -> HttpResponse:
        if not self.has_configure_permission(request):
            raise PermissionDenied
        self.message_user(request, f"Nothing was changed. {why}", messages.ERROR)
        return HttpResponseRedirect(resolve_url("admin:leads_ruleset_changelist"))


def _draft() -> Draft | None:
    return Draft.objects.select_related("base", "by").defer("base__document").first()


def _entries(shown: list[RuleSet]) -> list[Entry]:
    """Each with what it changed from the one before, the last one's of which is on the next page."""
    if not shown:
        return []
    older = RuleSet.objects.filter(number__lt=shown[-1].number).order_by("-number")[:1]
    known = [*shown, *older]
    names = names_for([one.document for one in known], lists=_lists_that_changed(known))
    return [_entry(one, before, names) for one, before in zip(shown, [*known[1:], None], strict=False)]


def _lists_that_changed(known: Sequence[RuleSet]) -> set[int]:
    """The lists of named accounts that are not the same in two neighbours: they may be long, and most never change."""
    found: set[int | None] = set()
    for pair in pairwise(known):
        mine, theirs = ({row["id"]: row["named_id"] for row in one.document["territories"]} for one in pair)
        for pool in mine.keys() | theirs.keys():
            if mine.get(pool) != theirs.get(pool):
                found |= {mine.get(pool), theirs.get(pool)}
    return {pk for pk in found if pk is not None}


def _entry(one: RuleSet, before: RuleSet | None, names: Names) -> Entry:
    parts = differences(before.document, one.document, names) if before else []
    changes, more = in_brief(parts, most=LINES)
    return Entry(one, before is None, changes, more)


def _changes(before: Any, after: Any) -> list[Part]:
    return differences(before, after, names_for([before, after]))


def _holes(document: Any) -> list[str]:
    """What somebody should know before it is in force."""
    return [] if read(document).fallback else [NO_FALLBACK]


def _lower(rule_set: RuleSet) -> str:
    return f"version {rule_set.number}"
