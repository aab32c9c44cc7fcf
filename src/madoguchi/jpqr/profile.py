"""The JPQR profile of EMVCo's code: which store is paid, in yen, in Japan."""

import re
from dataclasses import dataclass, fields
from typing import Literal

from madoguchi.jpqr.errors import PayloadError, StoreIdError
from madoguchi.jpqr.payload import Field, Payload, decode, encode, leaf, template
from madoguchi.jpqr.rules import ACCOUNT_TEMPLATES

JPQR_GUID = "jp.or.paymentsjapan"
LEVEL_DIGITS = {"level1": 13, "level2": 4, "level3": 6, "level4": 6}
# Identifiers are issued by the scheme's operator alone. This range stands for no real store, so that a
# demonstration's sticker can never take anybody's money.
TEST_LEVEL1 = "0000000000001"

YEN = "392"
JAPAN = "JP"
JAPANESE = "JA"

_POSTAL_CODE = re.compile("[0-9]{7}")
_YEN_AMOUNT = re.compile(r"([0-9]+)\.?")  # yen have no decimals; EMVCo lets the point stand
_LEVELS = tuple(LEVEL_DIGITS)


@dataclass(frozen=True, slots=True, order=True)
class StoreId:
    """A JPQR store identifier: four runs of 13, 4, 6 and 6 digits, leading zeros kept.

    Raises StoreIdError `bad_store_id` for anything else.
    """

    level1: str
    level2: str
    level3: str
    level4: str

    def __post_init__(self) -> None:
        for one in fields(self):
            value, digits = getattr(self, one.name), LEVEL_DIGITS[one.name]
            if not re.fullmatch(f"[0-9]{{{digits}}}", value):
                raise StoreIdError("bad_store_id", f"{one.name} must be {digits} digits, not {value!r}")

    @classmethod
    def parse(cls, text: str) -> "StoreId":
        """Read "0000000000001-0001-000001-000001". Raises StoreIdError `bad_store_id`."""
        levels = text.split("-")
        if len(levels) != len(LEVEL_DIGITS):
            raise StoreIdError("bad_store_id", f"a store number is four groups joined by '-', not {text!r}")
        return cls(*levels)

    @property
    def text(self) -> str:
        """As printed on a sticker: the four levels joined by hyphens."""
        return "-".join((self.level1, self.level2, self.level3, self.level4))

    @property
    def is_test(self) -> bool:
        """Whether it lies in the test range, which no real store has."""
        return self.level1 == TEST_LEVEL1


@dataclass(frozen=True, slots=True)
class JpqrCode:
    """What a JPQR code says to a payer's app. `amount_yen` is None if the payer is to enter it."""

    store_id: StoreId
    merchant_name: str
    local_name: str | None
    city: str
    postal_code: str
    mcc: str
    initiation: Literal["static", "dynamic"]
    amount_yen: int | None
    terminal: str | None = None


def static_payload(
    *,
    store_id: StoreId,
    merchant_name: str,
    city: str,
    postal_code: str,
    mcc: str,
    local_name: str | None = None,
    terminal: str | None = None,
) -> str:
    """The text of a code that stands on a counter and serves every payment (J-01).

    `merchant_name` (≤ 25 characters) and `city` (≤ 15) are plain ASCII, as EMVCo's tags 59 and 60 demand;
    the Japanese name goes into `local_name` (≤ 25). `postal_code` is 7 digits, `mcc` 4 (ISO 18245).
    `terminal` (≤ 25, ASCII) tells two tills of one store apart. Shorten with `fit_name`: nothing is cut here.
    Raises PayloadError naming the tag at fault.
    """
    asked = JpqrCode(store_id, merchant_name, local_name, city, postal_code, mcc, "static", None, terminal=terminal)
    levels = (getattr(store_id, name) for name in _LEVELS)
    tags = [
        leaf("00", "01"),
        leaf("01", "11"),
        template("26", leaf("00", JPQR_GUID), *(leaf(f"{at:02}", level) for at, level in enumerate(levels, 1))),
        leaf("52", mcc),
        leaf("53", YEN),
        leaf("58", JAPAN),
        leaf("59", merchant_name),
        leaf("60", city),
        leaf("61", postal_code),
    ]
    if terminal is not None:
        tags.append(template("62", leaf("07", terminal)))
    if local_name is not None:
        tags.append(template("64", leaf("00", JAPANESE), leaf("01", local_name)))
    text = encode(Payload(tuple(tags)))
    if read_jpqr(text) != asked:
        raise PayloadError("tree_differs", "", 0, "the code does not say what was asked for")
    return text


def read_jpqr(payload: str) -> JpqrCode:
    """Read a code as JPQR, wherever its store template stands (26–51) and whatever schemes stand beside it.

    A code without tag 01 is read as static: nothing in it says that it serves only once. Raises PayloadError:
    all of `decode`'s codes, and `not_jpqr`, `duplicate_store`, `bad_store_id`, `wrong_currency`,
    `wrong_country`, `missing_tag`, `bad_postal_code`, `bad_amount`, `wrong_language`, `unexpected_tag`.
    """
    tree = decode(payload)
    store_id = _store_id(tree)
    _require(tree, "53", YEN, "wrong_currency", "JPQR is paid in yen, 392")
    _require(tree, "58", JAPAN, "wrong_country", "JPQR stores are in Japan, JP")
    return JpqrCode(
        store_id=store_id,
        merchant_name=_field(tree, "59").value,
        local_name=_local_name(tree),
        city=_field(tree, "60").value,
        postal_code=_postal_code(tree),
        mcc=_field(tree, "52").value,
        initiation="dynamic" if tree.value("01") == "12" else "static",
        amount_yen=_amount_yen(tree),
        terminal=tree.value("62.07"),
    )


def _field(tree: Payload, path: str) -> Field:
    if (found := tree.find(path)) is None:
        raise PayloadError("missing_tag", path, tree.end, "every JPQR code must say this")
    return found


def _require(tree: Payload, path: str, value: str, code: str, message: str) -> None:
    if (found := _field(tree, path)).value != value:
        raise PayloadError(code, path, found.offset, f"{message}, not {found.value!r}")


def _store_id(tree: Payload) -> StoreId:
    stores = [
        one for one in tree.fields if int(one.tag) in ACCOUNT_TEMPLATES and one.fields and _guid(one) == JPQR_GUID
    ]
    if not stores:
        raise PayloadError("not_jpqr", "26-51", tree.end, f"no merchant account of {JPQR_GUID}")
    if len(stores) > 1:
        # Two stores in one code: apps would pay whichever they find first.
        raise PayloadError("duplicate_store", stores[1].tag, stores[1].offset - 4, "a code names one store")
    (store,) = stores
    levels = {inner.tag: inner for inner in store.fields if inner.tag != "00"}
    texts = []
    for tag, (name, digits) in zip(("01", "02", "03", "04"), LEVEL_DIGITS.items(), strict=True):
        path = f"{store.tag}.{tag}"
        if (found := levels.pop(tag, None)) is None:
            end = store.offset + len(store.value)
            raise PayloadError("missing_tag", path, end, f"a store number has {name}")
        if not re.fullmatch(f"[0-9]{{{digits}}}", found.value):
            raise PayloadError("bad_store_id", path, found.offset, f"{name} must be {digits} digits")
        texts.append(found.value)
    for tag, extra in levels.items():
        # The template is 68 characters in all: more is another scheme's idea of it.
        raise PayloadError("unexpected_tag", f"{store.tag}.{tag}", extra.offset - 4, "not part of JPQR")
    return StoreId(*texts)


def _guid(account: Field) -> str | None:
    return next((inner.value for inner in account.fields if inner.tag == "00"), None)


def _postal_code(tree: Payload) -> str:
    found = _field(tree, "61")
    if not _POSTAL_CODE.fullmatch(found.value):
        raise PayloadError("bad_postal_code", "61", found.offset, "7 digits without a hyphen")
    return found.value


def _amount_yen(tree: Payload) -> int | None:
    if (found := tree.find("54")) is None:
        return None
    if not (match := _YEN_AMOUNT.fullmatch(found.value)):
        raise PayloadError("bad_amount", "54", found.offset, "yen have no decimals")
    return int(match[1])


def _local_name(tree: Payload) -> str | None:
    if tree.find("64") is None:
        return None
    _require(tree, "64.00", JAPANESE, "wrong_language", "JPQR's local name is Japanese, JA")
    if city := tree.find("64.02"):
        raise PayloadError("unexpected_tag", "64.02", city.offset - 4, "JPQR has no local city name")
    return tree.value("64.01")
