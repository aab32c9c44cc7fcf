"""Reading the pages of the 2019 services."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client
from django.utils.html import strip_tags

LIST, CARD, REWARD = "/services/", "/services/card/", "/services/reward/"


def read(address: str, language: str = "en", **asked: str) -> Any:
    return Client(headers={"accept-language": language}).get(address, asked)


def said(answer: Any) -> str:
    """The page as it is read out: without tags, its white space as single spaces."""
    return " ".join(unescape(strip_tags(answer.content.decode().replace("<", " <"))).split())


def listed(answer: Any) -> list[str]:
    """The codes of the services in the page's table, in its order."""
    return re.findall(r'<tr role="row" id="([a-z0-9_]+)">', answer.content.decode())


def row_of(answer: Any, code: str) -> str:
    """One service's line of the table, as it is read out."""
    found = re.search(rf'<tr role="row" id="{code}">(.*?)</tr>', answer.content.decode(), re.DOTALL)
    assert found is not None
    return " ".join(unescape(strip_tags(found[1].replace("<", " <"))).split())


def pay(language: str = "en", **more: str) -> Any:
    """¥11,000 with an AEON Card at 5 % on 2 October 2019, and what the test changes of it."""
    asked = {"amount": "11,000", "service": "aeon_card:card", "rate": "500", "day": "2019-10-02", "earlier": ""}
    return read(REWARD, language, **(asked | more))


def errors_of(answer: Any) -> list[tuple[str, str]]:
    """Each error of the summary: the field that it leads to, and its sentence."""
    pairs = re.findall(r'<li><a class="link" href="#(id_\w+)">.*?</a>: (.*?)</li>', answer.content.decode())
    return [(field, unescape(sentence)) for field, sentence in pairs]
