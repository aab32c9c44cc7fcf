"""What a places sheet says to whoever fills it in, in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping

from madoguchi.onboarding.sheet_columns import BY_KEY
from madoguchi.onboarding.sheet_rows import RowFault
from madoguchi.onboarding.words import Language

SHEET_TITLES: Mapping[Language, str] = {"ja": "店舗・課・施設", "en": "Places"}
GUIDE_TITLES: Mapping[Language, str] = {"ja": "記入方法", "en": "How to fill in"}
GUIDE_HEADS: Mapping[Language, tuple[str, str, str]] = {
    "ja": ("列", "必須", "書き方"),
    "en": ("Column", "Required", "What to write"),
}
REQUIRED: Mapping[Language, str] = {"ja": "必須", "en": "Required"}
CHOICES: Mapping[Language, str] = {"ja": "選べる語", "en": "Choices"}

# What goes before the table of columns.
GUIDE: Mapping[Language, tuple[str, ...]] = {
    "ja": (
        "1行に1つの店舗・課・施設をご記入ください。10,000行、5MBまで読み込めます。",
        "列の順番を変えたり、ご自分の列を加えたりしても読み込めます。見出しの名前は変えないでください。",
        "記入例の行は、残したままでも読み飛ばします。",
        "式（=、+、-、@で始まるもの）やマクロは使えません。",
        "誤りがあると、この表の「エラー」列に理由を書いてお返しします。直して、もう一度お送りください。",
    ),
    "en": (
        "One place a row. Up to 10,000 rows and 5 MB can be read.",
        "The columns may stand in any order, and you may add your own. Leave the heads as they are.",
        "The example's row is skipped when you leave it in.",
        "Formulas (anything that begins with =, +, - or @) and macros cannot be used.",
        "Where something is wrong, the sheet comes back with the reason in its column “Errors”. Correct it and send it "
        "again.",
    ),
}
HOW: Mapping[str, Mapping[Language, str]] = {
    "name": {
        "ja": "80字まで。地図や決済の画面に出る名称です。",
        "en": "Up to 80 letters; shown on the map and when paying.",
    },
    "name_en": {"ja": "160字まで。英数字でご記入ください。", "en": "Up to 160 letters, Latin only."},
    "name_kana": {"ja": "ひらがなまたはカタカナ、120字まで。", "en": "Hiragana or katakana, up to 120 letters."},
    "kind": {"ja": "選択肢から1つ選びます。", "en": "One of the choices."},
    "place_class": {
        "ja": "選択肢から1つ選びます。空欄は固定として扱います。移動・EC・その他は地図に載りません。",
        "en": "One of the choices; empty means fixed. Mobile, online and other places are not shown on the map.",
    },
    "postal_code": {
        "ja": "7桁。ハイフンはあってもなくてもかまいません。住所が空欄のときは、番地の前までを補います。",
        "en": "Seven digits, with or without a hyphen. If the address is empty it is filled in up to the house number.",
    },
    "address": {
        "ja": "160字まで。郵便番号が空欄のときは、都道府県と市区町村から書いてください。",
        "en": "Up to 160 letters. Without a postal code, begin with prefecture and municipality.",
    },
    "phone": {"ja": "市外局番から。", "en": "With the area code."},
    "purposes": {"ja": "選択肢の語を「、」で区切って並べます。", "en": "Words from the choices, separated by commas."},
    "services": {
        "ja": "選択肢の語を「、」で区切って並べます。空欄は、申し込むすべてのサービスを使うという意味です。",
        "en": "Words from the choices, separated by commas; empty means all services of the application.",
    },
    "used_already": {
        "ja": "その場所で既に契約して使っているサービスを「、」で区切って並べます。契約条件は事業者が確認します。",
        "en": "Services under contract there already, separated by commas. Their providers will say which terms hold.",
    },
    "registration_id": {
        "ja": "既に加盟店番号がある場合、60字まで。同じ店舗を1つにまとめるために使います。",
        "en": "If there is one already, up to 60 letters; it tells that two registrations are one place.",
    },
    "opening_hours": {"ja": "100字まで。例：平日8:30〜17:15", "en": "Up to 100 letters, e.g. Mon–Fri 8:30–17:15."},
    "remarks": {"ja": "200字まで。", "en": "Up to 200 letters."},
}
# The town hall's address of the example is public; its phone number is one that nobody has.
EXAMPLE: Mapping[Language, Mapping[str, str]] = {
    "ja": {
        "name": "【記入例】市役所 市民課",
        "name_en": "City Hall: Citizens' Division",
        "name_kana": "シヤクショ シミンカ",
        "kind": "課",
        "place_class": "固定",
        "postal_code": "370-2316",
        "address": "群馬県富岡市富岡1460-1",
        "phone": "0274-00-0000",
        "opening_hours": "平日8:30〜17:15",
        "remarks": "この行は残したままでもかまいません",
    },
    "en": {
        "name": "[Example] City Hall: Citizens' Division",
        "name_en": "City Hall: Citizens' Division",
        "name_kana": "シヤクショ シミンカ",
        "kind": "Division",
        "place_class": "Fixed",
        "postal_code": "370-2316",
        "address": "群馬県富岡市富岡1460-1",
        "phone": "0274-00-0000",
        "opening_hours": "Mon–Fri 8:30–17:15",
        "remarks": "This row may stay here",
    },
}
# code: what is wrong and what to do. {value} is what stood in the cell.
FAULTS: Mapping[str, Mapping[Language, str]] = {
    "cell_empty": {"ja": "空欄です。ご記入ください。", "en": "This is empty. Fill it in."},
    "text_too_long": {
        "ja": "{length}字あります。{limit}字以内に短くしてください。",
        "en": "This has {length} letters. Shorten it to {limit}.",
    },
    "formula_in_cell": {
        "ja": "式は使えません。=、+、-、@で始まらない文字だけをご記入ください。",
        "en": "Formulas cannot be used. Write plain text that does not begin with =, +, - or @.",
    },
    "error_in_cell": {
        "ja": "式の誤り（{value}）が入っています。文字で書き直してください。",
        "en": "A formula failed here ({value}). Write the text itself.",
    },
    "kind_unknown": {
        "ja": "「{value}」という種別はありません。課・施設・店舗・郵便局・車両から選んでください。",
        "en": "There is no kind “{value}”. Choose division, facility, shop, post office or vehicle.",
    },
    "place_class_unknown": {
        "ja": "「{value}」という区分はありません。固定・移動・EC・その他から選んでください。",
        "en": "There is no class “{value}”. Choose fixed, mobile, online shop or other.",
    },
    "postal_code_malformed": {
        "ja": "「{value}」は郵便番号ではありません。7桁の数字でご記入ください。",
        "en": "“{value}” is no postal code. Write its seven digits.",
    },
    "postal_code_unknown": {
        "ja": "郵便番号「{value}」は見つかりません。確かめてください。"
        "新しい番号の場合は空欄にし、住所を都道府県から書いてください。",
        "en": "The postal code “{value}” is not known. Check it; if it is new, leave it empty and begin the address "
        "with its prefecture.",
    },
    "postal_code_elsewhere": {
        "ja": "郵便番号「{value}」は{address}の番号で、住所と合いません。どちらかを直してください。",
        "en": "The postal code “{value}” belongs to {address}, not to the address. Correct one of them.",
    },
    "address_missing": {
        "ja": "住所も郵便番号も空欄です。どちらかをご記入ください。",
        "en": "There is neither an address nor a postal code. Fill in one of them.",
    },
    "address_ambiguous": {
        "ja": "この郵便番号は複数の市区町村（{choices}）にまたがります。住所を市区町村から書いてください。",
        "en": "This postal code covers several municipalities ({choices}). Begin the address with the right one.",
    },
    "municipality_unclear": {
        "ja": "住所からは市区町村がわかりません。都道府県から書くか、郵便番号をご記入ください。",
        "en": "The address does not tell its municipality. Begin it with the prefecture, or fill in the postal code.",
    },
    "phone_wrong": {
        "ja": "「{value}」は電話番号ではありません。市外局番から10桁か11桁でご記入ください。",
        "en": "“{value}” is no phone number. Write its 10 or 11 digits with the area code.",
    },
    "purpose_unknown": {
        "ja": "「{value}」という用途はありません。「記入方法」の選択肢から選び、「、」で区切ってください。",
        "en": "There is no purpose “{value}”. Choose from the list in “How to fill in”, separated by commas.",
    },
    "service_unknown": {
        "ja": "「{value}」という決済サービスは、この申込みでは選べません。"
        "「記入方法」の選択肢から選び、「、」で区切ってください。",
        "en": "“{value}” is none of the payment services to choose from. See the list in “How to fill in”; separate by "
        "commas.",
    },
    "name_kana_wrong": {
        "ja": "フリガナは、ひらがなかカタカナでご記入ください。",
        "en": "Write the reading in hiragana or katakana.",
    },
    "name_en_not_latin": {
        "ja": "英語の名称は、英数字でご記入ください。",
        "en": "Write the English name in Latin letters.",
    },
    "place_repeated": {
        "ja": "{other_row}行目と名称も住所も同じです。同じ場所なら、この行を消してください。",
        "en": "Row {other_row} has the same name and address. If it is the same place, delete this row.",
    },
}


def sentence(fault: RowFault, language: Language) -> str:
    """A fault in plain words, its column first."""
    text = FAULTS[fault.code][language].format(value=fault.value, **fault.facts)
    head = BY_KEY[fault.column].head(language)
    return f"{head}：{text}" if language == "ja" else f"{head}: {text}"
