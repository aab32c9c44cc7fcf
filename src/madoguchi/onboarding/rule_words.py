"""The rules of a set in plain words, each under its id, for whoever wants to read them before being decided on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from madoguchi.onboarding.rules import BY_EMPLOYEES, RuleSet
from madoguchi.onboarding.words import NAMES, REASONS, REVOCABLE, Language

INDUSTRIES: Mapping[str, Mapping[Language, str]] = {
    "manufacturing": {"ja": "製造業・建設業・運輸業", "en": "Manufacturing, construction, transport"},
    "wholesale": {"ja": "卸売業", "en": "Wholesale"},
    "retail": {"ja": "小売業", "en": "Retail"},
    "service": {"ja": "サービス業", "en": "Service trade"},
    "inn": {"ja": "旅館業", "en": "Inns"},
    "software": {"ja": "ソフトウェア業・情報処理サービス業", "en": "Software, information processing"},
    "other": {"ja": "その他の業種", "en": "Other industries"},
}
BODIES: Mapping[str, Mapping[Language, str]] = {
    "general_association": {"ja": "一般社団法人", "en": "general incorporated associations"},
    "general_foundation": {"ja": "一般財団法人", "en": "general incorporated foundations"},
    "public_interest_association": {"ja": "公益社団法人", "en": "public-interest associations"},
    "public_interest_foundation": {"ja": "公益財団法人", "en": "public-interest foundations"},
    "npo": {"ja": "特定非営利活動法人（NPO法人）", "en": "non-profit corporations (NPO)"},
    "sole_proprietor": {"ja": "個人事業主", "en": "sole proprietors"},
    "company": {"ja": "会社", "en": "companies"},
    "cooperative": {"ja": "協同組合", "en": "cooperatives"},
}
TRANSACTIONS: Mapping[str, Mapping[Language, str]] = {
    "securities": {"ja": "有価証券", "en": "securities"},
    "stamps": {"ja": "郵便切手", "en": "postage stamps"},
    "revenue_stamps": {"ja": "収入印紙", "en": "revenue stamps"},
    "certificate_stamps": {"ja": "証紙", "en": "certificate stamps"},
    "vouchers": {"ja": "商品券・回数券", "en": "vouchers"},
    "prepaid_value": {"ja": "プリペイドへの入金", "en": "charging prepaid value"},
    "car": {"ja": "自動車（新車・中古車）", "en": "cars, new and used"},
    "new_house": {"ja": "新築住宅", "en": "new houses"},
    "lottery": {"ja": "宝くじ", "en": "lotteries"},
    "public_gambling": {"ja": "公営ギャンブル", "en": "public gambling"},
    "payment_collection": {"ja": "収納代行", "en": "payments collected for others"},
    "cash_on_delivery": {"ja": "代金引換", "en": "cash on delivery"},
    "salary": {"ja": "給与", "en": "salaries"},
    "wages": {"ja": "賃金", "en": "wages"},
    "donation": {"ja": "寄附金", "en": "donations"},
}
# A sentence of each kind of rule; the figures are the set's.
TEXTS: Mapping[str, Mapping[Language, str]] = {
    "size": {
        "ja": "{industry}：資本金{capital}円以下、または常時使用する従業員{employees}人以下であれば対象です。",
        "en": "{industry}: eligible with a capital of ¥{capital} or less, or {employees} regular employees or fewer.",
    },
    "by_employees": {
        "ja": "{bodies}は、主な業種の従業員数の上限だけで判断します。",
        "en": "Judged by the employees' limit of their main industry alone: {bodies}.",
    },
    "income": {
        "ja": "直近3年分の課税所得の年平均が{limit}円を超える場合は対象外です。",
        "en": "Excluded if the taxable income of the last three filed years is above ¥{limit} a year on average.",
    },
    "owner": {
        "ja": "資本金{limit}円以上の法人に、直接または間接に100%所有されている場合は対象外です。",
        "en": "Excluded if wholly owned, directly or not, by a corporation with a capital of ¥{limit} or more.",
    },
    "admitted": {"ja": "{activity}は、{licences}があれば対象です。", "en": "{activity} is admitted with {licences}."},
    "transactions": {
        "ja": "対象の店舗でも、次の取引は還元されません：{kinds}。",
        "en": "Even at an eligible place these earn nothing: {kinds}.",
    },
    "excluded": {"ja": "次の事業者・業種は対象外です：{names}。", "en": "Excluded are: {names}."},
    "rate": {
        "ja": "還元率は{percent}%です。加盟店手数料と端末の補助も受けられます。",
        "en": "The rate is {percent}%. Fees and terminals are subsidised as well.",
    },
    "franchise": {
        "ja": "フランチャイズ加盟店・ガソリンスタンドは{percent}%で、手数料と端末の補助はありません。",
        "en": "Franchises and petrol stations: {percent}%, without subsidies for fees or terminals.",
    },
    "ask_desk": {
        "ja": "規則だけでは決められないとき、または規則のない日については、窓口にお問い合わせください。",
        "en": "Where the rules alone do not decide, or none are in force, ask the desk.",
    },
}


@dataclass(frozen=True)
class RuleText:
    """One rule: its id, and what it says in the reader's language."""

    rule: str
    lines: tuple[str, ...]


def rules_in_words(rules: RuleSet, language: Language) -> list[RuleText]:
    """Every rule of a set in the order of the ids, with the set's own figures; P-48 stands for what none decides."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for rule, line in _lines(rules, language):
        if line not in found[rule]:
            found[rule].append(line)
    return [RuleText(rule, tuple(found[rule])) for rule in sorted(found)]


def _lines(rules: RuleSet, language: Language) -> Iterator[tuple[str, str]]:
    def say(text: str, **facts: str) -> str:
        return TEXTS[text][language].format(**facts)

    yield "P-04", say("rate", percent=_percent(rules.rate_bps))
    yield "P-04", say("franchise", percent=_percent(rules.rate_of_franchise_bps))
    for industry, limit in rules.size.items():
        figures = {"capital": f"{limit.capital_yen:,}", "employees": f"{limit.employees:,}"}
        yield limit.rule, say("size", industry=INDUSTRIES[industry][language], **figures)
    yield "P-08", say("income", limit=f"{rules.average_income_above_yen:,}")
    yield "P-09", say("owner", limit=f"{rules.full_owner_capital_from_yen:,}")
    yield "P-10", REVOCABLE[language]
    if "cooperative" not in rules.excluded_entities:
        yield "P-11", REASONS["cooperative"][language]
    for rule in sorted(set(BY_EMPLOYEES.values())):
        bodies = _joined((BODIES[body][language] for body, its in BY_EMPLOYEES.items() if its == rule), language)
        yield rule, say("by_employees", bodies=bodies)
    for rule, names in _excluded(rules).items():
        yield rule, say("excluded", names=_joined((_name(name, language) for name in names), language))
    for activity, licences in rules.licences_that_admit.items():
        held = _joined((_name(licence, language) for licence in licences), language, either=True)
        yield "P-13", say("admitted", activity=_capital(_name(activity, language)), licences=held)
    if rules.excluded_transactions:
        # `securities` are a transaction here, and a line of business above.
        kinds = (TRANSACTIONS.get(kind, {}).get(language, kind) for kind in rules.excluded_transactions)
        yield "P-14", say("transactions", kinds=_joined(kinds, language))
    yield "P-48", say("ask_desk")


def _excluded(rules: RuleSet) -> dict[str, list[str]]:
    """Excluded bodies and lines of business by the id that excludes them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for entity, ids in rules.excluded_entities.items():
        for rule in ids:
            found[rule].append(entity)
    found["P-13"] += rules.excluded_activities
    return {rule: names for rule, names in found.items() if names}


def _percent(bps: int) -> str:
    return f"{bps / 100:g}"


def _name(word: str, language: Language) -> str:
    """A word's name; an officer may have entered a word that has none."""
    for names in (NAMES, BODIES):
        if word in names:
            return names[word][language]
    return word


def _joined(names: Iterator[str], language: Language, *, either: bool = False) -> str:
    between = {("ja", False): "、", ("ja", True): "、または", ("en", False): ", ", ("en", True): " or "}
    return between[language, either].join(names)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
