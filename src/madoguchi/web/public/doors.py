"""The doors on the home page: one for each audience, and what lies or will lie behind it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.web.context import is_page


@dataclass(frozen=True)
class Door:
    """Where an audience goes in. A door without a page behind it says what it will be, and leads nowhere."""

    path: str
    who: Promise
    what: Promise

    @property
    def is_open(self) -> bool:
        """Whether there is a page behind it in this installation."""
        return is_page(self.path)


STAFF_DOORS = (
    Door(
        "/till/",
        _("Counter clerks"),
        _("Choose the fee, show the code, see that it was paid and print the receipt."),
    ),
    Door(
        "/town/",
        _("A town's accountants"),
        _("Today's takings, the deposits to come less their fees, and what does not match."),
    ),
    Door(
        "/provider/",
        _("Payment providers"),
        _("Places, payments, refunds and payouts, by API or by file."),
    ),
    Door(
        "/office/",
        _("The programme office"),
        _("Who has joined, what was turned away, and what waits for a decision."),
    ),
)
PUBLIC_DOORS = (
    Door(
        "/join/town/",
        _("Towns that are starting out"),
        _("A proposal with your own figures, and one application for every place and service."),
    ),
    Door(
        "/join/shop/eligibility/",
        _("Shop owners"),
        _("Whether you are eligible for a programme, at which rate, and why."),
    ),
    Door(
        "/campaigns/",
        _("People who shop"),
        _("Campaigns that give points back: where, how much, up to which cap, and what a purchase would earn."),
    ),
    Door(
        "/map/",
        _("Residents and visitors"),
        _("Shops and counters on a map by service, and what you get back, when and up to what limit."),
    ),
    Door(
        "/data/",
        _("Analysts and other towns"),
        _("Open data, an API, and the calculations as a library."),
    ),
)
