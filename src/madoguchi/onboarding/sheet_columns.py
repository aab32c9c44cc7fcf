"""The columns of a places sheet, their heads in Japanese and English, and the words that may stand in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only its name: the process that opens a stranger's sheet shall start fast.
    from madoguchi.onboarding.words import Language


@dataclass(frozen=True)
class Column:
    """One column: `key` names it for programs, `longest` is its limit in letters, `width` its width in a template."""

    key: str
    ja: str
    en: str
    longest: int
    width: int
    also: tuple[str, ...] = ()
    is_required: bool = False

    def head(self, language: Language) -> str:
        return self.ja if language == "ja" else self.en


# Limits are those of the registry's tables.
TEMPLATE_COLUMNS: tuple[Column, ...] = (
    Column("name", "店舗・課・施設の名称", "Name of the place", 80, 32, ("名称", "店舗名", "施設名", "課名"), True),
    Column("name_en", "英語の名称", "Name in English", 160, 32, ("英語名", "英語名称", "英語表記")),
    Column("name_kana", "フリガナ", "Name in kana", 120, 28, ("カナ", "ふりがな", "kana")),
    Column("kind", "種別", "Kind", 20, 12, (), True),
    Column("place_class", "区分", "Class", 20, 10, ("place class",)),
    Column("postal_code", "郵便番号", "Postal code", 20, 12, ("〒", "postcode", "zip code")),
    Column("address", "住所", "Address", 160, 44, ("所在地",)),
    Column("phone", "電話番号", "Phone", 30, 16, ("電話", "tel", "telephone", "phone number")),
    Column("purposes", "用途", "Purposes", 1000, 24),
    Column("services", "決済サービス", "Payment services", 2000, 30, ("サービス",)),
    Column("used_already", "既に利用中のサービス", "Services already used", 2000, 24, ("既に利用中", "already using")),
    Column("registration_id", "加盟店番号", "Merchant ID", 60, 16, ("加盟店ID",)),
    Column("opening_hours", "営業時間", "Opening hours", 100, 20, ("受付時間",)),
    Column("remarks", "備考", "Remarks", 200, 24),
)
BY_KEY: Mapping[str, Column] = {column.key: column for column in TEMPLATE_COLUMNS}
ERROR_HEADS: Mapping[Language, str] = {"ja": "エラー", "en": "Errors"}
# Digits that a spreadsheet would take for a number, losing the zero in front.
DIGIT_COLUMNS = ("postal_code", "phone", "registration_id")

# code: its words, of which the first of each language stands in the template.
KINDS: Mapping[str, Mapping[Language, str]] = {
    "division": {"ja": "課", "en": "Division"},
    "facility": {"ja": "施設", "en": "Facility"},
    "shop": {"ja": "店舗", "en": "Shop"},
    "post_office": {"ja": "郵便局", "en": "Post office"},
    "vehicle": {"ja": "車両", "en": "Vehicle"},
}
PLACE_CLASSES: Mapping[str, Mapping[Language, str]] = {
    "fixed": {"ja": "固定", "en": "Fixed"},
    "mobile": {"ja": "移動", "en": "Mobile"},
    "ec": {"ja": "EC", "en": "Online shop"},
    "other": {"ja": "その他", "en": "Other"},
}
EXAMPLE_MARKS: Mapping[Language, str] = {"ja": "【記入例】", "en": "[Example]"}

# What a caller allows: a code and its name, or its names, of which the first is shown and all are understood.
Names = Mapping[str, "str | Sequence[str]"]


def folded(text: str) -> str:
    """A word as it is compared: width, case and spaces do not matter."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


def words_of(choices: Mapping[str, Mapping[Language, str]]) -> Names:
    return {code: tuple(names.values()) for code, names in choices.items()}


def names_of(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def lookup(names: Names) -> dict[str, str]:
    """Every folded code and name to its code; the first wins where two are alike."""
    found: dict[str, str] = {}
    for code, called in names.items():
        for word in (code, *names_of(called)):
            found.setdefault(folded(word), code)
    return found


def _heads() -> dict[str, str]:
    return {
        folded(word): column.key
        for column in TEMPLATE_COLUMNS
        for word in (column.key, column.ja, column.en, *column.also)
    }


_HEADS = _heads()
_ERROR_HEADS = frozenset(folded(head) for head in ERROR_HEADS.values())
# "（必須）", "(required)" or a star, which people add to a head.
_ADDED = re.compile(r"[（(](必須|任意|required|optional)[)）]|[*＊※]", re.IGNORECASE)


def column_of(head: str) -> str | None:
    """The key of the column that a head names; "errors" for our own; None for one of the applicant's."""
    word = folded(_ADDED.sub("", head))
    return "errors" if word in _ERROR_HEADS else _HEADS.get(word)
