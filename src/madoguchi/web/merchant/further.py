"""Applications linked to an earlier one: more services, a second account, a designated manager (J-21, J-28)."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from madoguchi.onboarding.beginning import start_application
from madoguchi.people.origins import origin_of
from madoguchi.web.merchant.access import Visit, for_applicants
from madoguchi.web.merchant.home import show_key
from madoguchi.web.merchant.section_forms import told_in
from madoguchi.web.merchant.start_forms import FurtherForm
from madoguchi.web.merchant.words import LINKS


@require_http_methods(["GET", "HEAD", "POST"])
@for_applicants
def further(visit: Visit, link_kind: str) -> HttpResponse:
    """Begin a linked application; what was told in the earlier one is not asked again."""
    if link_kind not in LINKS:
        raise Http404
    if visit.application.state not in {"submitted", "accepted"}:
        return redirect(visit.address("status"))
    is_manager = link_kind == "designated_manager"
    form = FurtherForm(visit.request.POST if visit.request.method == "POST" else None)
    # A manager is somebody else: what we answer goes to its own address. Everything else goes where it went before.
    form.fields["email"].required = is_manager
    if form.is_valid():
        with told_in(form):
            started = start_application(
                actor=visit.actor,
                kind="designated_manager" if is_manager else visit.application.kind,
                language=visit.application.language,
                linked_to=visit.application.id,
                link_kind=link_kind,
                email=form.cleaned_data["email"] or visit.application.email,
                origin=origin_of(visit.request),
                is_demo=settings.DEMO,
            )
            return show_key(visit.request, started.application, started.key)
    facts = {"form": form, "is_manager": is_manager, "said": LINKS[link_kind]}
    return visit.page("further.html", facts, status=422 if form.errors else 200)
