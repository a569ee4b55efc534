"""Pages about the person who is signed in: coming in, going away, tokens for their own programs."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from leads import wording
from leads.models import Rep
from revops import clock, lifecycle, sign_in_limit
from revops.desk import Desk
from revops.forms import AbsenceForm, TokenForm
from revops.pages import back
from revops.roles import actor, rep_of, teams_managed
from routing.models import Absence


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this one by themselves, wherever the page says that its icon is."""
    return redirect(static("airtight/icon.svg"))


class SignIn(LoginView):
    """Django's sign-in behind a limit on failures."""

    template_name = "registration/sign_in.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # A poll of a page whose session has ended must not paint this form into the page.
        if getattr(request, "htmx", False):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        at = clock.now()
        names = sign_in_limit.keys(request, request.POST.get("username", ""))
        wait = sign_in_limit.blocked_for(names, at=at)
        if wait:
            return render(request, "429.html", {"wait": wording.span(wait + timedelta(minutes=1))}, status=429)
        form = self.get_form()
        if form.is_valid():
            return self.form_valid(form)
        sign_in_limit.failed(names, at=at)
        return self.form_invalid(form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    rep = rep_of(request.user)
    if rep is None:
        return render(request, "absences.html", {"rep": None})
    zone = Desk.load(at=at).zone(rep.team_id)
    form = AbsenceForm(request.POST if request.method == "POST" else None, rep=rep, zone=zone, at=at)
    if form.is_valid():
        absence = Absence(rep=rep, **form.cleaned_data)
        count = lifecycle.declare_absence(absence, at=at, by=actor(request.user, door="page"))
        messages.success(request, _handed_on(count, absence, at=at))
        return redirect("absences")
    with timezone.override(zone):
        values = {"rep": rep, "form": form, "absences": _ahead(rep, at=at), "now": at, "zone": zone}
        return render(request, "absences.html", values, status=422 if form.is_bound else 200)


@login_required
@require_POST
def end_absence(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own absence, or that of somebody on a team one answers for; anybody else's is not found."""
    at = clock.now()
    mine = Q(rep__user=request.user.pk) | Q(rep__team__in=teams_managed(request.user))
    absence = get_object_or_404(Absence.objects.select_related("rep__user").filter(mine), pk=pk)
    has_begun = absence.starts_at < at
    lifecycle.end_absence(pk, at=at, by=actor(request.user, door="page"))
    own = absence.rep.user_id == request.user.pk
    who, verb = ("You", "are") if own else (absence.rep.name, "is")
    told = f"{who} {verb} back and {'get' if own else 'gets'} new leads again." if has_begun else "It is taken back."
    messages.success(request, told)
    return redirect(back(request, reverse("absences")))


def _ahead(rep: Rep, *, at: datetime) -> QuerySet[Absence]:
    return Absence.objects.filter(rep=rep, ends_at__gt=at).select_related("cover__user").order_by("starts_at")


def _handed_on(count: int, absence: Absence, *, at: datetime) -> str:
    if count:
        return f"Your absence is noted, and {wording.count(count, 'lead')} went on to colleagues."
    began = "You get no new leads meanwhile." if absence.starts_at <= at else "You get no new leads from then on."
    return f"Your absence is noted. {began}"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The token itself is shown once, in the answer to its making."""
    form, made = TokenForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        _row, made = AuthToken.objects.create(user=request.user, expiry=timedelta(days=form.cleaned_data["days"]))
    held = AuthToken.objects.filter(user=request.user.pk).order_by("-created")
    values = {"form": form, "made": made, "tokens": held, "now": clock.now()}
    return render(request, "tokens.html", values, status=422 if form.is_bound and not made else 200)


@login_required
@require_POST
def revoke_token(request: HttpRequest, digest: str) -> HttpResponse:
    get_object_or_404(AuthToken, digest=digest, user=request.user.pk).delete()
    messages.success(request, "The token is revoked. Programs that used it can no longer sign in.")
    return redirect("tokens")


sign_in = method_decorator(never_cache, name="dispatch")(SignIn).as_view()
