"""Codes that a customer shows (consumer-presented): BER-TLV in Base64, read and written strictly.

EMVCo's form begins with the indicator "CPV01", JPQR's with "JPQR1". A till reads one to ask the right provider for
the money, so a code that is only half understood must stop here and not at somebody else's account.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from madoguchi.jpqr.errors import PayloadError

CpmScheme = Literal["jpqr-cpm", "emv-cpm"]
SCHEMES: dict[bytes, CpmScheme] = {b"JPQR1": "jpqr-cpm", b"CPV01": "emv-cpm"}
INDICATOR, APPLICATION, COMMON = "85", "61", "62"
OPERATOR, PAYMENT_ID, FREE = "4F", "57", "99"

MAX_BYTES = 512  # EMVCo's limit for the data under the Base64
MAX_DEPTH = 4  # EMVCo nests two templates; more is somebody trying the stack
MAX_OPERATOR_DIGITS = 32  # an application's name has at most 16 bytes
MAX_PAYMENT_ID_DIGITS = 38  # track 2 has at most 19 bytes
_CONSTRUCTED, _TAG_GOES_ON, _MORE = 0x20, 0x1F, 0x80


@dataclass(frozen=True, slots=True)
class TlvField:
    """One tag in hexadecimal, such as "4F" or "9F24"; a template has `fields`, anything else a `value` of bytes.

    `offset` is the byte at which the value begins; it takes no part in equality.
    """

    tag: str
    value: bytes = b""
    fields: tuple["TlvField", ...] = ()
    offset: int = field(default=0, compare=False, repr=False)

    @property
    def is_template(self) -> bool:
        """Whether the tag itself says that it holds others."""
        return bool(bytes.fromhex(self.tag)[0] & _CONSTRUCTED)

    @property
    def encoded(self) -> bytes:
        """Tag, length and value in BER, the length in its shortest form."""
        value = b"".join(one.encoded for one in self.fields) if self.is_template else self.value
        return bytes.fromhex(self.tag) + _length(len(value)) + value


@dataclass(frozen=True, slots=True)
class CpmCode:
    """What a customer's code holds. Digits are as packed in the code, leading zeros kept.

    They are read in hexadecimal, for EMVCo's names have letters and track 2 has a D between its parts; whether anybody
    is known by them is for the till to look up.
    """

    scheme: CpmScheme
    fields: tuple[TlvField, ...]

    def values(self, *path: str) -> list[bytes]:
        """Every value at a path such as ("61", "57"), in order; a code may offer several applications."""
        found = self.fields
        for tag in path[:-1]:
            found = tuple(inner for one in found if one.tag == tag for inner in one.fields)
        return [one.value for one in found if one.tag == path[-1]]

    @property
    def operator_code(self) -> str | None:
        """Whose payment this is: the digits of tag 4F (an AID in plain EMV codes), of the first application."""
        return _digits(self.values(APPLICATION, OPERATOR))

    @property
    def payment_id(self) -> str | None:
        """The payment's number at that operator: the digits of tag 57, of the first application."""
        return _digits(self.values(APPLICATION, PAYMENT_ID))

    @property
    def free_data(self) -> bytes | None:
        """What the operator added for itself in tag 99, if anything."""
        return next(iter(self.values(APPLICATION, FREE)), None)


def is_cpm(text: str) -> bool:
    """Whether a text begins as a consumer-presented code does, so that `decode_cpm` is the one to ask."""
    return text.startswith(("hQVDUFY", "hQVKUFFS"))


def jpqr_cpm(*, operator_code: str, payment_id: str, free_data: bytes = b"") -> CpmCode:
    """A JPQR code for a customer's screen. `operator_code` has up to 32 digits, `payment_id` up to 38.

    Raises PayloadError `bad_value`, `too_long`.
    """
    inner = [
        TlvField(OPERATOR, _packed(operator_code, MAX_OPERATOR_DIGITS, "61.4F")),
        TlvField(PAYMENT_ID, _packed(payment_id, MAX_PAYMENT_ID_DIGITS, "61.57")),
    ]
    if free_data:
        inner.append(TlvField(FREE, free_data))
    return CpmCode("jpqr-cpm", (TlvField(INDICATOR, b"JPQR1"), TlvField(APPLICATION, fields=tuple(inner))))


def encode_cpm(code: CpmCode) -> str:
    """Write a code in Base64. What is written is read again first. Raises PayloadError as `decode_cpm` does."""
    text = base64.b64encode(b"".join(one.encoded for one in code.fields)).decode()
    if decode_cpm(text) != code:
        raise PayloadError("tree_differs", "", 0, "a field holds both a value and further fields, or the wrong one")
    return text


def decode_cpm(text: str) -> CpmCode:
    """Read what a customer's screen shows.

    Offsets in errors count characters of the Base64 text. Raises PayloadError `bad_base64`, `bad_header`,
    `too_long`, `cut_short`, `bad_tag`, `bad_length`, `empty_value`, `past_end`, `duplicate_tag`, `missing_tag`,
    `too_deep`.
    """
    if not is_cpm(text):
        raise PayloadError("bad_header", INDICATOR, 0, "a customer's code begins with CPV01 or JPQR1 in Base64")
    data = _bytes_of(text)
    fields = tuple(_split(data, 0, len(data), "", 0))
    scheme = SCHEMES.get(fields[0].value) if fields[0].tag == INDICATOR else None
    if scheme is None:
        raise PayloadError("bad_header", INDICATOR, 0, "the format is neither CPV01 nor JPQR1")
    code = CpmCode(scheme, fields)
    _check_applications(code, len(text))
    return code


def _bytes_of(text: str) -> bytes:
    if len(text) > (MAX_BYTES + 2) // 3 * 4:
        raise PayloadError("too_long", "", 0, f"at most {MAX_BYTES} bytes")
    bad = next((at for at, one in enumerate(text) if not (one.isascii() and (one.isalnum() or one in "+/="))), None)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PayloadError("bad_base64", "", len(text) if bad is None else bad, "this is not Base64") from error
    if base64.b64encode(data).decode() != text:
        # Bits behind the last byte, or padding in odd places: two texts must not stand for one code.
        raise PayloadError("bad_base64", "", len(text.rstrip("=")) - 1, "the last characters carry stray bits")
    if len(data) > MAX_BYTES:
        raise PayloadError("too_long", "", 0, f"at most {MAX_BYTES} bytes")
    return data


def _split(data: bytes, start: int, end: int, parent: str, depth: int) -> Iterator[TlvField]:
    """The fields of data[start:end], templates opened."""
    seen: set[str] = set()
    at = start
    while at < end:
        tag, length_at = _tag(data, at, end, parent)
        path = f"{parent}.{tag}" if parent else tag
        # Several applications may be offered, and only they may repeat.
        if tag in seen and path != APPLICATION:
            raise _fault("duplicate_tag", path, at, "a tag may appear once")
        seen.add(tag)
        length, value_at = _length_at(data, length_at, end, path)
        if not length:
            raise _fault("empty_value", path, length_at, "a value has at least one byte; leave it out")
        if value_at + length > end:
            raise _fault("past_end", path, length_at, f"says {length} bytes, only {end - value_at} are left")
        is_template, at = data[at] & _CONSTRUCTED, value_at + length
        if is_template and depth == MAX_DEPTH:
            raise _fault("too_deep", path, value_at, f"templates nest at most {MAX_DEPTH} deep")
        if is_template:
            yield TlvField(tag, fields=tuple(_split(data, value_at, at, path, depth + 1)), offset=value_at)
        else:
            yield TlvField(tag, data[value_at:at], offset=value_at)


def _tag(data: bytes, at: int, end: int, parent: str) -> tuple[str, int]:
    """The tag at `at` in hexadecimal, and where its length stands (ISO/IEC 7816-4: at most three bytes)."""
    stop = at + 1
    if data[at] & _TAG_GOES_ON == _TAG_GOES_ON:
        while stop < end and data[stop] & _MORE and stop - at < 3:
            stop += 1
        stop += 1
    if stop >= end:
        raise _fault("cut_short", parent, at, "a tag is followed by a length and a value")
    if data[at] in (0x00, 0xFF) or stop - at > 3:
        raise _fault("bad_tag", parent, at, f"{data[at:stop].hex().upper()} is no tag")
    return data[at:stop].hex().upper(), stop


def _length_at(data: bytes, at: int, end: int, path: str) -> tuple[int, int]:
    """A length and where its value begins; only the shortest way of writing it is taken."""
    first = data[at]
    if first < _MORE:
        return first, at + 1
    count = first - _MORE
    if not 1 <= count <= 2:
        raise _fault("bad_length", path, at, "a length has one to three bytes and no open end")
    if at + 1 + count > end:
        raise _fault("cut_short", path, at, "the length is not all there")
    length = int.from_bytes(data[at + 1 : at + 1 + count], "big")
    if length < _MORE or (count == 2 and length < 0x100):
        raise _fault("bad_length", path, at, "a length is written in as few bytes as it takes")
    return length, at + 1 + count


def _length(length: int) -> bytes:
    if length < _MORE:
        return bytes([length])
    size = (length.bit_length() + 7) // 8
    return bytes([_MORE + size]) + length.to_bytes(size, "big")


def _check_applications(code: CpmCode, end: int) -> None:
    is_jpqr = code.scheme == "jpqr-cpm"
    # EMVCo lets a template common to all applications hold the number; JPQR has it beside the operator.
    offers, due = ((APPLICATION,), (OPERATOR, PAYMENT_ID)) if is_jpqr else ((APPLICATION, COMMON), (OPERATOR,))
    if not any(one.tag in offers for one in code.fields):
        raise PayloadError("missing_tag", "-".join(offers), end, "the code offers no way to pay")
    for application in (one for one in code.fields if one.tag == APPLICATION):
        inner = {one.tag for one in application.fields}
        for tag in due:
            if tag not in inner:
                path = f"{APPLICATION}.{tag}"
                raise _fault("missing_tag", path, application.offset, "the application is not named in full")


def _digits(values: list[bytes]) -> str | None:
    """Packed digits as text; the F that fills an odd count's last half byte is dropped."""
    return values[0].hex().upper().removesuffix("F") if values else None


def _packed(digits: str, most: int, path: str) -> bytes:
    if not (digits.isascii() and digits.isdigit()):
        raise PayloadError("bad_value", path, 0, "digits only")
    if len(digits) > most:
        raise PayloadError("too_long", path, 0, f"{len(digits)} digits, must be at most {most}")
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def _fault(code: str, path: str, byte: int, message: str) -> PayloadError:
    # Four characters of Base64 stand for three bytes.
    return PayloadError(code, path, byte * 4 // 3, message)
