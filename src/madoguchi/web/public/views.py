"""Home, signing in and out, language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import check_for_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from madoguchi.payments.queries import service_pulses
from madoguchi.people.access import actor_for
from madoguchi.people.models import User
from madoguchi.people.queries import demo_users
from madoguchi.web.context import ROLE_NAMES, rooms_of
from madoguchi.web.edges import is_on_this_site
from madoguchi.web.public.doors import PUBLIC_DOORS, STAFF_DOORS
from madoguchi.web.public.forms import SignInForm

LANGUAGE_COOKIE_SECONDS = 365 * 24 * 60 * 60


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this is, a door for each audience, and whether each service's data comes in (J-25)."""
    facts = {
        "staff_doors": STAFF_DOORS,
        "public_doors": PUBLIC_DOORS,
        "pulses": service_pulses(),
        "own_page": first_page_of(request.user) if isinstance(request.user, User) else "",
    }
    return render(request, "public/home.html", facts)


def first_page_of(user: User) -> str:
    """Where a user's work begins: the first room open to them, else home."""
    rooms = rooms_of(actor_for(user))
    return rooms[0].path if rooms else reverse("public:home")


def trial_users() -> list[dict[str, Any]]:
    """The ready-made users of the trial, in the order of their first role's name in ROLE_NAMES."""
    rows = [(user, next((grant.role for grant in actor_for(user).grants), "")) for user in demo_users()]
    order = {role: place for place, role in enumerate(ROLE_NAMES)}
    rows.sort(key=lambda row: order.get(row[1], len(order)))
    return [{"user": user, "role": ROLE_NAMES.get(role, "")} for user, role in rows]


def safe_next(request: HttpRequest, default: str) -> str:
    """The address in the form's `next` if it is on this site, else `default`."""
    wanted = request.POST.get("next", "")
    return wanted if is_on_this_site(request, wanted) else default


class SignIn(LoginView):
    """Sign in with user name and password; a trial also offers its ready-made users."""

    template_name = "public/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        assert isinstance(self.request.user, User)  # noqa: S101  # only called once somebody is signed in
        return first_page_of(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(trial_users=trial_users() if settings.DEMO else [], **kwargs)

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        if settings.DEMO:
            # The roles to choose from come first; a focus in the form below would scroll past them.
            form.fields["username"].widget.attrs.pop("autofocus", None)
        return form

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


@require_POST
def sign_in_demo(request: HttpRequest) -> HttpResponse:
    """Sign in as a ready-made user of the trial. Outside a trial this page does not exist."""
    if not settings.DEMO:
        raise Http404
    user = next((row for row in demo_users() if row.username == request.POST.get("username")), None)
    if user is None:
        raise Http404
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    own = first_page_of(user)
    wanted = safe_next(request, own)
    # Whoever asked for the till and then chose to be an accountant wants to see the books.
    return redirect(wanted if wanted.startswith(own) else own)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("public:home")


@csrf_exempt
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read on in `lang`; kept in a cookie, so that it also holds for visitors without a session.

    Without a token against forged forms: one could change the language alone, and pages for everybody need none then.
    """
    response = HttpResponseRedirect(safe_next(request, reverse("public:home")))
    code = request.POST.get("lang", "")
    if code in dict(settings.LANGUAGES) and check_for_language(code):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=LANGUAGE_COOKIE_SECONDS,
            secure=settings.SECURE_COOKIES,
            httponly=True,
            samesite="Lax",
        )
    return response
