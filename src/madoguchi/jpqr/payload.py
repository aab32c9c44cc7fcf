"""EMVCo merchant-presented payloads: from text to a tree of tags and back, strictly.

A counter that accepts a half-read code sends a payer's money to nobody knows whom. So this reader repairs
nothing: it either understands every character or says which one it does not.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from madoguchi.jpqr.errors import PayloadError
from madoguchi.jpqr.rules import (
    MANDATORY,
    MAX_VALUE_CHARACTERS,
    fee_tags,
    is_template,
    required_in,
    rule_at,
)

HEADER = "000201"
CRC_TAG = "63"
CRC_HEAD = "6304"

_TWO_DIGITS = re.compile("[0-9]{2}")  # not str.isdigit, which takes full-width digits too
_CRC = re.compile("[0-9A-F]{4}")
# Controls, line breaks, halves of surrogate pairs; and the marks that turn the direction of text, with which a
# sticker could show another shop's name than the one encoded.
_BAD_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Field:
    """One tag of a payload. A template's `value` is the text of its `fields`.

    `offset` is where the value begins, in characters from the payload's start; it takes no part in equality.
    Build one with `leaf` or `template`.
    """

    tag: str
    value: str
    fields: tuple["Field", ...] = ()
    offset: int = field(default=0, compare=False, repr=False)

    @property
    def text(self) -> str:
        """Tag, length in characters, value."""
        return f"{self.tag}{len(self.value):02}{self.value}"


@dataclass(frozen=True, slots=True)
class Payload:
    """The tags of a code in their order, without the checksum, which `encode` computes anew."""

    fields: tuple[Field, ...]

    def find(self, path: str) -> Field | None:
        """The field at a path such as "59" or "26.01", or None."""
        fields = self.fields
        found = None
        for tag in path.split("."):
            found = next((one for one in fields if one.tag == tag), None)
            if found is None:
                return None
            fields = found.fields
        return found

    def value(self, path: str) -> str | None:
        """The value at a path such as "59" or "26.01", or None."""
        found = self.find(path)
        return found.value if found else None

    @property
    def end(self) -> int:
        """Where the fields stop and the checksum begins, in characters."""
        return sum(len(one.text) for one in self.fields)


def leaf(tag: str, value: str) -> Field:
    """A field with a plain value. Raises PayloadError `too_long` past 99 characters, which no length can say."""
    if len(value) > MAX_VALUE_CHARACTERS:
        raise PayloadError("too_long", tag, 0, f"{len(value)} characters; a value has at most 99")
    return Field(tag, value)


def template(tag: str, *fields: Field) -> Field:
    """A field that holds others. Raises PayloadError `too_long` if together they pass 99 characters."""
    return Field(tag, leaf(tag, "".join(one.text for one in fields)).value, fields)


def checksum(text: str) -> str:
    """The four hexadecimal digits of CRC-16/CCITT-FALSE over the UTF-8 bytes of `text`, "6304" included."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def encode(payload: Payload) -> str:
    """Write a payload with its checksum, in the order given.

    What is written is read again before it is returned, so nothing leaves that `decode` would refuse.
    Raises PayloadError; `tree_differs` if a field's value and its inner fields tell different stories.
    """
    body = "".join(one.text for one in payload.fields) + CRC_HEAD
    _check_characters(body)  # before the checksum, which cannot be computed over half a surrogate pair
    text = body + checksum(body)
    if decode(text) != payload:
        raise PayloadError("tree_differs", "", 0, "a template's value does not spell its inner fields")
    return text


def decode(text: str) -> Payload:
    """Read a merchant-presented payload.

    Raises PayloadError with one of: `bad_character`, `bad_header`, `cut_short`, `bad_tag`, `bad_length`,
    `empty_value`, `past_end`, `duplicate_tag`, `crc_missing`, `crc_not_last`, `bad_crc`, `crc_mismatch`,
    `missing_tag`, `unexpected_tag`, `too_long`, `bad_value`. The checksum is judged before the contents:
    a misread code should be read again, not argued with about its postal code.
    """
    _check_characters(text)
    if not text.startswith(HEADER):
        raise PayloadError("bad_header", "00", 0, "a payload begins with 000201")
    flat = tuple(_split(text, 0, len(text), ""))
    _check_crc(text, flat)
    payload = Payload(tuple(_open(text, one, "") for one in flat[:-1]))
    _check_presence(payload)
    for one in payload.fields:
        _check_values(one, one.tag)
    return payload


def _check_characters(text: str) -> None:
    if bad := _BAD_CHARACTER.search(text):
        raise PayloadError("bad_character", "", bad.start(), f"U+{ord(bad[0]):04X} has no place in a payload")


def _split(text: str, start: int, end: int, parent: str) -> Iterator[Field]:
    """The fields of text[start:end], unopened."""
    seen: set[str] = set()
    at = start
    while at < end:
        if at + 4 > end:
            raise PayloadError("cut_short", parent, at, "a tag and a length take four characters")
        tag, digits = text[at : at + 2], text[at + 2 : at + 4]
        if not _TWO_DIGITS.fullmatch(tag):
            raise PayloadError("bad_tag", parent, at, f"a tag is two digits, not {tag!r}")
        path = _join(parent, tag)
        if not _TWO_DIGITS.fullmatch(digits):
            raise PayloadError("bad_length", path, at + 2, f"a length is two digits, not {digits!r}")
        if tag in seen:
            raise PayloadError("duplicate_tag", path, at, "a tag may appear once")
        seen.add(tag)
        length = int(digits)
        if not length:
            raise PayloadError("empty_value", path, at + 2, "a value has at least one character; leave it out")
        if at + 4 + length > end:
            left = end - at - 4
            raise PayloadError("past_end", path, at + 2, f"says {length} characters, only {left} are left")
        yield Field(tag, text[at + 4 : at + 4 + length], offset=at + 4)
        at += 4 + length


def _open(text: str, one: Field, parent: str) -> Field:
    """`one` with its inner fields, if EMVCo makes it a template."""
    path = _join(parent, one.tag)
    if not is_template(path):
        return one
    inner = _split(text, one.offset, one.offset + len(one.value), path)
    return Field(one.tag, one.value, tuple(_open(text, each, path) for each in inner), one.offset)


def _check_crc(text: str, fields: tuple[Field, ...]) -> None:
    found = next((one for one in fields if one.tag == CRC_TAG), None)
    if found is None:
        raise PayloadError("crc_missing", CRC_TAG, len(text), "a payload ends with its checksum, 6304…")
    if found is not fields[-1]:
        raise PayloadError("crc_not_last", CRC_TAG, found.offset - 4, "nothing may follow the checksum")
    if not _CRC.fullmatch(found.value):
        raise PayloadError("bad_crc", CRC_TAG, found.offset, "a checksum is 4 digits of 0-9 and A-F")
    if found.value != (right := checksum(text[: found.offset])):
        raise PayloadError("crc_mismatch", CRC_TAG, found.offset, f"says {found.value}, the text gives {right}")


def _check_presence(payload: Payload) -> None:
    end = payload.end
    for tag in MANDATORY:
        if payload.find(tag) is None:
            raise PayloadError("missing_tag", tag, end, "every code must say this")
    if not any(2 <= int(one.tag) <= 51 for one in payload.fields):
        raise PayloadError("missing_tag", "02-51", end, "no merchant account: nobody could be paid")
    for tag, is_due in fee_tags(payload.value("55")).items():
        found = payload.find(tag)
        if is_due and found is None:
            raise PayloadError("missing_tag", tag, end, "tag 55 announces this fee")
        if found and not is_due:
            raise PayloadError("unexpected_tag", tag, found.offset - 4, "tag 55 announces no such fee")


def _check_values(one: Field, path: str) -> None:
    if (rule := rule_at(path)) is not None:
        if len(one.value) > rule.max_characters:
            raise PayloadError("too_long", path, one.offset, f"{len(one.value)} characters, must be {rule.says}")
        if not rule.pattern.fullmatch(one.value):
            raise PayloadError("bad_value", path, one.offset, f"{one.value!r} must be {rule.says}")
    present = {inner.tag for inner in one.fields}
    for tag in required_in(path):
        if tag not in present:
            end = one.offset + len(one.value)
            raise PayloadError("missing_tag", _join(path, tag), end, "this template is incomplete without it")
    for inner in one.fields:
        _check_values(inner, _join(path, inner.tag))


def _join(parent: str, tag: str) -> str:
    return f"{parent}.{tag}" if parent else tag
