"""The room's first page, beginning an application, and coming back to it with its key."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.onboarding.applications import EDITABLE
from madoguchi.onboarding.beginning import resume as resume_with_key
from madoguchi.onboarding.beginning import start_application
from madoguchi.onboarding.demo_applications import DEMO_KEY, demo_applications
from madoguchi.onboarding.following import application_opened, applications_of
from madoguchi.onboarding.models import Application
from madoguchi.people.access import Actor
from madoguchi.people.origins import origin_of
from madoguchi.web.context import is_page
from madoguchi.web.edges import Page, is_on_this_site
from madoguchi.web.merchant.access import Visit, for_applicants, held_by, hold, let_go, wish_for
from madoguchi.web.merchant.section_forms import told_in
from madoguchi.web.merchant.start_forms import KIND_HINTS, KIND_NAMES, BeginForm, ResumeForm
from madoguchi.web.merchant.words import APPLICATION_STATES

PLANS = "/join/plans/"
# The key of an application just begun, until its applicant has noted it.
NEW_KEY = "new_key"


@require_GET
@never_cache
def home(request: Page) -> HttpResponse:
    """What this is, three steps, and the applications that are open to the reader."""
    held = applications_of(request.actor, held_by(request))
    facts = {
        "rows": [_row(each) for each in held],
        "examples": [_row(each) for each in demo_applications()] if settings.DEMO else [],
        "demo_key": DEMO_KEY,
        "plans": PLANS if is_page(PLANS) else "",
    }
    return render(request, "merchant/home.html", facts)


def _row(application: Application) -> dict[str, object]:
    """An application as it stands in a list."""
    return {
        "application": application,
        "said": APPLICATION_STATES[application.state],
        "kind": KIND_NAMES[application.kind],
        "is_open": application.state in EDITABLE,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def begin(request: Page) -> HttpResponse:
    """Who applies; from then on everything is saved as it goes."""
    form = BeginForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with told_in(form):
            started = start_application(
                actor=request.actor,
                kind=form.cleaned_data["kind"],
                language=form.cleaned_data["language"],
                email=form.cleaned_data["email"],
                origin=origin_of(request),
                is_demo=settings.DEMO,
            )
            wish_for(request, started.application.id)
            return show_key(request, started.application, started.key)
    hints = [(radio, KIND_HINTS[radio.data["value"]]) for radio in form["kind"]]
    return render(request, "merchant/begin.html", {"form": form, "kinds": hints}, status=422 if form.errors else 200)


def show_key(request: Page, application: Application, key: str) -> HttpResponse:
    """Let this browser go on with a new application, and lead to the page that shows its key."""
    hold(request, application.id)
    request.session[NEW_KEY] = {"reference": application.reference, "key": key}
    return redirect("merchant:started", application.reference)


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def started(visit: Visit) -> HttpResponse:
    """Number and key of a new application, shown until they are noted, and never again."""
    kept = visit.request.session.get(NEW_KEY, {})
    is_known = kept.get("reference") == visit.application.reference
    if visit.request.method == "POST":
        if is_known:
            del visit.request.session[NEW_KEY]
        return redirect(visit.address("overview"))
    if not is_known:
        return redirect(visit.address("overview"))
    return visit.page("started.html", {"key": kept["key"]})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def resume(request: Page) -> HttpResponse:
    """Back to an application by its number and key."""
    form = ResumeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with told_in(form):
            actor = resume_with_key(reference=form.cleaned_data["reference"], key=form.cleaned_data["key"])
            return _let_in(request, actor, form.cleaned_data["next"])
    return render(request, "merchant/resume.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@never_cache
def resume_link(request: Page, reference: str, key: str) -> HttpResponse:
    """The address in the first e-mail: the key leaves the address bar at once, and nothing of the application changes.

    Mail programs that open links to look at them therefore do no harm.
    """
    return _let_in(request, resume_with_key(reference=reference, key=key), "")


def _let_in(request: Page, actor: Actor, wanted: str) -> HttpResponse:
    application = application_opened(actor)
    hold(request, application.id)
    if wanted and is_on_this_site(request, wanted):
        return redirect(wanted)
    return redirect("merchant:overview" if application.state in EDITABLE else "merchant:status", application.reference)


@require_POST
@for_applicants
def leave(visit: Visit) -> HttpResponse:
    """Forget the key in this browser, e.g. at a shared desk."""
    let_go(visit.request, visit.application.id)
    messages.success(visit.request, _("This device has forgotten the application. Come back with number and key."))
    return redirect("merchant:home")
