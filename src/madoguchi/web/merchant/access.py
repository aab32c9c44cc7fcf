"""Who goes on with an application: whoever holds its key in this browser, or signs in for its organisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from madoguchi.onboarding.applications import EDITABLE, scope_of
from madoguchi.onboarding.following import application_called
from madoguchi.onboarding.models import Application
from madoguchi.people.access import Actor, applicant_actor, may
from madoguchi.web.edges import Page
from madoguchi.web.merchant.start_forms import ResumeForm

HELD = "applications"
# A browser at a shared desk does not gather keys without end.
MOST_HELD = 20


@dataclass(frozen=True)
class Visit:
    """An application that is open to the reader, who acts on it as `actor`."""

    request: Page
    application: Application
    actor: Actor
    has_key: bool

    @property
    def is_open(self) -> bool:
        """Whether its applicant may still change it."""
        return self.application.state in EDITABLE

    def address(self, name: str, *args: object) -> str:
        """The address of a page of this application."""
        return reverse(f"merchant:{name}", args=[self.application.reference, *args])

    def page(self, template: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """A page of this application in its frame."""
        return render(self.request, f"merchant/{template}", {"visit": self, **facts}, status=status)


def held_by(request: Page) -> list[UUID]:
    """The applications whose key this browser has shown, the newest first."""
    return [UUID(each) for each in request.session.get(HELD, [])]


def hold(request: Page, application_id: UUID) -> None:
    """Let this browser act on an application from now on."""
    kept = [str(application_id), *(str(each) for each in held_by(request) if each != application_id)]
    # A session that gains a right gets a new name, so that nobody who knew the old one gains it too.
    request.session.cycle_key()
    request.session[HELD] = kept[:MOST_HELD]


def let_go(request: Page, application_id: UUID) -> None:
    """Let this browser act on an application no more."""
    request.session[HELD] = [str(each) for each in held_by(request) if each != application_id]


def visit_of(request: Page, reference: str) -> Visit | None:
    """The application of a number, if it is open to the reader; None if it is not, or if there is none."""
    application = application_called(reference)
    if application is None:
        return None
    if application.id in held_by(request):
        return Visit(request, application, applicant_actor(application.id), has_key=True)
    if may(request.actor, "application.read", scope_of(application)):
        return Visit(request, application, request.actor, has_key=False)
    return None


def for_applicants(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Hand a view the `Visit` of its address's application; ask strangers for number and key instead.

    Whoever has no right is told the same of an application that exists and of one that does not.
    """

    @wraps(view)
    @never_cache
    def inner(request: Page, reference: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        visit = visit_of(request, reference)
        if visit is not None:
            return view(visit, *args, **kwargs)
        # A form cannot be sent again after the key was shown: its reader comes back to the page it stood on.
        wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
        form = ResumeForm(initial={"reference": reference[:12], "next": wanted})
        return render(request, "merchant/resume.html", {"form": form, "is_asked": True}, status=403)

    return inner


WISHED = "wished_services"
MOST_WISHED = 60


def wish_for(request: Page, application_id: UUID) -> None:
    """Keep the services with which the reader came from the plans, to be suggested at the application's places."""
    asked = [code for code in request.GET.get("services", "").split(",") if code][:MOST_WISHED]
    if asked:
        request.session[WISHED] = {**request.session.get(WISHED, {}), str(application_id): asked}


def wished_services(request: Page, application_id: UUID) -> frozenset[str]:
    """What `wish_for` kept; whoever reads it leaves out what is not on offer."""
    return frozenset(request.session.get(WISHED, {}).get(str(application_id), ()))
