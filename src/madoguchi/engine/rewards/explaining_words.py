"""Each step of an explanation in one plain sentence for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from madoguchi.engine.rewards.credit import WEEKDAYS
from madoguchi.engine.rewards.explaining import Step

Language = Literal["ja", "en"]
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
# A step's sentence; where a rule has several ways, the one that applies stands behind the colon.
SENTENCES: Mapping[str, Mapping[Language, str]] = {
    "amount": {
        "ja": "{paid_at}に{amount_yen:,}円（税込）の支払いがありました。",
        "en": "¥{amount_yen:,}, tax included, was paid on {paid_at}.",
    },
    "refund": {
        "ja": "返金（{refund_id}）により{refund_yen:,}円が戻されています。",
        "en": "¥{refund_yen:,} was given back (refund {refund_id}).",
    },
    "base": {
        "ja": "返金を除いた対象の金額は{base_yen:,}円です。",
        "en": "The base is the amount less its refunds: ¥{base_yen:,}.",
    },
    "service": {
        "ja": "決済サービス「{service}」は対象です。還元の上限は{cap}です。",
        "en": "The service {service} takes part; its cap is {cap}.",
    },
    "service_unknown": {
        "ja": "決済サービス「{service}」は対象サービスの一覧にないため、ポイントは付きません。",
        "en": "The service {service} is not in the campaign's table, so nothing is earned.",
    },
    "method:points": {"ja": "還元はポイントの付与によります。", "en": "The reward is given as points."},
    "method:bill_offset": {
        "ja": "還元は請求額からの差し引き（引落相殺）によります。",
        "en": "The reward is taken off the bill.",
    },
    "method:prepaid_value": {
        "ja": "還元は残高への加算によります。",
        "en": "The reward is added to the prepaid balance.",
    },
    "method:instant_discount": {
        "ja": "還元は支払いの場での値引き（即時充当）によります。",
        "en": "The reward is taken off at the till.",
    },
    "method:other": {"ja": "還元の方法は「{method}」です。", "en": "The reward is given by this method: {method}."},
    "inside_period": {
        "ja": "支払日（{paid_on}）は期間（{starts_on}～{ends_on}）の中です。",
        "en": "The day, {paid_on}, is inside the campaign ({starts_on} to {ends_on}).",
    },
    "outside_period": {
        "ja": "支払日（{paid_on}）が期間（{starts_on}～{ends_on}）の外のため、ポイントは付きません。",
        "en": "The day, {paid_on}, is outside the campaign ({starts_on} to {ends_on}), so nothing is earned.",
    },
    "not_excluded": {
        "ja": "対象外の取引ではありません。",
        "en": "It is of no kind that is excluded.",
    },
    "excluded": {
        "ja": "対象外の取引（{transaction}）のため、ポイントは付きません。",
        "en": "It is of a kind that earns nothing: {transaction}.",
    },
    "enrolment:every": {
        "ja": "店舗{store_id}は、その日、すべてのサービスに{rate}の還元で登録されています（{enrolled}）。",
        "en": "Place {store_id} is enrolled that day for all services at {rate} ({enrolled}).",
    },
    "enrolment:own": {
        "ja": "店舗{store_id}は、その日、このサービスに{rate}の還元で登録されています（{enrolled}）。",
        "en": "Place {store_id} is enrolled that day for this service at {rate} ({enrolled}).",
    },
    "not_enrolled": {
        "ja": "店舗{store_id}は{paid_on}に登録されていないため、ポイントは付きません。",
        "en": "Place {store_id} is not enrolled on {paid_on}, so nothing is earned.",
    },
    "refunded": {
        "ja": "全額が返金されているため、ポイントは付きません。",
        "en": "All of it was given back, so nothing is earned.",
    },
    "ceiling": {
        "ja": "1回の支払いのうち{ceiling_yen:,}円までが対象のため、{base_yen:,}円のうち{cut_yen:,}円で計算します"
        "（原典の読み方の一つです）。",
        "en": "Of one payment ¥{ceiling_yen:,} counts at most: of ¥{base_yen:,} that is ¥{cut_yen:,} (a reading of the "
        "source).",
    },
    "raw:included": {
        "ja": "{counted_yen:,}円の{rate}で{raw_points:,}ポイントです（{rounding}）。",
        "en": "{rate} of ¥{counted_yen:,} is {raw_points:,} points ({rounding}).",
    },
    "raw:excluded": {
        "ja": "税を除いた{counted_yen:,}円の{rate}で{raw_points:,}ポイントです（{rounding}）。",
        "en": "{rate} of ¥{counted_yen:,} without tax is {raw_points:,} points ({rounding}).",
    },
    "cap_of_payment": {
        "ja": "1回の支払いの上限は{cap_points:,}ポイントのため、{raw_points:,}ポイントのうち"
        "{points:,}ポイントになります。",
        "en": "One payment earns {cap_points:,} points at most: of {raw_points:,} that leaves {points:,}.",
    },
    "window": {
        "ja": "{window}の上限{cap_points:,}ポイントのうち、これより前の{earlier_payments:,}件で{used_points:,}ポイント"
        "を使い、残りは{left_points:,}ポイントです。この支払いの{raw_points:,}ポイントのうち{points:,}ポイントになります。",
        "en": "Of the cap of {cap_points:,} points for {window}, earlier payments ({earlier_payments:,}) came to "
        "{used_points:,}, which leaves {left_points:,}: of this payment's {raw_points:,} points {points:,} remain.",
    },
    "further_caps": {
        "ja": "店舗・会員・予算の上限により、{points:,}ポイントから{granted_points:,}ポイントになります。",
        "en": "Further caps (place, member, budget) cut {points:,} points to {granted_points:,}.",
    },
    "held": {
        "ja": "この支払いは保留中のため、ポイントはまだ付きません。{raw_points:,}ポイント分の枠は確保されています。",
        "en": "The payment is on hold: nothing is granted yet, and room for {raw_points:,} points is kept.",
    },
    "no_points": {"ja": "付与されるポイントはありません。", "en": "No points are granted."},
    "credit": {
        "ja": "{points:,}ポイントは{credit_on}から使えます（{credit_rule}）。",
        "en": "The {points:,} points can be used from {credit_on} ({credit_rule}).",
    },
}
CAPS: Mapping[str, Mapping[Language, str]] = {
    "yen_of_payment": {"ja": "1回の支払いにつき{cap_amount:,}円分", "en": "¥{cap_amount:,} of each payment"},
    "payment": {"ja": "1回の支払いにつき{cap_amount:,}ポイント", "en": "{cap_amount:,} points a payment"},
    "month": {"ja": "1か月{cap_amount:,}ポイント", "en": "{cap_amount:,} points a month"},
    "quarter": {"ja": "四半期（3か月）{cap_amount:,}ポイント", "en": "{cap_amount:,} points a quarter"},
    "programme": {"ja": "全期間で{cap_amount:,}ポイント", "en": "{cap_amount:,} points in the whole period"},
}
ROUNDINGS: Mapping[str, Mapping[Language, str]] = {
    "down": {"ja": "1ポイント未満は切り捨て", "en": "rounded down"},
    "half_up": {"ja": "1ポイント未満は四捨五入", "en": "rounded half up"},
    "up": {"ja": "1ポイント未満は切り上げ", "en": "rounded up"},
}
WHOLE_PERIOD: Mapping[Language, str] = {"ja": "全期間", "en": "the whole period"}
# Credit rules as forms; what they hold stands in the order of the groups.
CREDIT: tuple[tuple[str, Mapping[Language, str]], ...] = (
    (r"instant", {"ja": "支払いと同時", "en": "at once"}),
    (r"days:\+0*(\d+)", {"ja": "支払日の{0}日後", "en": "day {0} after the payment"}),
    (r"next_week:(\w+)", {"ja": "翌週の{weekday}", "en": "{weekday} of the next week"}),
    (r"day:\+(?P<later>\d+):0*(\d+)", {"ja": "{later}{1}日", "en": "day {1} of {later}"}),
    (r"month:\+(?P<later>\d+)", {"ja": "{later}1日", "en": "the first of {later}"}),
    (r"billing:\+(?P<later>\d+)", {"ja": "{later}請求時", "en": "the bill of {later}"}),
    (r"month_end:\+(?P<later>\d+)", {"ja": "{later}末日", "en": "the last day of {later}"}),
    (
        r"quarter_months:([\d-]+)(?::0*(\d+))?",
        {"ja": "支払いの後の最初の{months}月の{day}日", "en": "day {day} of the next of the months {months}"},
    ),
)
# So many months after that of the payment.
LATER: Mapping[Language, tuple[str, ...]] = {
    "ja": ("支払月の", "翌月", "翌々月"),
    "en": ("the payment's month", "the next month", "the month after the next"),
}
MORE_MONTHS: Mapping[Language, str] = {"ja": "{0}か月後の", "en": "the month {0} months later"}
OR: Mapping[Language, str] = {"ja": "または", "en": " or "}
EARLIER: Mapping[Language, str] = {"ja": "、早いほう", "en": ", whichever is earlier"}


def sentence(step: Step, language: Language) -> str:
    """What the rule of a step came to, in Japanese or English."""
    facts = _shown(step.facts, language)
    return SENTENCES[_key(step)][language].format_map(facts)


def credit_words(rule: str, language: Language) -> str:
    """A credit rule of the services' table in words."""
    parts = [one.strip() for one in rule.split("|")]
    return OR[language].join(_form(one, language) for one in parts) + (EARLIER[language] if len(parts) > 1 else "")


def _key(step: Step) -> str:
    facts = step.facts
    if step.rule == "method":
        known = f"method:{facts['method']}"
        return known if known in SENTENCES else "method:other"
    if step.rule == "enrolment":
        return f"enrolment:{'every' if facts['enrolled_service_id'] == '*' else 'own'}"
    return f"raw:{facts['tax_base']}" if step.rule == "raw" else step.rule


def _shown(facts: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The facts as people read them, with what is told of several together."""
    shown = dict(facts)
    for name in ("paid_on", "starts_on", "ends_on", "credit_on"):
        if facts.get(name):
            shown[name] = _day(date.fromisoformat(facts[name]), language)
    if "paid_at" in facts:
        moment = datetime.fromisoformat(facts["paid_at"])
        shown["paid_at"] = f"{_day(moment.date(), language)}{' ' if language == 'ja' else ', '}{moment:%H:%M}"
    if "service_id" in facts:
        named = facts.get("name") or facts["service_id"]
        shown["service"] = f"{named} ({facts['channel']})" if facts["channel"] else named
    if "cap_amount" in facts:
        kind = "yen_of_payment" if facts["cap_unit"] == "yen_of_payment" else facts["cap_period"]
        shown["cap"] = CAPS[kind][language].format_map(facts)
    if "rate_bps" in facts:
        shown["rate"] = f"{facts['rate_bps'] / 100:g}{'％' if language == 'ja' else ' %'}"
    if "rounding" in facts:
        shown["rounding"] = ROUNDINGS[facts["rounding"]][language]
    if "enrolled_service_id" in facts:
        shown["enrolled"] = _range(shown["starts_on"], shown["ends_on"], language)
    if "period" in facts:
        period = _period(facts["period"], language)
        shown["window"] = f"{shown['service']}、{period}" if language == "ja" else f"{shown['service']} in {period}"
    if "credit_rule" in facts:
        shown["credit_rule"] = credit_words(facts["credit_rule"], language)
    return shown


def _day(day: date, language: Language) -> str:
    if language == "ja":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _range(starts_on: str, ends_on: str | None, language: Language) -> str:
    if language == "ja":
        return f"{starts_on}～{ends_on or ''}"
    return f"{starts_on} to {ends_on}" if ends_on else f"from {starts_on}"


def _period(period: str, language: Language) -> str:
    year, _, part = period.partition("-")
    if not part:
        return WHOLE_PERIOD[language]
    if part.startswith("Q"):
        last = 3 * int(part[1:])
        if language == "ja":
            return f"{year}年{last - 2}月～{last}月"
        return f"{MONTHS[last - 3]} to {MONTHS[last - 1]} {year}"
    return f"{year}年{int(part)}月" if language == "ja" else f"{MONTHS[int(part) - 1]} {year}"


def _form(rule: str, language: Language) -> str:
    for pattern, words in CREDIT:
        if found := re.fullmatch(pattern, rule):
            groups = [one or "" for one in found.groups()]
            facts: dict[str, str] = {}
            if "later" in found.groupdict():
                facts["later"] = _later(int(found["later"]), language)
            if pattern.startswith("next_week"):
                place = WEEKDAYS.index(groups[0])
                facts["weekday"] = f"{'月火水木金土日'[place]}曜日" if language == "ja" else groups[0].capitalize()
            if pattern.startswith("quarter_months"):
                facts["months"] = groups[0].replace("-", "・" if language == "ja" else ", ")
                facts["day"] = groups[1] or "1"
            return words[language].format(*groups, **facts)
    return rule


def _later(months: int, language: Language) -> str:
    words = LATER[language]
    return words[months] if months < len(words) else MORE_MONTHS[language].format(months)
