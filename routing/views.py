"""Company names that wait for a person: which account they mean. For RevOps and managers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from leads import wording
from leads.discretion import Reader
from leads.intake.domains import registrable_domain
from leads.models import Account
from leads.models.lead import LeadQuerySet
from revops import clock, lifecycle
from revops.desk import Desk
from revops.pages import back, posted, signed_in
from revops.refusals import Refused
from revops.roles import actor, reader_of, visible_leads
from routing.matching import review
from routing.matching.likeness import likeness
from routing.matching.linking import typed_name
from routing.matching.names import read
from routing.matching.suggesting import Suggestion, suggest
from routing.models import AccountName, NameAnswer

PAGE = 20
LATEST = 100
FOUND = 12
SHOWN_LEADS = 4


@dataclass(frozen=True)
class OneWaiting:
    """A lead that waits under a name, as it is called on the page."""

    pk: int
    told: str


@dataclass(frozen=True)
class Asked:
    """A name on the page, with what is offered for it and some of the leads that wait."""

    waiting: review.Waiting
    offered: list[Suggestion]
    leads: list[OneWaiting]

    @property
    def others(self) -> int:
        return self.waiting.leads - len(self.leads)

    @property
    def query(self) -> str:
        """What the search for another account is told."""
        return urlencode({"name": self.waiting.name, "personal": "yes" if self.waiting.personal else ""})


def for_managers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @login_required
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not signed_in(request.user).manages:
            raise PermissionDenied("Only RevOps and managers may say what a company's name means.")
        return view(request, *args, **kwargs)

    return answer


@for_managers
@require_safe
def names(request: HttpRequest) -> HttpResponse:
    leads = visible_leads(request.user)
    waiting = review.waiting(leads)
    last = max(1, -(-len(waiting) // PAGE))
    page = min(_number(request.GET.get("page", "")) or 1, last)
    shown = waiting[(page - 1) * PAGE : page * PAGE]
    asked = _asked(shown, leads, reader_of(request.user))
    values = {
        "asked": [one for one in asked if one.offered],
        "unlike": [one for one in asked if not one.offered],
        "names": len(waiting),
        "leads": sum(one.leads for one in waiting),
        "page": page,
        "last": last,
    }
    return render(request, "routing/names.html", values)


@for_managers
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """An account's number, or `none`, with those that were offered."""
    name, chosen = posted(request, "name"), posted(request, "account")
    account_id = _number(chosen)
    if chosen != "none" and account_id is None:
        messages.error(request, "Pick an account, or say that it is none of these.")
        return redirect(back(request, reverse("names")))
    try:
        count = lifecycle.answer_name(
            name,
            account_id=account_id,
            personal=posted(request, "personal") == "yes",
            refused=[pk for text in request.POST.getlist("offered") if (pk := _number(text)) is not None],
            at=clock.now(),
            by=actor(request.user, door="page"),
        )
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _told(name, account_id, count, personal=posted(request, "personal") == "yes"))
    return redirect(back(request, reverse("names")))


@for_managers
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Another account for a name, searched for by its name or domain."""
    typed = request.GET.get("name", "").replace("\x00", "")[:255]
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:255]
    values = {
        "name": typed,
        "personal": request.GET.get("personal") == "yes",
        "q": wanted,
        "found": _search(wanted, typed),
        "listed": back(request, reverse("names")),
    }
    return render(request, "routing/find.html", values)


@for_managers
@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    rows = NameAnswer.objects.select_related("account", "by", "withdrawn_by").prefetch_related("account__domains")
    me = signed_in(request.user)
    zone = Desk.load(at=clock.now()).zone(me.rep.team_id if me.rep else None)
    with timezone.override(zone):
        values = {"answers": rows.order_by("-at", "-pk")[:LATEST], "most": LATEST}
        return render(request, "routing/answers.html", values)


@for_managers
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        count = lifecycle.withdraw_answer(pk, at=clock.now(), by=actor(request.user, door="page"))
    except Refused as error:
        messages.error(request, str(error))
    else:
        lost = f" {wording.count(count, 'lead')} linked by it lost the account." if count else ""
        messages.success(request, f"Taken back: the name is asked about again.{lost}")
    return redirect("name-answers")


def _asked(shown: list[review.Waiting], visible: LeadQuerySet, reader: Reader) -> list[Asked]:
    found = review.offers(shown)
    spellings = {text for one in shown for text in one.spellings}
    by_name: dict[tuple[str, bool], list[OneWaiting]] = {}
    rows = review.unlinked(visible.filter(company__in=spellings)).select_related("territory__team")
    fields = ("email", "company", "is_free_mail", "state", "territory__team__hides_contact")
    for lead in rows.order_by("-captured_at", "-pk").only(*fields)[: PAGE * 25]:
        told = OneWaiting(lead.pk, lead.email if reader.may_contact(lead) else f"Lead {lead.pk}, in the Shark Tank")
        by_name.setdefault((typed_name(lead.company).joined, lead.is_free_mail), []).append(told)
    return [
        Asked(one, offered, by_name.get((one.joined, one.personal), [])[:SHOWN_LEADS])
        for one, offered in zip(shown, found, strict=True)
    ]


def _search(wanted: str, typed: str) -> list[Suggestion]:
    """Accounts of that domain, or with a name that starts so; then what is like it. The score is the typed name's."""
    if not wanted:
        return []
    domain = registrable_domain(wanted) if "." in wanted else None
    key = read(wanted).key
    begun = AccountName.objects.filter(key__startswith=key).values("account") if key else []
    exact = Q(domains__domain=domain) if domain else Q(pk__in=begun)
    rows = Account.objects.filter(exact).select_related("owner__user").prefetch_related("domains").distinct()
    found = {account.pk: account for account in rows.order_by("name", "pk")[:FOUND]}
    found |= {one.account.pk: one.account for one in suggest([wanted])[0] if one.account.pk not in found}
    scored = [Suggestion(one, likeness(read(typed), read(one.name)), one.name) for one in found.values()]
    return sorted(scored[:FOUND], key=lambda one: -one.score)


def _told(name: str, account_id: int | None, count: int, *, personal: bool) -> str:
    leads = wording.count(count, "lead")
    if account_id is None and personal:
        return f"Kept: {leads} of {name} from personal addresses, with no account."
    if account_id is None:
        return f"Kept: {name} is none of these. It is not asked about again."
    account = Account.objects.get(pk=account_id)
    later = "" if personal else " Later ones link by themselves."
    return f"{leads} of {name} linked to {account}.{later}"


def _number(text: str) -> int | None:
    """An id as a form sends it; beyond bigint there is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
