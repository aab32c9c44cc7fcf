"""Other schemes that visitors bring: recognised by their accounts, their fields named (JPQR Global, J-01)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from madoguchi.jpqr.fields import LENGTHS, Payload, Tree
from madoguchi.jpqr.profile import names_store
from madoguchi.jpqr.rules import ACCOUNT_TEMPLATES

SchemeName = Literal["jpqr", "emvco", "khqr", "qris", "promptpay", "paynow", "pix", "vietqr"]


@dataclass(frozen=True, slots=True)
class Account:
    """One kind of account template of a scheme: what its identifier looks like, and what its tags are called.

    `tags` are the places it may stand in and `countries` those it needs beside it; empty means any.
    """

    scheme: SchemeName
    identifier: re.Pattern[str]
    names: Mapping[str, str]
    tags: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()

    def fits(self, payload: Payload, tag: str, tree: Tree) -> bool:
        """Whether the template at `tag` is such an account."""
        guid = tree.get("00")
        if not isinstance(guid, str) or not self.identifier.fullmatch(guid):
            return False
        is_at_home = not self.countries or payload.value("58") in self.countries
        return is_at_home and (not self.tags or tag in self.tags)


def _account(
    scheme: SchemeName, identifier: str, names: Mapping[str, str], *, tags: str = "", countries: str = ""
) -> Account:
    pattern = re.compile(identifier, re.IGNORECASE)
    return Account(scheme, pattern, names, frozenset(tags.split()), frozenset(countries.split()))


# Kinds of accounts by what public implementations of each scheme write; the first that fits names the scheme.
ACCOUNTS = (
    _account("qris", r"ID\.CO\.QRIS\.WWW", {"02": "national_merchant_id", "03": "merchant_criteria"}),
    _account(
        "qris",
        r"(ID|COM)\..+\.WWW",
        {"01": "merchant_pan", "02": "merchant_id", "03": "merchant_criteria"},
        countries="ID",
    ),
    _account(
        "promptpay",
        "A00000067701011[14]",  # for good, and one-time
        {"01": "mobile_number", "02": "national_id", "03": "e_wallet_id", "04": "bank_account"},
    ),
    _account("promptpay", "A000000677010112", {"01": "biller_id", "02": "first_reference", "03": "second_reference"}),
    _account(
        "paynow",
        r"SG\.PAYNOW",
        {"01": "proxy_type", "02": "proxy", "03": "amount_editable", "04": "expires_on"},
    ),
    _account(
        "paynow",
        r"SG\.SGQR",
        {
            "01": "sgqr_id",
            "02": "sgqr_version",
            "03": "outlet_postal_code",
            "04": "outlet_level",
            "05": "outlet_unit",
            "06": "outlet_other",
            "07": "sgqr_version_date",
        },
    ),
    _account("pix", r"BR\.GOV\.BCB\.PIX", {"01": "key", "02": "description", "25": "url"}),
    _account("vietqr", "A000000727", {"01.00": "bank_bin", "01.01": "account", "02": "service"}),
    _account(
        "khqr",
        "[^@]+@[^@]+",
        {"00": "bakong_account", "01": "account_information", "02": "bank"},
        tags="29",
        countries="KH",
    ),
    _account(
        "khqr",
        "[^@]+@[^@]+",
        {"00": "bakong_account", "01": "merchant_id", "02": "bank"},
        tags="30",
        countries="KH",
    ),
)
# Outside the account: what a scheme keeps in tags that belong to everybody.
EXTRAS: Mapping[SchemeName, Mapping[str, str]] = {
    "khqr": {"99.00": "created_ms", "99.01": "expires_ms"},
    "pix": {"62.05": "transaction_id"},
}
_PROXY_TYPES = {"0": "mobile", "2": "uen"}


def scheme_of(payload: Payload) -> SchemeName:
    """Which scheme a sound payload belongs to; `emvco` if none we know. A JPQR store comes before all others."""
    if names_store(payload.tree):
        return "jpqr"
    return next((account.scheme for _, _, account in _accounts(payload)), "emvco")


def details_of(payload: Payload, scheme: SchemeName) -> dict[str, str]:
    """The scheme's own fields by name, as they stand in the code: `{"proxy_type": "uen", "proxy": …}`."""
    details: dict[str, str] = {}
    for _, tree, account in _accounts(payload):
        if account.scheme == scheme:
            found = ((name, _value(tree, path)) for path, name in account.names.items())
            details = {name: value for name, value in found if value is not None} | details
    for path, name in EXTRAS.get(scheme, {}).items():
        if (value := payload.value(path)) is not None:
            details[name] = value
    if scheme == "paynow" and "proxy_type" in details:
        details["proxy_type"] = _PROXY_TYPES.get(details["proxy_type"], details["proxy_type"])
    return details


def is_dynamic(payload: Payload, details: Mapping[str, str]) -> bool:
    """Whether a code is for one payment: it says so (01), or its details must be fetched from an address (Pix)."""
    return payload.value("01") == "12" or "url" in details


def _accounts(payload: Payload) -> list[tuple[str, Tree, Account]]:
    """Every account of a kind we know, the kinds in their order."""
    templates = [(tag, tree) for tag in map(str, ACCOUNT_TEMPLATES) if isinstance(tree := payload.tree.get(tag), dict)]
    return [(tag, tree, account) for account in ACCOUNTS for tag, tree in templates if account.fits(payload, tag, tree)]


def _value(tree: Tree, path: str) -> str | None:
    """A value inside an account; a path of two leads into a template that only the scheme knows for one."""
    outer, _, inner = path.partition(".")
    value = tree.get(outer)
    if not isinstance(value, str) or not inner:
        return value if isinstance(value, str) else None
    return _inner(value).get(inner)


def _inner(text: str) -> dict[str, str]:
    """Tags of a text that should be a template; empty if it is none."""
    values: dict[str, str] = {}
    at = 0
    while at < len(text):
        length = LENGTHS.get(text[at + 2 : at + 4])
        if length is None or at + 4 + length > len(text):
            return {}
        values[text[at : at + 2]] = text[at + 4 : at + 4 + length]
        at += 4 + length
    return values
