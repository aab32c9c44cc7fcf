"""The brands that a plan may accept, by kind (P-16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from unicodedata import normalize

BRAND_KINDS = ("credit", "debit", "emoney", "code")


@dataclass(frozen=True)
class Brand:
    """A mark at a shop's door, and the kind of payment it stands for."""

    kind: str
    name: str
    name_en: str


BRANDS: Mapping[str, Brand] = {
    "visa": Brand("credit", "VISA", "VISA"),
    "mastercard": Brand("credit", "Mastercard", "Mastercard"),
    "jcb": Brand("credit", "JCB", "JCB"),
    "amex": Brand("credit", "American Express", "American Express"),
    "diners": Brand("credit", "Diners Club", "Diners Club"),
    "unionpay": Brand("credit", "銀聯", "UnionPay"),
    "jdebit": Brand("debit", "J-Debit", "J-Debit"),
    "id": Brand("emoney", "iD", "iD"),
    "quicpay": Brand("emoney", "QUICPay", "QUICPay"),
    "nanaco": Brand("emoney", "nanaco", "nanaco"),
    "waon": Brand("emoney", "WAON", "WAON"),
    "edy": Brand("emoney", "楽天Edy", "Rakuten Edy"),
    "transit": Brand("emoney", "交通系IC", "Transit IC"),
    "jpqr": Brand("code", "JPQR", "JPQR"),
}


def read_brand(text: str) -> str | None:
    """A brand's code from its code or name in any width and case; None if there is no such brand."""
    wanted = _plain(text)
    known = ((code, {code, _plain(brand.name), _plain(brand.name_en)}) for code, brand in BRANDS.items())
    return next((code for code, names in known if wanted in names), None)


def brands_by_kind(codes: Iterable[str]) -> dict[str, list[Brand]]:
    """The brands of these codes, each kind in the order of the table; kinds without any are left out."""
    held = set(codes)
    found: dict[str, list[Brand]] = {}
    for kind in BRAND_KINDS:
        if rows := [brand for code, brand in BRANDS.items() if code in held and brand.kind == kind]:
            found[kind] = rows
    return found


def _plain(text: str) -> str:
    return normalize("NFKC", text).strip().casefold()
