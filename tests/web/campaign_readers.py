"""Reading a campaign's public pages, and sending rows of its calculator."""

from __future__ import annotations

from html import unescape
from typing import Any

from django.test import Client
from django.utils.html import strip_tags

LIST, PAGE = "/campaigns/", "/campaigns/tomioka-2026/"
MY_REWARD, STORES = f"{PAGE}my-reward/", f"{PAGE}stores/"


def read(address: str, language: str = "en") -> Any:
    return Client(headers={"accept-language": language}).get(address)


def words_of(answer: Any) -> str:
    """The page as it is read out: without tags, its white space as single spaces."""
    assert answer.status_code == 200, answer.status_code
    return " ".join(unescape(strip_tags(answer.content.decode().replace("<", " <"))).split())


def ask(language: str = "en", address: str = MY_REWARD, **typed: Any) -> Any:
    """Send rows of the calculator: `p0_amount="11,000"` is the amount of the first."""
    data = {name.replace("_", "-", 1): value for name, value in typed.items()}
    rows = data.pop("rows", "3")
    return Client(headers={"accept-language": language}).post(address, {"rows": rows, **data})


def filled(number: int, amount: str, day: str = "2026-11-03", service: str = "paypay:", **more: str) -> dict[str, str]:
    row = {"amount": amount, "day": day, "service": service, **more}
    return {f"p{number}_{name}": value for name, value in row.items()}
