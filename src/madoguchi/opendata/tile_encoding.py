"""A vector tile's layer of points, in the protocol-buffer form of the Mapbox Vector Tile standard, version 2.1.

Own code, for most of a nation's hundred thousand tiles hold a few points each: the library's objects took five times as
long. The library reads in the tests and the benchmark what is written here, and draws the base with its areas.
"""

from __future__ import annotations

from collections.abc import Sequence

EXTENT = 4096
# Tags of fields: number << 3 | kind (0 a number, 2 bytes with their length in front).
_LAYER, _NAME, _FEATURE, _KEY, _VALUE = b"\x1a", b"\x0a", b"\x12", b"\x1a", b"\x22"
_TAGS, _TYPE_POINT, _GEOMETRY = b"\x12", b"\x18\x01", b"\x22"
_TEXT_VALUE, _WHOLE_VALUE = b"\x0a", b"\x28"
_VERSION_2, _EXTENT_4096 = b"\x78\x02", b"\x28\x80\x20"
_MOVE_ONCE = b"\x09"


def varint(number: int) -> bytes:
    """A number from 0 on in as few bytes as it needs, seven bits each."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


_SMALL = [varint(number) for number in range(1 << 14)]


def _varint(number: int) -> bytes:
    return _SMALL[number] if number < len(_SMALL) else varint(number)


def _with_length(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


def points_tile(name: str, across: Sequence[int], down: Sequence[int], facts: Sequence[dict[str, str | int]]) -> bytes:
    """A tile of one layer: a point for each of `facts`, `across` and `down` in units of 1/4096 from the north-west.

    Whole numbers of `facts` are from 0 on.
    """
    keys: dict[str, bytes] = {}
    values: dict[str | int, bytes] = {}
    features = []
    for x, y, properties in zip(across, down, facts, strict=True):
        tags = []
        for key, value in properties.items():
            if (key_tag := keys.get(key)) is None:
                key_tag = keys[key] = _varint(len(keys))
            if (value_tag := values.get(value)) is None:
                value_tag = values[value] = _varint(len(values))
            tags.append(key_tag + value_tag)
        # Zigzag of a number from 0 on is its double; the first point is told from the corner.
        geometry = _MOVE_ONCE + _varint(2 * x) + _varint(2 * y)
        written = _with_length(_TAGS, b"".join(tags)) + _TYPE_POINT + _with_length(_GEOMETRY, geometry)
        features.append(_with_length(_FEATURE, written))
    layer = b"".join(
        (
            _VERSION_2,
            _with_length(_NAME, name.encode()),
            *features,
            *(_with_length(_KEY, key.encode()) for key in keys),
            *(_with_length(_VALUE, _value(value)) for value in values),
            _EXTENT_4096,
        )
    )
    return _with_length(_LAYER, layer)


def _value(value: str | int) -> bytes:
    if isinstance(value, str):
        return _with_length(_TEXT_VALUE, value.encode())
    return _WHOLE_VALUE + _varint(value)
