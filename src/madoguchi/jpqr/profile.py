"""The JPQR profile of EMVCo's code: which store is paid, in yen, in Japan."""

import re
from dataclasses import dataclass, fields
from typing import Literal

from madoguchi.jpqr.errors import PayloadError, StoreIdError
from madoguchi.jpqr.fields import Payload, Tree
from madoguchi.jpqr.payload import decode, encode_tree
from madoguchi.jpqr.rules import ACCOUNT_TEMPLATES

JPQR_GUID = "jp.or.paymentsjapan"
LEVEL_DIGITS = {"level1": 13, "level2": 4, "level3": 6, "level4": 6}
# Identifiers are issued by the scheme's operator alone. This range stands for no real store, so that a
# demonstration's sticker can never take anybody's money.
TEST_LEVEL1 = "0000000000001"

YEN = "392"
JAPAN = "JP"
JAPANESE = "JA"
ADDITIONAL = {"bill": "01", "store_label": "03", "reference": "05", "terminal": "07", "purpose": "08"}

_ACCOUNT_TAGS = frozenset(map(str, ACCOUNT_TEMPLATES))
_LEVEL_TAGS = ("01", "02", "03", "04")
_YEN_AMOUNT = re.compile(r"([0-9]+)\.?")  # yen have no decimals; EMVCo lets the point stand

Initiation = Literal["static", "dynamic"]


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
            if not _is_digits(value, digits):
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
    initiation: Initiation
    amount_yen: int | None
    terminal: str | None = None
    bill: str | None = None
    reference: str | None = None
    purpose: str | None = None
    store_label: str | None = None


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
    names = (merchant_name, local_name, city, postal_code, mcc)
    return payload_of(JpqrCode(store_id, *names, "static", None, terminal=terminal))


def dynamic_payload(
    *,
    store_id: StoreId,
    merchant_name: str,
    city: str,
    postal_code: str,
    mcc: str,
    amount_yen: int,
    local_name: str | None = None,
    terminal: str | None = None,
    bill: str | None = None,
    reference: str | None = None,
    purpose: str | None = None,
) -> str:
    """The text of a code for one payment of `amount_yen` (≥ 1, at most 13 digits).

    `bill`, `reference`, `terminal` and `purpose` (each ≤ 25, ASCII) come back in the provider's notice where the
    provider passes them on; names as in `static_payload`. An expiry, a locked amount or a signature are JPQR's to
    leave out: see `with_conditions`. Raises PayloadError naming the tag at fault.
    """
    names = (merchant_name, local_name, city, postal_code, mcc)
    labels = (terminal, bill, reference, purpose)
    return payload_of(JpqrCode(store_id, *names, "dynamic", amount_yen, *labels))


def payload_of(code: JpqrCode) -> str:
    """Write a code, its tags in EMVCo's order; `read_jpqr` gives it back. Raises PayloadError with the tag at fault."""
    store = code.store_id
    levels = zip(_LEVEL_TAGS, (store.level1, store.level2, store.level3, store.level4), strict=True)
    tree: Tree = {
        "00": "01",
        "01": "12" if code.initiation == "dynamic" else "11",
        "26": {"00": JPQR_GUID, **dict(levels)},
        "52": code.mcc,
        "53": YEN,
    }
    if code.amount_yen is not None:
        tree["54"] = str(code.amount_yen)
    tree |= {"58": JAPAN, "59": code.merchant_name, "60": code.city, "61": code.postal_code}
    labels = {tag: value for name, tag in ADDITIONAL.items() if (value := getattr(code, name)) is not None}
    if labels:
        tree["62"] = labels
    if code.local_name is not None:
        tree["64"] = {"00": JAPANESE, "01": code.local_name}
    text = encode_tree(tree)
    # Written, and so sound as it stands; what is left to ask is whether it is the code that was meant.
    if code_of(Payload.of_sound_text(text[:-8], tree)) != code:
        raise PayloadError("tree_differs", "", 0, "the code does not say what was asked for")
    return text


def read_jpqr(payload: str) -> JpqrCode:
    """Read a code as JPQR, wherever its store template stands (26–51) and whatever schemes stand beside it.

    A code without tag 01 is read as static: nothing in it says that it serves only once. Raises PayloadError:
    all of `decode`'s codes, and `not_jpqr`, `duplicate_store`, `bad_store_id`, `wrong_currency`,
    `wrong_country`, `missing_tag`, `bad_postal_code`, `bad_amount`, `wrong_language`, `unexpected_tag`.
    """
    return code_of(decode(payload))


def code_of(payload: Payload) -> JpqrCode:
    """A sound payload as a JPQR code. Raises PayloadError as `read_jpqr`, less what `decode` raises."""
    tree = payload.tree
    store_id = _store_id(payload, tree)
    _require(payload, "53", YEN, "wrong_currency", "JPQR is paid in yen, 392")
    _require(payload, "58", JAPAN, "wrong_country", "JPQR stores are in Japan, JP")
    additional = tree.get("62")
    labels = additional if isinstance(additional, dict) else {}
    return JpqrCode(
        store_id=store_id,
        merchant_name=_value(payload, "59"),
        local_name=_local_name(payload, tree),
        city=_value(payload, "60"),
        postal_code=_postal_code(payload),
        mcc=_value(payload, "52"),
        initiation="dynamic" if tree.get("01") == "12" else "static",
        amount_yen=_amount_yen(payload, tree),
        **{name: labels.get(tag) for name, tag in ADDITIONAL.items()},  # type: ignore[arg-type]  # 62.01-62.09 are texts
    )


def names_store(tree: Tree) -> bool:
    """Whether a payload's tree has an account of JPQR's, and so must keep to its profile."""
    return any(_is_store(tag, value) for tag, value in tree.items())


def _is_digits(value: str, digits: int) -> bool:
    return len(value) == digits and value.isascii() and value.isdigit()


def _is_store(tag: str, value: "str | Tree") -> bool:
    return tag in _ACCOUNT_TAGS and isinstance(value, dict) and value.get("00") == JPQR_GUID


def _value(payload: Payload, tag: str) -> str:
    found = payload.tree.get(tag)
    if not isinstance(found, str):
        raise PayloadError("missing_tag", tag, payload.end, "every JPQR code must say this")
    return found


def _fault(payload: Payload, code: str, path: str, message: str, *, at_tag: bool = False) -> PayloadError:
    found = payload.find(path)
    offset = found.offset - (4 if at_tag else 0) if found else payload.end
    return PayloadError(code, path, offset, message)


def _require(payload: Payload, tag: str, value: str, code: str, message: str) -> None:
    if (found := _value(payload, tag)) != value:
        raise _fault(payload, code, tag, f"{message}, not {found!r}")


def _store_id(payload: Payload, tree: Tree) -> StoreId:
    stores = [tag for tag, value in tree.items() if _is_store(tag, value)]
    if not stores:
        raise PayloadError("not_jpqr", "26-51", payload.end, f"no merchant account of {JPQR_GUID}")
    if len(stores) > 1:
        # Two stores in one code: apps would pay whichever they find first.
        raise _fault(payload, "duplicate_store", stores[1], "a code names one store", at_tag=True)
    store = stores[0]
    levels = dict(tree[store])  # type: ignore[arg-type]  # a store's account is a template
    del levels["00"]
    texts = []
    for tag, (name, digits) in zip(_LEVEL_TAGS, LEVEL_DIGITS.items(), strict=True):
        value = levels.pop(tag, None)
        if value is None:
            template = payload.find(store)
            assert template is not None  # noqa: S101  # it was found in the tree
            end = template.offset + len(template.value)
            raise PayloadError("missing_tag", f"{store}.{tag}", end, f"a store number has {name}")
        if not isinstance(value, str) or not _is_digits(value, digits):
            raise _fault(payload, "bad_store_id", f"{store}.{tag}", f"{name} must be {digits} digits")
        texts.append(value)
    for tag in levels:
        # The template is 68 characters in all: more is another scheme's idea of it.
        raise _fault(payload, "unexpected_tag", f"{store}.{tag}", "not part of JPQR", at_tag=True)
    return StoreId(*texts)


def _postal_code(payload: Payload) -> str:
    found = _value(payload, "61")
    if not _is_digits(found, 7):
        raise _fault(payload, "bad_postal_code", "61", "7 digits without a hyphen")
    return found


def _amount_yen(payload: Payload, tree: Tree) -> int | None:
    if (found := tree.get("54")) is None:
        return None
    if not isinstance(found, str) or not (match := _YEN_AMOUNT.fullmatch(found)):
        raise _fault(payload, "bad_amount", "54", "yen have no decimals")
    return int(match[1])


def _local_name(payload: Payload, tree: Tree) -> str | None:
    language = tree.get("64")
    if not isinstance(language, dict):
        return None
    for tag in ("00", "01"):
        if not isinstance(language.get(tag), str):
            raise PayloadError("missing_tag", f"64.{tag}", payload.end, "a local name needs its language and its text")
    if language["00"] != JAPANESE:
        message = f"JPQR's local name is Japanese, JA, not {language['00']!r}"
        raise _fault(payload, "wrong_language", "64.00", message)
    if "02" in language:
        raise _fault(payload, "unexpected_tag", "64.02", "JPQR has no local city name", at_tag=True)
    return str(language["01"])
