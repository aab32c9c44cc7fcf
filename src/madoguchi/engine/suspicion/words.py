"""Each rule in a plain sentence for people, and what was found in one case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from madoguchi.engine.suspicion.rules import (
    CLOSED_LOOP,
    FAR_OUTSIDE_PEERS,
    OUTSIDE_HOURS,
    ROUND_AMOUNTS,
    SAME_MEMBER_PLACE,
    SPLITTING,
    STAFF_KEYS_CASH,
)

Language = Literal["ja", "en"]
# What a rule looks for, whatever its figures are.
SENTENCES: Mapping[str, Mapping[Language, str]] = {
    SAME_MEMBER_PLACE: {
        "ja": "同じ会員が、同じ店舗で、1日または1週間に何度も支払っています。",
        "en": "The same member pays at the same place again and again in a day or a week.",
    },
    CLOSED_LOOP: {
        "ja": "店舗の売上の多くが、支払いのほとんどをその店舗で行う少数の会員によるものです。",
        "en": "Most of the place's takings come from a few members who spend nearly all their money there.",
    },
    STAFF_KEYS_CASH: {
        "ja": "一人の会員の支払いが、レジのように時間をおいて何日も続き、金額もさまざまです。"
        "従業員が現金の売上を自分のカードなどで処理した可能性があります。",
        "en": "One member's payments run like a till, hour after hour on several days, in many different amounts: "
        "staff may have keyed cash sales as their own payments.",
    },
    SPLITTING: {
        "ja": "数分のうちに続けて支払われ、それぞれの金額または合計が上限の近くにそろっています。",
        "en": "Several payments within minutes, each just below a limit or together just at it.",
    },
    FAR_OUTSIDE_PEERS: {
        "ja": "同じ業種・地域の店舗に比べてきわめて高い金額を、同じ会員が繰り返し支払っています。",
        "en": "The same members repeatedly pay far more than is usual at places of this trade and area.",
    },
    ROUND_AMOUNTS: {
        "ja": "同じ業種の店舗やほかのお客さまに比べて、きりのよい金額の支払いが多すぎます。",
        "en": "Far more round amounts than at other places of the trade, or of the place's other customers.",
    },
    OUTSIDE_HOURS: {
        "ja": "営業時間外の支払いが、同じ会員によって繰り返されています。",
        "en": "The same members pay repeatedly while the place is closed.",
    },
}
# What was found in a case; where a rule has two ways, the fact that tells which stands behind the colon.
FACTS: Mapping[str, Mapping[Language, str]] = {
    "same_member_place:day": {
        "ja": "{begins_on}の1日に{count}回の支払いがありました（目安は{limit:g}回）。",
        "en": "{count} payments on {begins_on} (limit {limit:g}).",
    },
    "same_member_place:week": {
        "ja": "{begins_on}からの1週間に{count}回の支払いがありました（目安は{limit:g}回）。",
        "en": "{count} payments in the week from {begins_on} (limit {limit:g}).",
    },
    CLOSED_LOOP: {
        "ja": "会員{members}人の支払い合計{yen:,}円が、店舗の売上の{part_of_place:.0%}、"
        "その会員の支払いの{part_of_members_money:.0%}を占めます。直前にチャージのあった支払いは{after_top_up}件です。",
        "en": "Members: {members}. Their ¥{yen:,} are {part_of_place:.0%} of the place's takings and "
        "{part_of_members_money:.0%} of their own money; just after a top-up: {after_top_up}.",
    },
    STAFF_KEYS_CASH: {
        "ja": "{days}日間に{count}件の支払いがありました（目安は{limit}件、店舗のお客さまの中央値は"
        "{other_members_median:g}件）。",
        "en": "{count} payments on {days} days (limit {limit}; the median of the place's customers is "
        "{other_members_median:g}).",
    },
    "splitting:each_below": {
        "ja": "{limit_yen:,}円をわずかに下回る支払いが続けて行われました（{series}組、あわせて{payments_of_case}件）。",
        "en": "{payments_of_case} payments, each just below ¥{limit_yen:,}; series: {series}.",
    },
    "splitting:sum_at": {
        "ja": "合計が{limit_yen:,}円前後になる支払いが続けて行われました（{series}組、あわせて{payments_of_case}件）。",
        "en": "{payments_of_case} payments, together just at ¥{limit_yen:,}; series: {series}.",
    },
    FAR_OUTSIDE_PEERS: {
        "ja": "会員{members}人から、比べる店舗の中央値（{peers_median_yen:,}円）を大きく超える支払いが"
        "{far_payments}件ありました。",
        "en": "{far_payments} payments by members: {members}, far above the peers' median of ¥{peers_median_yen:,}.",
    },
    ROUND_AMOUNTS: {
        "ja": "{of_payments}件のうち{count}件が{unit_yen:,}円単位の金額です（通常の割合は{usual_part:.1%}）。",
        "en": "{count} of {of_payments} payments are multiples of ¥{unit_yen:,} (usual: {usual_part:.1%}).",
    },
    OUTSIDE_HOURS: {
        "ja": "営業時間（{opening_from}～{opening_to}）の外に、{days}日にわたり{count}件の支払いがありました。",
        "en": "{count} payments on {days} days outside the opening hours ({opening_from} to {opening_to}).",
    },
}
WAYS = {SAME_MEMBER_PLACE: "period", SPLITTING: "way"}


def sentence(rule: str, evidence: Mapping[str, Any], language: Language) -> str:
    """What a rule looks for and what it found in a case, with the facts of its `evidence`."""
    key = f"{rule}:{evidence[WAYS[rule]]}" if rule in WAYS else rule
    between = "" if language == "ja" else " "
    return SENTENCES[rule][language] + between + FACTS[key][language].format_map(evidence)
