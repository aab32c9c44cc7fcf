"""What pages weigh on the way: compressed, with their styles named ahead; files as they are."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
COMPRESSED = {"Accept-Encoding": "gzip"}


def test_a_page_is_compressed_for_whoever_can_read_it(client: Client) -> None:
    plain, packed = client.get("/guide/"), client.get("/guide/", headers=COMPRESSED)

    assert "Content-Encoding" not in plain.headers
    assert packed["Content-Encoding"] == "gzip"
    assert b"<h1" in gzip.decompress(packed.content)
    assert len(packed.content) < len(plain.content) / 2


def test_a_file_and_the_api_are_sent_as_they_are(client: Client) -> None:
    """Their tags and ranges are of these bytes."""
    for path in ("/data/catalog.jsonld", "/map/base/outlines.json", "/api/v1/openapi.json"):
        answer = client.get(path, headers=COMPRESSED)
        assert answer.status_code == 200, path
        assert "Content-Encoding" not in answer.headers, path
        assert "Link" not in answer.headers or "preload" not in answer["Link"], path


def test_a_page_names_its_styles_before_it_comes(client: Client) -> None:
    link = client.get("/map/")["Link"]

    assert link.endswith("dist/app.css>; rel=preload; as=style")
    assert link[1:].split(">")[0] in client.get("/map/").content.decode()


def test_a_piece_of_a_page_names_none(client: Client) -> None:
    assert "Link" not in client.get("/map/", headers={"HX-Request": "true"}).headers


def test_home_brings_no_letters_along(client: Client) -> None:
    """A phone in Japan has them; 650 kB would come before anything else does."""
    text = client.get("/").content.decode()

    assert 'class="own-letters"' in text
    assert 'rel="stylesheet" href="/static/dist/letters.css"' not in text


def test_a_redirect_names_none(client: Client) -> None:
    answer = client.get("/map/reports/")

    assert answer.status_code == 302
    assert "Link" not in answer.headers
