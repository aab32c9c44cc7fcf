"""Pages drawn once with blanks."""

from __future__ import annotations

import pytest

from madoguchi.web.blanks import Drawn, blank


def test_each_blank_gets_its_value() -> None:
    page = Drawn.of(f"<h1>{blank('name')}</h1><p>{blank('count')} {blank('name')}</p>")

    assert page.filled({"name": "窓口", "count": "3", "unused": "x"}) == "<h1>窓口</h1><p>3 窓口</p>"


def test_a_value_that_looks_like_a_blank_stays_as_it_is() -> None:
    page = Drawn.of(f"{blank('name')}|{blank('secret')}")

    assert page.filled({"name": str(blank("secret")), "secret": "s"}) == f"{blank('secret')}|s"


def test_a_blank_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="count"):
        Drawn.of(blank("count")).filled({"name": "窓口"})


def test_a_page_without_blanks_is_itself() -> None:
    assert Drawn.of("<p>{name}</p>").filled({}) == "<p>{name}</p>"
