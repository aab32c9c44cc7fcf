"""Which registrations are one place: names, addresses, phones and numbers compared (名寄せ; P-21, P-29, P-30)."""

from madoguchi.engine.linkage.address import normal_address
from madoguchi.engine.linkage.linking import LinkageResult, link
from madoguchi.engine.linkage.words import (
    normal_corporate_number,
    normal_kana,
    normal_name,
    normal_phone,
    normal_postal_code,
)

__all__ = [
    "LinkageResult",
    "link",
    "normal_address",
    "normal_corporate_number",
    "normal_kana",
    "normal_name",
    "normal_phone",
    "normal_postal_code",
]
