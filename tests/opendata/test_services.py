"""The published services of 2019: what stands in them, how they are found, whose card is in, what a payment gave."""

from __future__ import annotations

from datetime import date

import pytest

from madoguchi.opendata.service_cards import ISSUED_ABROAD, OTHER_ISSUER, is_card_in
from madoguchi.opendata.service_desks import desks
from madoguchi.opendata.service_reward import PaymentReward, arrivals, reward_of_payment, spending_yen
from madoguchi.opendata.services import (
    PublishedService,
    find_services,
    issuers,
    published_service,
    published_services,
)

OCTOBER_2 = date(2019, 10, 2)


def found(query: str = "", **asked: str) -> list[str]:
    return [one.code for one in find_services(query, **asked)]


def the(code: str) -> PublishedService:
    service = published_service(code)
    assert service is not None
    return service


def answer(**said: str) -> tuple[str, str, list[str]]:
    given = is_card_in(**said)
    assert given is not None
    return given.outcome, given.reason, [one.code for one in given.services]


def reward(
    code: str,
    channel: str,
    amount_yen: int,
    *,
    paid_on: date = OCTOBER_2,
    rate_bps: int = 500,
    earlier_yen: int = 0,
) -> PaymentReward:
    way = the(code).way(channel)
    assert way is not None
    return reward_of_payment(
        the(code), way, amount_yen=amount_yen, rate_bps=rate_bps, paid_on=paid_on, earlier_yen=earlier_yen
    )


# What the table holds


def test_the_table_has_27_services_of_25_issuers_in_the_printed_order() -> None:
    """P-37, P-37b: the three cards of Mitsubishi UFJ NICOS share an issuer."""
    services = published_services()

    assert [one.number for one in services] == list(range(1, 28))
    assert [services[at].code for at in (0, 12, 13, 19, 20, 26)] == [
        "aeon_card",
        "amex",
        "pasmo",
        "rakuten_edy",
        "line_pay",
        "j_coin_pay",
    ]
    assert len(issuers()) == 25
    assert [one.code for one in services if one.issuer.code == "mufg_card"] == ["mufg_card", "dc_card", "nicos_card"]


def test_kinds_are_13_credit_cards_7_of_e_money_and_7_of_smartphones() -> None:
    """P-39, P-41: no debit card stands among the main services."""
    counted = {kind: len(found(kind=kind)) for kind in ("credit", "debit", "e_money", "smartphone")}

    assert counted == {"credit": 13, "debit": 0, "e_money": 7, "smartphone": 7}


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ("aeon_card", ["0570-071-090"]),
        (
            "orico_card",
            [
                "011-261-6002",
                "022-215-2655",
                "049-271-3330",
                "052-735-3525",
                "06-6821-3860",
                "082-225-5360",
                "092-722-5477",
            ],
        ),
        ("saison_card", ["03-5996-1175", "06-7709-8063", "0570-666-798"]),
        ("jcb_card", ["0422-76-1700", "06-6941-1700", "092-712-4450", "011-271-1411"]),
        ("jaccs_card", ["0570-011-344"]),
        ("ts_cubic_card", ["03-5617-2511", "052-239-2511"]),
        ("mufg_card", ["0570-050535", "03-5489-6165"]),
        ("dc_card", ["03-3770-1177", "06-6533-6633"]),
        ("nicos_card", ["03-5940-1100", "06-6616-0770"]),
        ("smbc_card", ["0570-060-852"]),
        ("uc_card", ["03-5996-1241", "06-7709-8168"]),
        ("rakuten_card", ["0570-66-6910"]),
        ("amex", []),
        ("pasmo", ["0570-01-2807"]),
        ("suica", ["0570-036-776"]),
        ("manaca", ["052-582-5151"]),
        ("icoca", ["06-7638-1700"]),
        ("nanaco", ["0570-071-555"]),
        ("waon", ["0570-064-375"]),
        ("rakuten_edy", ["0570-081-999"]),
        ("line_pay", ["0120-102-613"]),
        ("paypay", ["0120-990-634"]),
        ("origami_pay", ["03-5843-0368"]),
        ("rakuten_pay", ["0570-000-348"]),
        ("merpay", ["050-3185-6930"]),
        ("au_pay", ["0077-7-1111"]),
        ("j_coin_pay", ["0120-324-367"]),
    ],
)
def test_a_service_has_the_numbers_that_the_notice_prints(code: str, numbers: list[str]) -> None:
    """P-37."""
    assert [one.phone for one in the(code).contacts if one.phone] == numbers


def test_the_numbers_of_four_services_gave_way_to_desks_of_their_own() -> None:
    """P-37: the mark in the table says that from 1 October 2019 another desk answers."""
    replaced = {one.code for one in published_services() if any(contact.until_on for contact in one.contacts)}

    assert replaced == {"jcb_card", "mufg_card", "dc_card", "nicos_card"}
    assert {one.until_on for one in the("jcb_card").contacts} == {date(2019, 9, 30)}


def test_orico_has_a_desk_for_each_region() -> None:
    """P-37."""
    labels = [one.label.name for one in the("orico_card").contacts]

    assert labels == ["北海道", "東北", "関東・甲信越", "東海・北陸", "近畿", "中国・四国", "九州・沖縄"]


def test_six_services_ask_for_preparation() -> None:
    """P-37: two cards and the four of trains and buses; all others need none."""
    prepared = [one.code for one in published_services() if one.preparation]

    assert prepared == ["orico_card", "jaccs_card", "pasmo", "suica", "manaca", "icoca"]


def test_only_the_page_of_j_coin_is_printed_two_ways() -> None:
    """X-06."""
    assert {one.code: one.pages for one in published_services() if len(one.pages) > 1} == {
        "j_coin_pay": (
            "https://www.mizuho-bank.co.jp/retail/oshirase/cashless/index.html",
            "https://www.mizuho.com/retail/oshirase/cashless/index.html",
        )
    }


def test_every_service_has_an_english_name_and_issuer() -> None:
    assert [one.code for one in published_services() if not (one.name_en and one.issuer.name_en)] == []


def test_the_desks_beside_the_table_are_those_of_the_programme_and_of_jpqr() -> None:
    """P-19, J-12."""
    told = [(one.phone, f"{one.opens:%H:%M}", f"{one.closes:%H:%M}", one.but and one.but.name) for one in desks()]

    assert told == [
        ("0120-010975", "10:00", "18:00", None),
        ("0120-206-100", "09:00", "18:00", "年末年始を除く"),
    ]


# Finding


@pytest.mark.parametrize(
    "query",
    ["らくてん", "ラクテン", "ﾗｸﾃﾝ", "rakuten", "RAKUTEN", "楽天"],
    ids=["hiragana", "katakana", "half", "latin", "caps", "kanji"],
)
def test_a_name_is_found_in_any_writing(query: str) -> None:
    """P-41."""
    assert found(query) == ["rakuten_card", "rakuten_edy", "rakuten_pay"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("au pay", ["au_pay"]),
        ("aupay", ["au_pay"]),
        ("ＬＩＮＥ　ＰＡＹ", ["line_pay"]),
        ("スイカ", ["suica"]),
        ("suica", ["suica"]),
        ("いこか", ["icoca"]),
        ("東日本旅客鉄道", ["suica"]),
        ("KDDI", ["au_pay"]),
        ("JRE POINT", ["suica"]),
        ("楽天 カード", ["rakuten_card"]),
        ("楽天 PayPay", []),
    ],
)
def test_every_word_must_fit(query: str, codes: list[str]) -> None:
    assert found(query) == codes


def test_latin_words_are_found_from_their_beginning_only() -> None:
    """`ion` stands in every Corporation, but begins the reading of AEON alone."""
    assert found("ion") == ["aeon_card"]


def test_filters_narrow_together() -> None:
    """P-41."""
    assert found(kind="credit", method="points") == ["orico_card", "dc_card", "nicos_card", "rakuten_card"]
    assert found(brand="American Express", method="bill_offset") == ["saison_card", "mufg_card", "amex"]
    assert found(issuer="mufg_card", method="points") == ["dc_card", "nicos_card"]
    assert found(method="instant_discount") == ["origami_pay"]
    assert found(method="prepaid_value") == ["waon", "rakuten_edy", "line_pay", "paypay"]
    assert found(method="account_credit") == []


def test_an_unknown_filter_finds_nothing() -> None:
    assert found(kind="cash") == found(issuer="nobody") == found(brand="X") == found(method="X") == []


# Is my card in?


@pytest.mark.parametrize(
    ("said", "outcome", "reason", "codes"),
    [
        ({"text": "楽天カード"}, "yes", "in_table", ["rakuten_card"]),
        ({"text": "楽天カード VISA"}, "yes", "in_table", ["rakuten_card"]),
        ({"text": "アメリカン・エキスプレス・カード"}, "yes", "in_table", ["amex"]),
        ({"text": "American Express Card"}, "yes", "in_table", ["amex"]),
        ({"text": "三井住友 VISAカード"}, "yes", "in_table", ["smbc_card"]),
        ({"issuer": "rakuten_card", "brand": "JCB"}, "yes", "in_table", ["rakuten_card"]),
        ({"issuer": "mufg_card"}, "yes", "in_table", ["mufg_card", "dc_card", "nicos_card"]),
        ({"issuer": "manaca"}, "yes", "in_table", ["manaca"]),
        ({"text": "dカード"}, "yes", "search_page", []),
        ({"text": "TOICA"}, "no", "no_points", []),
        ({"text": "はやかけん"}, "no", "no_points", []),
        ({"text": "manaca 名古屋交通開発機構"}, "no", "other_manaca", []),
        ({"issuer": ISSUED_ABROAD, "brand": "VISA"}, "no", "issued_abroad", []),
        ({"text": "manaca"}, "ask", "manaca", ["manaca"]),
        ({"text": "楽天"}, "ask", "several", ["rakuten_card", "rakuten_edy", "rakuten_pay"]),
        ({"issuer": "smbc_card", "brand": "Diners Club"}, "ask", "other_brand", ["smbc_card"]),
        ({"issuer": "nanaco", "text": "セブンカード・プラス"}, "ask", "other_card", ["nanaco"]),
        ({"text": "nimoca"}, "ask", "without_row", []),
        ({"text": "d払い"}, "ask", "without_row", []),
        ({"text": "みずほJCBデビット"}, "ask", "debit", []),
        ({"text": "地元銀行カード"}, "ask", "not_listed", []),
        ({"issuer": OTHER_ISSUER, "brand": "VISA"}, "ask", "not_listed", []),
        ({"issuer": OTHER_ISSUER, "text": "楽天カード"}, "ask", "not_listed", []),
    ],
)
def test_a_card_is_in_or_not_or_its_issuer_must_be_asked(
    said: dict[str, str], outcome: str, reason: str, codes: list[str]
) -> None:
    """P-20, P-32, P-37b, P-41, P-48."""
    assert answer(**said) == (outcome, reason, codes)


@pytest.mark.parametrize("said", [{"brand": "JCB"}, {"text": "JCB"}, {"text": "ｊｃｂ"}])
def test_a_brand_alone_is_never_enough(said: dict[str, str]) -> None:
    """P-46: a card is in only if the company that issued it registered; the list says which companies did."""
    outcome, reason, codes = answer(**said)

    assert (outcome, reason) == ("ask", "brand_only")
    assert "jcb_card" in codes
    assert "rakuten_card" in codes


def test_a_name_within_another_name_is_no_yes() -> None:
    """`PayPay銀行` is another company than PayPay."""
    assert answer(text="PayPay銀行") == ("ask", "several", ["paypay"])


def test_of_a_card_of_which_nothing_is_said_nothing_is_answered() -> None:
    assert is_card_in() is None
    assert is_card_in(text="  ") is None


# What a payment gave


def test_11000_yen_give_550_or_220() -> None:
    """P-35."""
    assert reward("aeon_card", "card", 11_000).points == 550
    assert reward("aeon_card", "card", 11_000, rate_bps=200).points == 220


def test_a_monthly_cap_leaves_what_the_month_has_not_used() -> None:
    """P-36: 15,000 points are ¥300,000 at 5 %."""
    first = reward("aeon_card", "card", 11_000)
    last = reward("aeon_card", "card", 11_000, earlier_yen=295_000)
    beyond = reward("aeon_card", "card", 11_000, earlier_yen=300_000)

    assert (first.points, first.left_points, first.left_yen, first.capped_by) == (550, 14_450, 289_000, "")
    assert (last.points, last.raw_points, last.left_points, last.capped_by) == (250, 550, 0, "window")
    assert (beyond.points, beyond.left_points, beyond.arrivals) == (0, 0, ())


@pytest.mark.parametrize(
    ("code", "channel", "left_points"),
    [("pasmo", "ic", 19_450), ("amex", "card", 134_450), ("ts_cubic_card", "card", 149_450), ("merpay", "id", 14_450)],
    ids=["three months", "nine months", "nine months, other", "one channel of two"],
)
def test_each_base_of_a_cap_leaves_its_own_rest(code: str, channel: str, left_points: int) -> None:
    """P-38."""
    assert reward(code, channel, 11_000).left_points == left_points


def test_a_cap_on_each_payment_is_not_used_up_by_others() -> None:
    """P-37, P-38: 2,500 points a payment with Rakuten Edy."""
    alone = reward("rakuten_edy", "ic", 60_000)
    after = reward("rakuten_edy", "ic", 60_000, earlier_yen=1_000_000)

    assert (alone.points, alone.raw_points, alone.left_points, alone.capped_by) == (2_500, 3_000, None, "payment")
    assert after.points == 2_500


def test_a_cap_on_each_charge_cuts_the_amount_that_counts() -> None:
    """X-08: read as the most that the card can hold."""
    bought = reward("suica", "ic", 30_000)

    assert (bought.counted_yen, bought.points, bought.capped_by, bought.left_points) == (20_000, 1_000, "charge", None)


@pytest.mark.parametrize(
    ("code", "channel", "paid_on", "days"),
    [
        ("aeon_card", "card", date(2019, 10, 31), [date(2019, 12, 1)]),
        ("jcb_card", "card", date(2019, 12, 5), [date(2020, 1, 1)]),
        ("dc_card", "card", date(2019, 10, 2), [date(2019, 12, 1), date(2019, 11, 30)]),
        ("pasmo", "ic", date(2019, 12, 31), [date(2020, 1, 1)]),
        ("icoca", "ic", date(2020, 1, 20), [date(2020, 4, 15)]),
        ("nanaco", "ic", date(2019, 10, 2), [date(2019, 11, 15)]),
        ("rakuten_edy", "ic", date(2019, 10, 2), [date(2019, 11, 1)]),
        ("line_pay", "code", date(2019, 10, 2), [date(2019, 10, 2)]),
        ("line_pay", "card", date(2019, 10, 2), [date(2019, 11, 1)]),
        ("paypay", "code", date(2019, 10, 2), [date(2019, 11, 20)]),
        ("rakuten_pay", "code", date(2019, 12, 2), [date(2020, 2, 29)]),
        ("merpay", "code", date(2019, 10, 7), [date(2019, 10, 14)]),
    ],
)
def test_points_arrive_when_the_table_says(code: str, channel: str, paid_on: date, days: list[date]) -> None:
    """P-37; where the table leaves a choice, both days."""
    given = reward(code, channel, 1_000, paid_on=paid_on)

    assert [one.credit_on for one in given.arrivals] == days


def test_a_payment_outside_the_programme_gives_nothing() -> None:
    """P-02."""
    late = reward("aeon_card", "card", 11_000, paid_on=date(2020, 7, 1))

    assert (late.points, late.left_points, late.left_yen, late.arrivals) == (0, None, None, ())


def test_the_spending_that_reaches_a_cap_is_rounded_up() -> None:
    """P-36: ¥300,000 to ¥750,000."""
    assert spending_yen(15_000, 500) == 300_000
    assert spending_yen(15_000, 200) == 750_000
    assert spending_yen(1, 300) == 34


def test_of_alternatives_each_has_its_own_day() -> None:
    told = arrivals("billing:+2|month_end:+2", date(2019, 11, 30))

    assert [(one.credit_rule, one.credit_on) for one in told] == [
        ("billing:+2", date(2020, 1, 1)),
        ("month_end:+2", date(2020, 1, 31)),
    ]
