"""Pieces of the list's page that cost most to draw, drawn once or without a template.

Measured with 20 places on the page: Django draws a select of 27 services from 28 templates, and the whole form took
9 ms of a page's 20; each row from the template engine a fifth of a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext

from madoguchi.opendata.finder import Found
from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.names import service_names
from madoguchi.web.finder import words
from madoguchi.web.finder.forms import FinderForm
from madoguchi.web.templatetags.madoguchi import is_english

SERVICES_IN_LIST = 6
SELECTS = ("service", "rate", "kind")


def filters_html(form: FinderForm) -> dict[str, SafeString]:
    """Label and select of each filter; its words and what is chosen decide everything about it."""
    services = tuple(service_names().items())
    language = get_language() or ""
    return {name: _select_html(language, services, name, form.data.get(name, "")[:40]) for name in SELECTS}


@lru_cache(maxsize=500)
def _select_html(language: str, services: tuple[tuple[str, str], ...], name: str, chosen: str) -> SafeString:
    field = FinderForm({name: chosen})[name]
    return format_html("{}{}", field.label_tag(), field.as_widget())


def rows_html(found: Found) -> SafeString:
    """The places of a list: name and link, reward, class, distance, address, services."""
    english, names = is_english(), service_names()
    reward, example = pgettext("place", "Reward"), pgettext("place", "Example")
    rows = []
    for place in found.places:
        marks = [f"{reward} {rate}"] if (rate := rate_of(place)) else []
        others = [] if place.place_class == "fixed" else [str(words.PLACE_CLASSES[place.place_class])]
        others += [example] if place.is_demo else []
        metres = found.metres.get(place.place_id)
        rows.append(
            (
                place.place_id,
                (english and place.name_en) or place.name,
                format_html_join("", ' <span class="status status--good">{}</span>', ((one,) for one in marks)),
                format_html_join("", ' <span class="status">{}</span>', ((one,) for one in others)),
                "" if metres is None else format_html(' <span class="num quiet">{} m</span>', f"{metres:,}"),
                where_of(place, english=english),
                services_of(place, names, english=english),
            )
        )
    # An address written out: `reverse` for each row is a fifth of the whole page's time.
    return format_html_join(
        "\n",
        '<li class="places__one"><a class="places__name" href="/map/places/{}/">{}</a>{}{}{}'
        '<p>{}</p><p class="quiet">{}</p></li>',
        rows,
    )


def services_of(place: PublishedPlace, names: Mapping[str, str], *, english: bool) -> str:
    """The first services of a place by name, and how many more there are."""
    taken = [names.get(row["service"], row["service"]) for row in place.services]
    shown = (", " if english else "、").join(taken[:SERVICES_IN_LIST])
    return f"{shown} +{len(taken) - SERVICES_IN_LIST}" if len(taken) > SERVICES_IN_LIST else shown


def where_of(place: PublishedPlace, *, english: bool) -> str:
    """Where a place is, as an address is written in the reader's language."""
    return f"{place.municipality_en}, {place.prefecture_en}" if english else address_of(place)


def address_of(place: PublishedPlace) -> str:
    """The whole address in Japanese; some are kept with the town's name and some without."""
    if place.address.startswith(place.prefecture):
        return place.address
    # 富岡市富岡1-1 has its town already.
    rest = place.address.removeprefix(place.municipality)
    return f"{place.prefecture}{place.municipality}{rest}"


def rate_of(place: PublishedPlace) -> str:
    """`5%`, or nothing where no rewards are earned."""
    return f"{place.rate_bps / 100:g}%" if place.rate_bps else ""


def words_input_html(form: FinderForm) -> SafeString:
    """The field of words with its label, as its widget would draw it."""
    field = form.fields["q"]
    wrong = SafeString(' aria-invalid="true"') if form.errors.get("q") else ""
    return format_html(
        '<label for="id_q">{}</label><input type="search" name="q" id="id_q" value="{}" maxlength="{}"'
        ' autocomplete="off" enterkeyhint="search"{}>',
        field.label,
        form.data.get("q", ""),
        field.max_length,  # type: ignore[attr-defined]
        wrong,
    )


def hidden_html(form: FinderForm) -> SafeString:
    """The town that was chosen, which stays while other things are searched for."""
    town = form.data.get("town", "")
    return format_html('<input type="hidden" name="town" value="{}">', town) if town else SafeString()
