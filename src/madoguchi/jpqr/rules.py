"""Which values EMVCo allows in which tag (QR Code Specification for Payment Systems, merchant-presented)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

ACCOUNT_TEMPLATES = range(26, 52)  # 02-25 belong to card schemes, whose values are not always templates
UNRESERVED_TEMPLATES = range(80, 100)
SCHEME_DATA_TEMPLATES = range(50, 100)  # inside 62: templates of single payment schemes
_TOP_TEMPLATES = frozenset((*ACCOUNT_TEMPLATES, *UNRESERVED_TEMPLATES))

MANDATORY = ("52", "53", "58", "59", "60")
MAX_VALUE_CHARACTERS = 99  # a length is two digits
MAX_PAYLOAD_CHARACTERS = 2_953  # bytes in the largest QR symbol there is

# Codes for transfers between people name no business, and their schemes leave these tags out. By the GUID of the
# account; whoever is paid by such an account is known to the bank by the number in it.
_NO_BUSINESS = frozenset(("52", "59", "60"))
WAIVED = {
    "A000000677010111": _NO_BUSINESS,  # PromptPay, to a person
    "A000000677010112": _NO_BUSINESS,  # PromptPay, a bill
    "A000000677010114": _NO_BUSINESS,  # PromptPay, one-time
    "A000000727": _NO_BUSINESS,  # VietQR
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must look like; `says` completes the sentence "must be …"."""

    pattern: re.Pattern[str]
    max_characters: int
    says: str


def _rule(pattern: str, max_characters: int, says: str) -> Rule:
    return Rule(re.compile(pattern), max_characters, says)


# "ans" in EMVCo's tables: the printable ASCII characters. Japanese belongs in tag 64.
_ANS = "[ -~]+"
_NOT_ZERO = "(?=.*[1-9])"
_AMOUNT = _NOT_ZERO + r"[0-9]+(\.[0-9]*)?"  # EMVCo accepts "98.73", "98" and "98."
_PLAIN = "plain characters (letters, digits, signs of ASCII)"


def _additional_data() -> dict[str, Rule]:
    """Tags 62.01–62.09: bill, mobile, store, loyalty, reference, customer, terminal, purpose, request."""
    rules = {f"62.{tag:02}": _rule(_ANS, 25, f"up to 25 {_PLAIN}") for tag in range(1, 9)}
    rules["62.09"] = _rule(r"(?!.*(.).*\1)[AME]+", 3, "A (address), M (mobile), E (e-mail), each at most once")
    return rules


RULES = {
    "guid": _rule(_ANS, 32, f"a scheme's unique name of up to 32 {_PLAIN}"),
    "card": _rule(_ANS, MAX_VALUE_CHARACTERS, _PLAIN),
    "00": _rule("01", 2, "01"),
    "01": _rule("1[12]", 2, "11 (static) or 12 (dynamic)"),
    "52": _rule("[0-9]{4}", 4, "4 digits"),
    "53": _rule("[0-9]{3}", 3, "3 digits (ISO 4217)"),
    "54": _rule(_AMOUNT, 13, "an amount above zero: digits and at most one point"),
    "55": _rule("0[123]", 2, "01 (tip asked), 02 (fixed fee) or 03 (fee in percent)"),
    "56": _rule(_AMOUNT, 13, "an amount above zero: digits and at most one point"),
    "57": _rule(_NOT_ZERO + r"[0-9]{1,2}(\.[0-9]{0,2})?", 5, "a percentage from 00.01 to 99.99"),
    "58": _rule("[A-Z]{2}", 2, "two capital letters (ISO 3166-1)"),
    "59": _rule(_ANS, 25, f"up to 25 {_PLAIN}"),
    "60": _rule(_ANS, 15, f"up to 15 {_PLAIN}"),
    "61": _rule(_ANS, 10, f"up to 10 {_PLAIN}"),
    "64.00": _rule("[A-Za-z]{2}", 2, "two letters (ISO 639)"),
    "64.01": _rule(".+", 25, "up to 25 characters"),
    "64.02": _rule(".+", 15, "up to 15 characters"),
    **_additional_data(),
}


def is_template(path: str) -> bool:
    """Whether the tag at `path` ("26", "62.50") holds further tags."""
    if path in ("62", "64"):
        return True
    return _has_guid(path)


def rule_at(path: str) -> Rule | None:
    """The rule for the value at `path`; None where EMVCo leaves the content to a scheme or the future."""
    if rule := RULES.get(path):
        return rule
    parent, _, tag = path.rpartition(".")
    if tag == "00" and _has_guid(parent):
        return RULES["guid"]
    if not parent and 2 <= int(tag) <= 25:
        return RULES["card"]
    return None


def waived_tags(guids: Iterable[str]) -> frozenset[str]:
    """Mandatory tags that the schemes with these GUIDs leave out."""
    return frozenset().union(*(WAIVED.get(guid, ()) for guid in guids))


def required_in(path: str) -> tuple[str, ...]:
    """Tags a template must hold: schemes sign theirs with a GUID, a language must be named with its text."""
    if path == "64":
        return ("00", "01")
    return ("00",) if _has_guid(path) else ()


def fee_tags(indicator: str | None) -> dict[str, bool]:
    """Whether 56 (fixed) and 57 (percent) must be there (True) or must not, given the value of tag 55."""
    return {"56": indicator == "02", "57": indicator == "03"}


def _has_guid(path: str) -> bool:
    parent, _, tag = path.rpartition(".")
    if not tag or parent not in ("", "62"):
        return False
    return int(tag) in SCHEME_DATA_TEMPLATES if parent else int(tag) in _TOP_TEMPLATES
