"""Pages about the person who is signed in: coming in, tokens for their own programs."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from leads import wording
from revops import clock, sign_in_limit
from revops.forms import TokenForm


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
