"""Stickers to print in tests, usual and awkward ones, and what a printed page shows."""

import dataclasses

import pypdfium2

from madoguchi.jpqr import KeyPair, Sticker, StoreId, fit_name, sign, static_payload

TEST_STORE = StoreId("0000000000001", "0001", "000001", "000001")
REAL_STORE = StoreId("1234567890123", "0001", "000123", "000001")
MUSEUM = "富岡市立美術博物館・福沢一郎記念美術館"
FORMATS = ("a5", "a4", "sticker", "card")
# RFC 8032, 7.1, test 1: a new key for each run would make other codes each time.
KEY = KeyPair(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
)
PER_PAGE = {"a5": 1, "a4": 1, "sticker": 20, "card": 10}
MANY_SERVICES = [
    "PayPay", "d払い", "au PAY", "楽天ペイ", "メルペイ", "ゆうちょPay", "FamiPay", "J-Coin Pay",
    "銀行Pay", "Smart Code", "Alipay+", "WeChat Pay", "支払い秘書", "ギフティプレモPlus",
]  # fmt: skip


def sticker(store_id=TEST_STORE, **facts):
    name = facts.get("place_name", MUSEUM)
    payload = static_payload(
        store_id=store_id,
        merchant_name="TOMIOKA MUSEUM OF ART",
        city="TOMIOKA",
        postal_code="3702344",
        mcc="7991",
        local_name=fit_name(name) or None,
    )
    usual = {
        "place_name": name,
        "place_name_en": "Tomioka City Museum of Art",
        "municipality": "群馬県富岡市",
        "municipality_en": "Tomioka City, Gunma",
        "store_id": store_id,
        "payload": payload,
        "services": ["PayPay", "d払い", "au PAY", "ゆうちょPay"],
    }
    return Sticker(**(usual | facts))


def numbered(count, store_id=REAL_STORE, **facts):
    """Stickers of so many places, each with its own code."""
    stores = [dataclasses.replace(store_id, level3=f"{number:06}") for number in range(1, count + 1)]
    return [sticker(store, **facts) for store in stores]


def awkward(store_id=TEST_STORE, **facts):
    """Long names, many services, and everything that only some stickers say."""
    return sticker(
        store_id,
        **(
            {
                "place_name": "独立行政法人国立高等専門学校機構群馬工業高等専門学校附属地域連携テクノセンター分室",
                "place_name_en": "Gunma College of Technology, Annex of the Regional Co-operation Centre " * 2,
                "municipality": "北海道虻田郡ニセコ町",
                "municipality_en": "Niseko Town, Abuta District, Hokkaido",
                "services": MANY_SERVICES,
                "contact": "0274-62-1511",
                "warns_of_foreign_cards": True,
            }
            | facts
        ),
    )


def signed(one):
    """The same sticker with a signed code, the longest there is: 380 to 440 bytes."""
    payload = sign(one.payload, KEY)
    assert 380 <= len(payload.encode()) <= 440
    return dataclasses.replace(one, payload=payload)


def words_on(page):
    """The page's text without spaces and line breaks, which fall where the line is full."""
    return "".join(page.get_textpage().get_text_bounded().split())


def drawn(page, dpi=150):
    return page.render(scale=dpi / 72).to_pil().convert("RGB")


def pages_of(pdf):
    return list(pypdfium2.PdfDocument(pdf, autoclose=True))
