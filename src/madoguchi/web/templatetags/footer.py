"""What a page's footer leads to: the public's pages that this installation has."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from madoguchi.web.context import is_page

register = template.Library()

PAGES: tuple[tuple[str, Promise], ...] = (
    ("/map/", pgettext_lazy("footer", "Map")),
    ("/services/", pgettext_lazy("footer", "Payment services")),
    ("/statistics/", pgettext_lazy("footer", "Statistics")),
    ("/data/", pgettext_lazy("footer", "Open data")),
    ("/guide/", pgettext_lazy("footer", "Guide")),
)


@register.simple_tag
def footer_pages() -> list[tuple[str, Promise]]:
    """Address and name of each public page there is, in the footer's order."""
    return [(address, name) for address, name in PAGES if is_page(address)]


@register.simple_tag
def fraud_page() -> str:
    """The address of the guide's page on fraud (P-33); empty where there is no guide."""
    return "/guide/fraud/" if is_page("/guide/fraud/") else ""
