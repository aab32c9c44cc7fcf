"""Names that every public page shows, read once a minute: services and towns change once a year."""

from __future__ import annotations

import time
from functools import lru_cache

from madoguchi.opendata.search_words import words_in
from madoguchi.registry.models import Municipality, Service

SECONDS = 60


def service_names() -> dict[str, str]:
    """`{code: name}` of every payment service, by name."""
    return _service_names(int(time.monotonic() // SECONDS))


def town_names() -> dict[str, tuple[str, str]]:
    """`{code: (Japanese, English)}` of every municipality with its prefecture, by code."""
    return _town_names(int(time.monotonic() // SECONDS))


def prefecture_names() -> dict[str, tuple[str, str]]:
    """`{two digits: (Japanese, English)}` of the 47 prefectures, by code."""
    return _prefecture_names(int(time.monotonic() // SECONDS))


def places_named() -> dict[str, str]:
    """`{word as it is searched: code}` of prefectures and of towns whose name no other has; 東京都, 東京 and TOKYO."""
    return _places_named(int(time.monotonic() // SECONDS))


@lru_cache(maxsize=1)
def _places_named(minute: int) -> dict[str, str]:
    towns = Municipality.objects.values_list("code", "name", "name_en")
    found: dict[str, set[str]] = {}
    for code, name, name_en in [*towns, *((code, *names) for code, names in _prefecture_names(minute).items())]:
        for word in (name, name[:-1], name_en.split()[0] if name_en else ""):
            if len(folded := "".join(words_in(word))) > 1:
                found.setdefault(folded, set()).add(code)
    # Of 大阪, the prefecture: its places are those of the city and more.
    named = {word: [one for one in codes if len(one) == 2] or list(codes) for word, codes in found.items()}
    return {word: codes[0] for word, codes in named.items() if len(codes) == 1}


@lru_cache(maxsize=1)
def _prefecture_names(_minute: int) -> dict[str, tuple[str, str]]:
    rows = Municipality.objects.order_by("code").values_list("code", "prefecture", "prefecture_en")
    return {code[:2]: (name, name_en) for code, name, name_en in rows}


@lru_cache(maxsize=1)
def _service_names(_minute: int) -> dict[str, str]:
    return dict(Service.objects.order_by("name").values_list("code", "name"))


@lru_cache(maxsize=1)
def _town_names(_minute: int) -> dict[str, tuple[str, str]]:
    rows = Municipality.objects.order_by("code").values_list("code", "prefecture", "name", "name_en", "prefecture_en")
    return {code: (f"{prefecture}{name}", f"{name_en}, {wide}") for code, prefecture, name, name_en, wide in rows}
