"""What a file of plans calls its columns and words, and what it says of a row that is wrong, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from unicodedata import normalize

from madoguchi.onboarding.words import Language

# A column's name in the schema: its Japanese head. A file may use either.
HEADS: Mapping[str, str] = {
    "name": "プラン名",
    "name_en": "プラン名(英語)",
    "services": "サービス",
    "applicants": "申込者",
    "starts_on": "開始日",
    "ends_on": "終了日",
    "fees": "手数料率",
    "payout_cycle": "締め",
    "payouts_per_month": "月の入金回数",
    "payout_days_after": "締めから入金までの日数",
    "transfer_fee_yen": "振込手数料",
    "transfer_fee_bearer": "振込手数料の負担",
    "brands": "ブランド",
    "terminals": "端末",
    "terminal_yen": "端末の初期費用",
    "monthly_yen": "月額費用",
    "monthly_after_yen": "期間後の月額費用",
    "further_costs": "その他の費用",
    "contact": "問い合わせ先",
    "url": "案内ページ",
}
FAULT_HEADS: Mapping[Language, tuple[str, str, str]] = {
    "ja": ("行", "誤りのある列", "理由"),
    "en": ("row", "column", "reason"),
}
NEGOTIATED = "negotiated"
NEGOTIATED_WORDS = frozenset({"negotiated", "応相談", "個別", "個別に決定"})
# The words of a column: the schema's own, and what people write in Japanese.
WORDS: Mapping[str, Mapping[str, str]] = {
    "applicants": {"all": "すべて", "municipality": "自治体", "business": "事業者"},
    "payout_cycle": {"month_end": "月末", "half_month": "月2回", "week": "毎週", "day": "毎日"},
    "transfer_fee_bearer": {"provider": "決済事業者", "principal": "加盟店"},
    "period": {"before": "期間前", "during": "期間中", "after": "期間後"},
}
FAULTS: Mapping[str, Mapping[Language, str]] = {
    "field_missing": {"ja": "必要な項目が空欄です。入力してください。", "en": "This has to be filled in."},
    "field_wrong": {"ja": "値が長すぎるか、範囲の外です。", "en": "The value is too long or out of its range."},
    "formula_in_cell": {
        "ja": "式、または =、+、-、@ で始まる文字は使えません。値だけを入力してください。",
        "en": "Formulas, and texts that begin with =, +, - or @, cannot be used. Write the value alone.",
    },
    "date_wrong": {"ja": "日付を 2026-04-01 の形で書いてください。", "en": "Write the day as 2026-04-01."},
    "number_wrong": {"ja": "0以上の整数で書いてください。", "en": "Write a whole number, 0 or more."},
    "percent_wrong": {
        "ja": "手数料率を 3.25 の形（0から100、小数は2桁まで）で書いてください。個別に決まるときは negotiated です。",
        "en": "Write the fee in percent as 3.25, from 0 to 100, two decimals at most; “negotiated” if it is not fixed.",
    },
    "fees_wrong": {
        "ja": "手数料率を「during 2019-10-01/2020-06-30 3.25; after 2020-07-01/ negotiated」の形で書いてください。",
        "en": "Write the fees as “during 2019-10-01/2020-06-30 3.25; after 2020-07-01/ negotiated”.",
    },
    "word_unknown": {"ja": "選べる語ではありません。", "en": "This is not one of the words to choose from."},
    "brand_wrong": {"ja": "知られていないブランドがあります。", "en": "One of the brands is not known here."},
    "service_unknown": {
        "ja": "御社のサービスではないものがあります。サービスの符号で書いてください。",
        "en": "One of these is not a service of yours. Write their codes.",
    },
    "period_wrong": {"ja": "終わりの日が始まりの日より前です。", "en": "It ends before it begins."},
    "fee_repeated": {"ja": "同じ日に始まる手数料率が2つあります。", "en": "Two fees begin on the same day."},
    "plan_begun": {
        "ja": "既に始まった条件は変えられません。明日以降の開始日で、新しい条件を書いてください。",
        "en": "What has begun cannot be changed. Write the new conditions with a first day from tomorrow on.",
    },
    "plan_ended": {"ja": "このプランは既に終わっています。", "en": "This plan has ended already."},
}


def read_word(column: str, text: str) -> str | None:
    """The schema's word for what somebody wrote in a column; None if it is none."""
    wanted = normalize("NFKC", text).strip().casefold()
    return next((word for word, japanese in WORDS[column].items() if wanted in {word, japanese}), None)
