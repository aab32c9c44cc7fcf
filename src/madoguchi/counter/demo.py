"""The demo's fee schedules: example prices, marked as demo."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from madoguchi.counter.models import FeeItem, FeeOffer, FeePrice
from madoguchi.registry.demo import YASUOKA, DemoRegistry
from madoguchi.registry.models import Organisation, Place

PRICES_FROM = date(2020, 4, 1)
CERTIFICATES = "手数料／総務手数料／証明書発行手数料"
FACILITIES = "使用料／教育使用料／施設使用料"
ADMISSION = "使用料／教育使用料／観覧料"

# code, name, name_en, revenue account, yen
CERTIFICATE_ITEMS = (
    ("residence", "住民票の写し", "Copy of certificate of residence", CERTIFICATES, 300),
    ("seal", "印鑑登録証明書", "Seal registration certificate", CERTIFICATES, 300),
    ("family", "戸籍全部事項証明書", "Family register certificate", CERTIFICATES, 450),
    ("tax", "納税証明書", "Tax payment certificate", CERTIFICATES, 300),
    ("income", "所得・課税証明書", "Income and tax certificate", CERTIFICATES, 300),
)
FACILITY_ITEMS = (
    ("room_half", "会議室（半日）", "Meeting room (half day)", FACILITIES, 600),
    ("hall_hour", "ホール（1時間）", "Hall (one hour)", FACILITIES, 1_200),
    ("playroom", "遊戯室", "Playroom", FACILITIES, 200),
)
ADMISSION_ITEMS = (
    ("adult", "観覧料 一般", "Admission, adult", ADMISSION, 1_000),
    ("student", "観覧料 高校・大学生", "Admission, student", ADMISSION, 250),
    ("child", "観覧料 小・中学生", "Admission, child", ADMISSION, 150),
)
OFFICE_ITEMS = (("shop", "店頭販売品（デモ）", "Goods sold at the counter (demo)", "売上", 500),)
BY_PURPOSE = {
    "certificate_fee": CERTIFICATE_ITEMS,
    "various_certificate_fee": CERTIFICATE_ITEMS,
    "facility_fee": FACILITY_ITEMS,
    "admission_fee": ADMISSION_ITEMS,
}


@transaction.atomic
def add_fee_schedules(registry: DemoRegistry) -> None:
    """Give every demo place the items of its purposes."""
    for place in registry.places:
        for purpose in place.purposes.all():
            _offer(place.operator, place, place, purpose.code, BY_PURPOSE[purpose.code])
    village = registry.towns[YASUOKA]
    office, division = registry.post_office, registry.village_division
    _offer(village, division, division, "certificate_fee", CERTIFICATE_ITEMS)
    _offer(village, office, division, "certificate_fee", CERTIFICATE_ITEMS[:2])
    # Not among the designated revenues: the till shows it and refuses it.
    _offer(village, office, division, "facility_fee", FACILITY_ITEMS[:1])
    _offer(registry.post_office_operator, office, office, "certificate_fee", OFFICE_ITEMS)


def _offer(
    principal: Organisation,
    place: Place,
    division: Place,
    purpose: str,
    items: tuple[tuple[str, str, str, str, int], ...],
) -> None:
    for position, (code, name, name_en, account, unit_yen) in enumerate(items):
        item, created = FeeItem.objects.get_or_create(
            principal=principal,
            code=code,
            defaults={
                "name": name,
                "name_en": name_en,
                "purpose_id": purpose,
                "revenue_account": account,
                "position": position,
            },
        )
        if created:
            FeePrice.objects.create(item=item, starts_on=PRICES_FROM, unit_yen=unit_yen)
        FeeOffer.objects.get_or_create(item=item, place=place, defaults={"division": division})
