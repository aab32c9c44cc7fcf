"""Decisions in plain words, in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from madoguchi.onboarding.rules import Decision, Reason

Language = Literal["ja", "en"]

OUTCOMES: Mapping[str, Mapping[Language, str]] = {
    "eligible": {"ja": "対象になります（還元率{percent}%）。", "en": "Eligible, at {percent}%."},
    "not_eligible": {"ja": "対象になりません。", "en": "Not eligible."},
    "ask_desk": {"ja": "窓口にご確認ください。", "en": "Please ask the desk."},
}
# code: sentence; numbers are filled in with commas.
REASONS: Mapping[str, Mapping[Language, str]] = {
    "no_rules": {
        "ja": "この日に受け付けている事業の規則がありません。",
        "en": "No programme's rules are in force on that day.",
    },
    "entity_unknown": {"ja": "事業者の種別をお知らせください。", "en": "Tell us what kind of body you are."},
    "entity_excluded": {"ja": "{entity}は対象外です。", "en": "A {entity} is excluded."},
    "cooperative": {
        "ja": "協同組合は、規模にかかわらず対象です。",
        "en": "Cooperatives are included, whatever their size.",
    },
    "activity_unknown": {"ja": "事業の内容をお知らせください。", "en": "Tell us what your business does."},
    "activity_open": {"ja": "対象外の業種ではありません。", "en": "The line of business is not an excluded one."},
    "activity_excluded": {
        "ja": "対象外の業種（{activity}）です。",
        "en": "The line of business is excluded: {activity}.",
    },
    "activity_licensed": {
        "ja": "{activity}は原則として対象外ですが、{licence}があるため対象です。",
        "en": "{activity} is excluded in principle, but {licence} admits it.",
    },
    "licences_unknown": {
        "ja": "{activity}は、許可や確認の内容により対象になる場合があります。お持ちの許可をお知らせください。",
        "en": "{activity} may be admitted by a licence. Tell us which ones you hold.",
    },
    "income_unknown": {
        "ja": "直近3年分の課税所得をお知らせください（年平均{limit_yen}円を超えると対象外です）。",
        "en": "Tell us the taxable income of the last three filed years (above ¥{limit_yen} a year is excluded).",
    },
    "income_too_high": {
        "ja": "直近の課税所得の年平均{average_yen}円が、{limit_yen}円を超えています。",
        "en": "The average taxable income of ¥{average_yen} a year is above ¥{limit_yen}.",
    },
    "income_small": {
        "ja": "課税所得の年平均は{limit_yen}円を超えていません。",
        "en": "The average taxable income is not above ¥{limit_yen} a year.",
    },
    "owner_too_large": {
        "ja": "資本金{capital_yen}円の法人に100%所有されています（{limit_yen}円以上の法人の場合は対象外です）。",
        "en": "It is wholly owned by a corporation with a capital of ¥{capital_yen}; ¥{limit_yen} or more is excluded.",
    },
    "owner_small": {
        "ja": "100%所有する法人の資本金{capital_yen}円は、{limit_yen}円未満です。",
        "en": "The corporation that wholly owns it has a capital of ¥{capital_yen}, below ¥{limit_yen}.",
    },
    "small": {
        "ja": "資本金または常時使用する従業員の数が、業種ごとの上限以下です。",
        "en": "Capital or regular employees are within the limit of the industry.",
    },
    "small_by_employees": {
        "ja": "常時使用する従業員の数が、主な業種の上限以下です。",
        "en": "Regular employees are within the limit of the main industry.",
    },
    "too_large": {
        "ja": "資本金も常時使用する従業員の数も、業種ごとの上限を超えています。",
        "en": "Both capital and regular employees are above the limit of the industry.",
    },
    "too_large_by_employees": {
        "ja": "常時使用する従業員の数が、主な業種の上限を超えています。",
        "en": "Regular employees are above the limit of the main industry.",
    },
    "size_unknown": {
        "ja": "規模を判断するために、業種、資本金、従業員数のうち不足しているものをお知らせください。",
        "en": "To judge the size, tell us what is missing of industry, capital and employees.",
    },
    "size_unknown_by_employees": {
        "ja": "規模を判断するために、主な業種と従業員数のうち不足しているものをお知らせください。",
        "en": "To judge the size, tell us what is missing of main industry and employees.",
    },
    "full_rate": {
        "ja": "加盟店手数料と端末の補助も受けられます。",
        "en": "Fees and terminals are subsidised as well.",
    },
    "franchise_rate": {
        "ja": "フランチャイズ加盟店・ガソリンスタンドのため、手数料と端末の補助はありません。",
        "en": "As a franchise or petrol station it gets no subsidy for fees or terminals.",
    },
    "rate_unknown": {
        "ja": "フランチャイズ加盟店またはガソリンスタンドかどうかをお知らせください（還元率が変わります）。",
        "en": "Tell us whether you are a franchise or a petrol station, which changes the rate.",
    },
    "transaction_excluded": {
        "ja": "この取引（{kind}）は還元の対象外です。",
        "en": "This transaction earns nothing: {kind}.",
    },
}
REVOCABLE: Mapping[Language, str] = {
    "ja": "資本金、従業員数、出資比率などを形だけ変えたときは、申請の日にさかのぼって取り消されます。",
    "en": "If capital, staff or shares were changed for show, this is undone from the day of application.",
}
NAMES: Mapping[str, Mapping[Language, str]] = {
    "government": {"ja": "国・地方公共団体", "en": "state or local government"},
    "public_corporation": {"ja": "公共法人", "en": "public corporation"},
    "religious": {"ja": "宗教法人", "en": "religious corporation"},
    "unincorporated": {"ja": "任意団体", "en": "group without legal personality"},
    "securities": {"ja": "金融商品取引業", "en": "securities"},
    "bank": {"ja": "金融機関", "en": "financial institution"},
    "credit_cooperative": {"ja": "信用協同組合", "en": "credit cooperative"},
    "credit_guarantee": {"ja": "信用保証協会", "en": "credit guarantee body"},
    "trust": {"ja": "信託会社", "en": "trust company"},
    "insurance": {"ja": "保険会社", "en": "insurance"},
    "crypto": {"ja": "仮想通貨交換業", "en": "crypto exchange"},
    "entertainment": {"ja": "風俗営業", "en": "entertainment under the entertainment business act"},
    "medical": {"ja": "保険医療機関", "en": "insured medical institution"},
    "pharmacy": {"ja": "保険薬局", "en": "insured pharmacy"},
    "care": {"ja": "介護サービス", "en": "care service"},
    "welfare": {"ja": "社会福祉事業", "en": "social welfare"},
    "rehabilitation": {"ja": "更生保護事業", "en": "rehabilitation"},
    "school": {"ja": "学校・専修学校等", "en": "school"},
    "organised_crime": {"ja": "暴力団等", "en": "organised crime"},
    "bonded_shop": {"ja": "保税売店", "en": "bonded shop"},
    "inn": {"ja": "旅館業法の許可", "en": "a licence as an inn"},
    "restaurant_guild_confirmed": {
        "ja": "生活衛生同業組合による価格表示・明細会計の確認",
        "en": "the restaurant guild's confirmation of shown prices and itemised bills",
    },
}


def outcome_sentence(decision: Decision, language: Language) -> str:
    """The outcome in one sentence, with the rate if there is one."""
    return OUTCOMES[decision.outcome][language].format(percent=f"{(decision.rate_bps or 0) / 100:g}")


def sentence(reason: Reason, language: Language) -> str:
    """One reason in the reader's language."""
    code = reason.code
    if reason.facts.get("by_employees_alone"):
        code = f"{code}_by_employees"
    return REASONS[code][language].format(**{name: _shown(value, language) for name, value in reason.facts.items()})


def explanation(decision: Decision, language: Language) -> list[str]:
    """The outcome, then each reason with the ids of its rules, then the warning of sham changes (P-10)."""
    lines = [outcome_sentence(decision, language)]
    opening, closing = ("（", "）") if language == "ja" else (" (", ")")
    lines += [f"{sentence(reason, language)}{opening}{', '.join(reason.rules)}{closing}" for reason in decision.reasons]
    if decision.is_revocable:
        lines.append(f"{REVOCABLE[language]}{opening}P-10{closing}")
    return lines


def _shown(value: object, language: Language) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return NAMES[value][language] if isinstance(value, str) and value in NAMES else str(value)
