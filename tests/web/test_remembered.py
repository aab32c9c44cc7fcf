"""Pages that every visitor is shown alike: who gets them, and who never does (ADR 0021)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from madoguchi.opendata.models import PublishedPlace
from madoguchi.opendata.places import publish_all
from madoguchi.web import remembered
from tests.opendata.conftest import make_shop
from tests.web.readers import reader

pytestmark = pytest.mark.django_db
PAGE = "/map/?q=ramen"


@pytest.fixture(autouse=True)
def world(demo: Any, settings: Any, tmp_path: Any) -> None:
    settings.VAR, settings.DEMO = tmp_path, True
    make_shop("らーめん高橋", name_en="Takahashi Ramen", latitude=36.2560, longitude=138.8890)
    publish_all()


def visitor(language: str = "en", **headers: str) -> Client:
    return Client(headers={"accept-language": language, **headers})


def key_of(path: str) -> str:
    """Under what an English reader's page is kept."""
    return remembered._key(RequestFactory().get(path, headers={"accept-language": "en"}))


def renamed(name_en: str) -> None:
    PublishedPlace.objects.filter(name="らーめん高橋").update(name_en=name_en)


def names_shop(client: Client, path: str = PAGE) -> str:
    """The shop's name on a page that a browser asks for."""
    answer = client.get(path)
    assert answer.status_code == 200
    text = gzip.decompress(answer.content) if answer.get("Content-Encoding") == "gzip" else answer.content
    return next(name for name in ("Takahashi Ramen", "Ramen House") if name in text.decode())


@contextmanager
def without_questions() -> Iterator[None]:
    """Nothing is asked of the database."""
    with CaptureQueriesContext(connection) as asked:
        yield
    assert [query["sql"] for query in asked] == []


def test_a_page_that_a_visitor_asked_for_is_handed_to_the_next_without_asking_the_database() -> None:
    first = visitor().get(PAGE)

    with without_questions():
        second = visitor().get(PAGE)

    assert second.content == first.content
    assert dict(second.items()) == dict(first.items())


def test_a_page_handed_out_again_is_guarded_like_the_first() -> None:
    visitor().get(PAGE)
    again = visitor().get(PAGE)

    assert again["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in again["Content-Security-Policy"]
    assert again["X-Frame-Options"] == "DENY"
    assert again["X-Content-Type-Options"] == "nosniff"
    assert again["Content-Language"] == "en"
    assert {"Accept-Language", "Accept-Encoding", "Cookie"} <= set(again["Vary"].split(", "))
    assert again["Link"].endswith("rel=preload; as=style")


def test_a_page_is_handed_out_as_its_reader_takes_it() -> None:
    plain = visitor().get(PAGE)
    packed = visitor(**{"accept-encoding": "gzip, deflate, br"}).get(PAGE)

    assert "Content-Encoding" not in plain.headers
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert (plain["Content-Length"], packed["Content-Length"]) == (str(len(plain.content)), str(len(packed.content)))
    assert len(packed.content) < len(plain.content) / 2


def test_a_page_holds_nothing_that_is_one_visitors() -> None:
    answer = visitor().get(PAGE)

    assert not answer.cookies
    assert b"csrf" not in answer.content.lower()


def test_a_page_is_drawn_anew_after_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [1_000.0]
    monkeypatch.setattr("django.core.cache.backends.locmem.time.time", lambda: seconds[0])
    assert names_shop(visitor()) == "Takahashi Ramen"
    renamed("Ramen House")

    seconds[0] += 29.9
    assert names_shop(visitor()) == "Takahashi Ramen"
    seconds[0] += 0.1
    assert names_shop(visitor()) == "Ramen House"


def test_who_is_signed_in_reads_a_page_of_their_own_and_leaves_it_to_nobody() -> None:
    officer = reader("admin-tomioka")
    assert names_shop(officer) == "Takahashi Ramen"
    renamed("Ramen House")

    assert names_shop(visitor()) == "Ramen House"
    renamed("Takahashi Ramen")
    assert names_shop(officer) == "Takahashi Ramen"
    assert "admin-tomioka" not in visitor().get(PAGE).content.decode()


def test_who_has_a_token_already_leaves_no_page_to_others() -> None:
    """Of a token that a page was given, nothing tells then: no cookie is set."""
    client = visitor()
    client.get("/sign-in/")
    assert "csrftoken" in client.cookies
    assert names_shop(client) == "Takahashi Ramen"
    renamed("Ramen House")

    assert names_shop(visitor()) == "Ramen House"


def test_each_language_has_its_own_page_however_it_was_chosen() -> None:
    visitor("ja").get(PAGE)
    chosen = visitor("ja")
    chosen.cookies["django_language"] = "en"

    assert 'lang="en"' in chosen.get(PAGE).content.decode()
    assert '<html lang="ja"' in visitor("ja,en;q=0.5").get(PAGE).content.decode()
    with without_questions():
        chosen.get(PAGE)


def test_a_page_asked_of_another_host_is_drawn_for_it(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["one.example", "two.example"]
    visitor(host="one.example").get(PAGE)
    renamed("Ramen House")

    assert names_shop(visitor(host="two.example")) == "Ramen House"
    nobody = visitor(host="three.example").get(PAGE)
    assert nobody.status_code == 400
    assert "default-src 'self'" in nobody["Content-Security-Policy"]


@pytest.mark.parametrize(
    "broken",
    [b"", b"{}\n", b"{}\n\x1f\x8bgone", b"no JSON\n" + gzip.compress(b"page"), b"\xff\n\x00"],
    ids=["nothing", "no page", "half a page", "no headers", "other bytes"],
)
def test_a_page_that_was_damaged_is_drawn_anew(broken: bytes) -> None:
    visitor().get(PAGE)
    cache.set(key_of(PAGE), broken)

    for client in (visitor(), visitor(**{"accept-encoding": "gzip"})):
        assert names_shop(client) == "Takahashi Ramen"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{PAGE}&x={'y' * remembered.LONGEST_QUERY}", {}),
        (PAGE, {"hx-request": "true"}),
        ("/map/?near=36.256,138.889", {}),
    ],
    ids=["too long to have been typed", "a piece of a page", "where a reader stands"],
)
def test_what_is_no_ordinary_view_is_not_remembered(path: str, headers: dict[str, str]) -> None:
    visitor(**headers).get(path)
    renamed("Ramen House")

    assert names_shop(visitor(**headers), path) == "Ramen House"


@pytest.mark.parametrize("path", ["/", "/services/", "/statistics/", "/data/", "/guide/", "/guide/questions/"])
def test_every_room_for_everybody_hands_its_pages_out_again(path: str) -> None:
    first = visitor().get(path)

    with without_questions():
        assert visitor().get(path).content == first.content


def test_a_place_is_handed_out_again_and_gone_half_a_minute_after_it_was_taken_off() -> None:
    shop = PublishedPlace.objects.get(name="らーめん高橋")
    path = f"/map/places/{shop.place_id}/"
    assert names_shop(visitor(), path) == "Takahashi Ramen"
    shop.delete()

    assert names_shop(visitor(), path) == "Takahashi Ramen"
    cache.clear()
    assert visitor().get(path).status_code == 404


def test_what_is_no_page_is_not_remembered() -> None:
    """Mistakes, redirects, files, and whatever holds a token: each is asked for anew."""
    place = PublishedPlace.objects.get(name="らーめん高橋")
    for path, status in (
        ("/map/?rate=7", 422),
        (f"/map/places/{UUID(int=1)}/", 404),
        ("/map/reports/", 302),
        ("/data/catalog.jsonld", 200),
        ("/map/base/outlines.json", 200),
        (f"/map/places/{place.place_id}/report/", 200),
    ):
        assert visitor().get(path).status_code == status, path
        assert cache.get(key_of(path)) is None, path
    assert visitor().get(PAGE).status_code == 200
    assert cache.get(key_of(PAGE)) is not None


def test_rooms_of_staff_remember_nothing() -> None:
    for path, status in (("/sign-in/", 200), ("/till/", 302), ("/status/", 404)):
        assert visitor().get(path).status_code == status
        assert cache.get(key_of(path)) is None


def test_a_message_waits_for_whom_it_is_meant() -> None:
    visitor().get(PAGE)
    renamed("Ramen House")
    told = visitor()
    told.cookies["messages"] = "anything"

    assert names_shop(told) == "Ramen House"
