"""A registration's name, kana, phone, postal code and corporate number, in a form that can be compared (P-29)."""

from __future__ import annotations

import re

from madoguchi.engine.linkage.characters import NUMERALS, fold, joined_kana, katakana, number_of, settled

_LEGAL = (
    "特定非営利活動法人|NPO法人|公益社団法人|公益財団法人|一般社団法人|一般財団法人|社会福祉法人|地方独立行政法人|独立行政法人|"
    "医療法人社団|医療法人財団|医療法人|学校法人|宗教法人|農事組合法人|株式会社|有限会社|合同会社|合資会社|合名会社"
)
# (株) and what is left of it when a parenthesis was lost at either end.
_SHORT = r"\((?:株|有|合|同|名|資|社|財|医|福|学|宗|特非|一社|一財|公社|公財|カ|ユ|ド|シヤ)\)"
_LOST = r"^(?:株|有|カ|ユ)\)|\((?:株|有|カ|ユ)$"
_LATIN = r"\b(?:CO\.?,? ?LTD\.?|K\.? ?K\.?|INC\.?|LLC)(?![A-Z])"
_LEGAL_FORM = re.compile(f"{_LEGAL}|{_SHORT}|{_LOST}|{_LATIN}")
_LEGAL_KANA = re.compile(
    "カブシキガイシヤ|カブシキカイシヤ|ユウゲンガイシヤ|ユウゲンカイシヤ|ゴウドウガイシヤ|ゴウシガイシヤ|ゴウメイガイシヤ"
)
# Letters, figures, kana and kanji count; spaces, points, dashes and the long-vowel sign do not: コ-ヒ- is コーヒー.
_NOT_COUNTED = re.compile(r"[\W_ー]+")
_ORDINAL = re.compile(f"(?<=第)[{NUMERALS}]+|[{NUMERALS}]+(?=号店|号館|号棟|丁目)")
CLOSING = "(?:店|営業所|出張所|支所|支社|支部|店舗)$"
_CLOSING = re.compile(CLOSING)
# A name that only says 店 more is the same shop; one that says 売店 or 酒店 more may be another beside it.
TRADE = (
    "^(?:酒|書|薬|茶|米|花|生花|質|菓子|和菓子|洋菓子|精肉|鮮魚|青果|食料品|料理|電器|電気|時計|眼鏡|自転車|金物|家具|呉服|洋品|衣料品|化粧品|"
    "文具|玩具|工務|理容|美容|理髪|百貨|商|ソバ|ウドン|ラメン|スシ|鮨|パン|弁当|惣菜|豆腐|履物|靴|畳|表具|染物)店$"
    "|(?:売|飲食|喫茶|免税|専門|販売|代理|直売)店$"
)
_TRADE = re.compile(TRADE)
_MARKS = re.compile("[0-9東西南北上下左右中内外前後新旧本別大小A-Z]")
_KANA_ONLY = re.compile("[ァ-ヺ]+")
_FIGURES = re.compile("[0-9]+")


def normal_name(text: str | None) -> str:
    """A shop's name without legal form, spaces and points, in one form of each character; "" if nothing is left.

    ㈱髙橋商店 富岡店 and タカハシ株式会社 lose 株式会社; hiragana becomes katakana. Idempotent (P-29).
    """
    return settled(_name_once, fold(text))


def _name_once(text: str) -> str:
    bare = _LEGAL_FORM.sub(" ", text)
    if not _NOT_COUNTED.sub("", bare):
        bare = text
    plain = katakana(_NOT_COUNTED.sub("", joined_kana(bare)))
    return _ORDINAL.sub(lambda found: number_of(found.group()), plain)


def normal_kana(text: str | None) -> str:
    """A reading in katakana of one size, without legal form, spaces, points and long-vowel signs. Idempotent."""
    return settled(_kana_once, fold(text))


def _kana_once(text: str) -> str:
    plain = _NOT_COUNTED.sub("", katakana(_LEGAL_FORM.sub(" ", text)))
    return _LEGAL_KANA.sub("", plain) or plain


def reading(kana: str | None, name: str) -> str:
    """The reading to compare by: `kana`, or the (normal) name itself where that is all kana; "" if neither."""
    return normal_kana(kana) or (normal_kana(name) if _KANA_ONLY.fullmatch(name) else "")


def is_branch_like(name: str) -> bool:
    """Whether a normal name ends as branches' names do: 〇〇店, 〇〇営業所. True for 山田酒店, too."""
    return _CLOSING.search(name) is not None


def names_a_branch(rest: str) -> bool:
    """Whether what a longer name says more is a branch (富岡店) and not a trade (売店, 酒店)."""
    return is_branch_like(rest) and _TRADE.search(rest) is None


def marks_of(name: str) -> str:
    """Figures, directions, sizes and letters of a normal name: what tells 第1 from 第2, 東 from 西, A from B."""
    return "".join(_MARKS.findall(name))


def normal_phone(text: str | None) -> str:
    """Ten or eleven digits from the leading 0 on; "" for what is no number. +81 and a lost leading 0 are put right."""
    digits = "".join(_FIGURES.findall(fold(text).replace("(0)", "").split("内線")[0].split("EXT")[0]))
    for abroad in ("010", "00"):
        if digits.startswith(abroad + "81"):
            digits = digits.removeprefix(abroad)
    if digits.startswith("81") and len(digits) in (11, 12, 13):
        digits = "0" + digits[2:].lstrip("0")
    elif len(digits) in (9, 10) and not digits.startswith("0"):
        # A spreadsheet took it for a number.
        digits = "0" + digits
    is_number = len(digits) in (10, 11) and digits.startswith("0") and len(set(digits[1:])) > 1
    return digits if is_number else ""


def normal_postal_code(text: str | None) -> str:
    """Seven digits, or ""."""
    digits = "".join(_FIGURES.findall(fold(text)))
    if len(digits) == 6:
        # A spreadsheet took it for a number.
        digits = "0" + digits
    return digits if len(digits) == 7 and len(set(digits)) > 1 else ""


def normal_corporate_number(text: str | None) -> str:
    """The 13 digits of a 法人番号, also out of an invoice number (T…); "" for anything else.

    The check digit is not asked for: two providers' same slip still says that they mean the same company.
    """
    digits = "".join(_FIGURES.findall(fold(text)))
    return digits if len(digits) == 13 and len(set(digits)) > 1 else ""
