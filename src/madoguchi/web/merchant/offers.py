"""What providers' plans tell of each service's fee today, for choosing services by it (J-20, J-21)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from madoguchi.core.clock import today
from madoguchi.onboarding.plans import Wish, offers

PLAN_APPLICANT = {"municipality": "municipality"}


def lowest_fees(kind: str) -> dict[str, int]:
    """The lowest fee in hundredths of a percent that a plan in force tells of each service; others are absent."""
    found: dict[str, int] = {}
    for offer in offers(Wish(applicant=PLAN_APPLICANT.get(kind, "business")), today()):
        if offer.fee_bps is not None:
            for service in offer.services:
                found[service.code] = min(found.get(service.code, offer.fee_bps), offer.fee_bps)
    return found


def free_services(kind: str) -> frozenset[str]:
    """Codes of the services that charge this kind of applicant nothing now; empty if no plan says so."""
    return frozenset(code for code, fee_bps in lowest_fees(kind).items() if fee_bps == 0)


def plan_notes(kind: str) -> dict[str, str]:
    """What stands beside each service whose fee is told."""
    return {
        code: _("from %(percent)s%%") % {"percent": f"{fee_bps / 100:g}"} for code, fee_bps in lowest_fees(kind).items()
    }
