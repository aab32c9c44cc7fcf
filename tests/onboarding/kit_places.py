"""Places to make kits of in tests, and what the kit's pages say and show."""

from __future__ import annotations

from datetime import date

import zxingcpp

from madoguchi.jpqr.fitting import MM_PER_PT
from madoguchi.onboarding.kit import KitDesk, KitPlace, KitService, kit_pdf
from tests.jpqr.paper import REAL_STORE, TEST_STORE, drawn, numbered, pages_of, sticker, words_on

DAY = date(2019, 9, 20)
START, LATER = date(2019, 10, 1), date(2019, 12, 1)
DESK = KitDesk(
    "富岡市キャッシュレス事務局", "Tomioka City cashless desk", "0274-62-1511", "平日 9:00-17:00", "weekdays 9:00-17:00"
)
ALL = ("letter", "stand", "stickers", "rate_stickers", "poster", "caution", "fraud")
FRAUD = "電話やメッセージで口座番号・ID・パスワードをお聞きすることはありません。"
FRAUD_EN = "Nobodywillaskforyouraccountnumber,IDorpasswordbyphoneormessage."
# On 50 mm.
FRAUD_SHORT = "電話で口座番号・パスワードをお聞きしません。"
FRAUD_SHORT_EN = "Weneverphoneforaccountnumbersorpasswords."


def services(*names, late=()):
    return tuple(KitService(name, START) for name in names) + tuple(KitService(name, LATER) for name in late)


def shop(store=REAL_STORE, **facts):
    """A café that starts with two services on 1 October 2019 and gives 5 %."""
    usual = {
        "place_name": "喫茶まゆ",
        "place_name_en": "Cafe Mayu",
        "municipality": "群馬県富岡市",
        "municipality_en": "Tomioka City, Gunma",
        "organisation": "株式会社まゆ",
        "postal_code": "3702316",
        "address": "群馬県富岡市富岡1-1-1",
        "recipient": "店長　富岡 絹子 様",
        "services": services("PayPay", "d払い"),
        "rate_bps": 500,
        "sticker": sticker(store) if store else None,
    }
    return KitPlace(**(usual | facts))


def town(**facts):
    """A town hall's division: nothing is rewarded there (P-15)."""
    usual = {
        "place_name": "富岡市役所 市民課",
        "place_name_en": "Tomioka City Hall, Citizen Service Division",
        "organisation": "富岡市",
        "postal_code": "370-2392",
        "recipient": "",
        "rate_bps": None,
    }
    return shop(**(usual | facts))


def shops(count, **facts):
    """So many shops, each with its own code, whose posting order is that of their numbers."""
    return [
        shop(place_name=f"まちの店{at:04}", postal_code=f"{3_700_000 + at}", sticker=one, **facts)
        for at, one in enumerate(numbered(count))
    ]


def kit(*places, **options):
    """The pages of the places' kits."""
    return pages_of(kit_pdf(places, **({"desk": DESK, "day": DAY} | options)))


def sheet(part, place, **options):
    """The page of one part of a place's kit, and its words without spaces."""
    (page,) = kit(place, parts=(part,), **options)
    return page, words_on(page)


def codes_on(page):
    return [one.text for one in zxingcpp.read_barcodes(drawn(page))]


def size_mm(page):
    return tuple(round(side * MM_PER_PT) for side in page.get_size())


def words_and_boxes(page):
    """Each run of text, and its left, upper, right and lower edges in mm from the upper left corner."""
    height = page.get_height()
    for one in page.get_objects(filter=[1], textpage=page.get_textpage()):
        if text := one.extract().strip():
            left, bottom, right, top = one.get_bounds()
            yield text, tuple(side * MM_PER_PT for side in (left, height - top, right, height - bottom))


__all__ = ["REAL_STORE", "TEST_STORE", "words_on"]
