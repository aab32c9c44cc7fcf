"""Whom to call: one support office for each prefecture, one desk for each kind of caller (P-18, P-19)."""

from collections import Counter
from datetime import date, time

import pytest

from madoguchi.onboarding.postal import municipalities
from madoguchi.onboarding.support import contacts, support_office

OPENED_ON = date(2019, 7, 22)
PREFECTURES = sorted({one.prefecture for one in municipalities().values()})


def test_every_prefecture_has_exactly_one_office():
    """P-18: nine offices; 関東 also for 新潟, 山梨, 長野 and 静岡, 近畿 also for 福井."""
    offices = {prefecture: support_office(prefecture, OPENED_ON) for prefecture in PREFECTURES}

    assert len(offices) == 47
    assert Counter(office.name for office in offices.values()) == {
        "北海道サポート事務局": 1,
        "東北サポート事務局": 6,
        "関東サポート事務局": 11,
        "中部サポート事務局": 5,
        "近畿サポート事務局": 7,
        "中国サポート事務局": 5,
        "四国サポート事務局": 4,
        "九州サポート事務局": 7,
        "沖縄サポート事務局": 1,
    }
    named = Counter(prefecture for office in set(offices.values()) for prefecture in office.prefectures)
    assert named == dict.fromkeys(PREFECTURES, 1)


@pytest.mark.parametrize(
    ("prefecture", "phone"),
    [
        ("北海道", "011-252-7887"),
        ("福島県", "022-796-6460"),
        ("長野県", "03-3551-2629"),
        ("愛知県", "052-963-3917"),
        ("福井県", "06-6262-2951"),
        ("鳥取県", "082-509-2716"),
        ("高知県", "087-873-2101"),
        ("大分県", "092-753-6990"),
        ("沖縄県", "098-861-6055"),
    ],
)
def test_an_office_is_reached_by_phone_from_ten_to_six(prefecture, phone):
    office = support_office(prefecture, OPENED_ON)
    assert (office.phone, office.opens, office.closes) == (phone, time(10), time(18))


@pytest.mark.parametrize(("prefecture", "day"), [("群馬県", date(2019, 7, 21)), ("江戸", OPENED_ON), ("", OPENED_ON)])
def test_before_the_offices_opened_and_elsewhere_there_is_none(prefecture, day):
    assert support_office(prefecture, day) is None


def test_each_kind_of_caller_has_a_desk():
    """P-19."""
    assert {one.for_whom: (one.phone, one.ip_phone, one.opens, one.closes) for one in contacts(OPENED_ON)} == {
        "consumers": ("0120-010975", "", time(10), time(18)),
        "businesses": ("0570-000655", "042-303-4203", time(10), time(18)),
        "providers": ("0570-012141", "", time(10), time(18)),
    }
