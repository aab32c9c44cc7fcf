"""The careful reader: everything a text says that can be understood, and every fault in it with its place."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from madoguchi.jpqr.errors import PayloadError
from madoguchi.jpqr.fields import LENGTHS, Field, Payload, join
from madoguchi.jpqr.rules import (
    MANDATORY,
    MAX_PAYLOAD_CHARACTERS,
    fee_tags,
    is_template,
    required_in,
    rule_at,
    waived_tags,
)

HEADER = "000201"
CRC_TAG = "63"
CRC_HEAD = "6304"

_TWO_DIGITS = re.compile("[0-9]{2}")  # not str.isdigit, which takes full-width digits too
_CRC = re.compile("[0-9A-F]{4}")
# Controls, line breaks, halves of surrogate pairs; and the marks that turn the direction of text, with which a
# sticker could show another shop's name than the one encoded.
BAD_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a text. `faults` come in the order in which a strict reader meets them; none means sound.

    `payload` is None where not even one tag could be made out.
    """

    payload: Payload | None
    faults: tuple[PayloadError, ...]


@dataclass(slots=True)
class _Notes:
    """The faults met so far."""

    faults: list[PayloadError] = field(default_factory=list)

    def add(self, code: str, path: str, offset: int, message: str) -> None:
        self.faults.append(PayloadError(code, path, offset, message))


def checksum(text: str) -> str:
    """The four hexadecimal digits of CRC-16/CCITT-FALSE over the UTF-8 bytes of `text`, "6304" included."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def read_leniently(text: str) -> Reading:
    """Read what can be read of a payload, with the list of everything wrong about it.

    Never raises. Reading stops where a length can no longer be trusted; what stands before it is kept. For people who
    must find out what is the matter with a sticker, never for paying.
    """
    notes = _Notes()
    if len(text) > MAX_PAYLOAD_CHARACTERS:
        notes.add("too_long", "", MAX_PAYLOAD_CHARACTERS, f"more than the {MAX_PAYLOAD_CHARACTERS} a symbol can hold")
        text = text[:MAX_PAYLOAD_CHARACTERS]
    if bad := BAD_CHARACTER.search(text):
        notes.add("bad_character", "", bad.start(), f"U+{ord(bad[0]):04X} has no place in a payload")
    if not text.startswith(HEADER):
        notes.add("bad_header", "00", 0, "a payload begins with 000201")
    flat = list(_split(text, 0, len(text), "", notes))
    # Where reading stopped half-way, what is missing may stand in the unread rest: nothing to complain of.
    is_whole = bool(flat) and flat[-1].offset + len(flat[-1].value) == len(text)
    if is_whole or not notes.faults:
        _check_crc(text, flat, notes)
    fields = tuple(_open(text, one, "", notes) for one in flat if one.tag != CRC_TAG)
    payload = Payload(fields)
    if is_whole:
        _check_presence(payload, notes)
    for one in fields:
        _check_values(one, one.tag, notes)
    return Reading(payload if fields else None, tuple(notes.faults))


def _split(text: str, start: int, end: int, parent: str, notes: _Notes) -> Iterator[Field]:
    """The fields of text[start:end], unopened."""
    seen: set[str] = set()
    at = start
    while at < end:
        if at + 4 > end:
            notes.add("cut_short", parent, at, "a tag and a length take four characters")
            return
        tag, digits = text[at : at + 2], text[at + 2 : at + 4]
        if not _TWO_DIGITS.fullmatch(tag):
            notes.add("bad_tag", parent, at, f"a tag is two digits, not {tag!r}")
            return
        path = join(parent, tag)
        if not _TWO_DIGITS.fullmatch(digits):
            notes.add("bad_length", path, at + 2, f"a length is two digits, not {digits!r}")
            return
        if tag in seen:
            notes.add("duplicate_tag", path, at, "a tag may appear once")
        seen.add(tag)
        length = LENGTHS.get(digits, 0)
        if not length:
            notes.add("empty_value", path, at + 2, "a value has at least one character; leave it out")
        if at + 4 + length > end:
            left = end - at - 4
            notes.add("past_end", path, at + 2, f"says {length} characters, only {left} are left")
            length = left
        yield Field(tag, text[at + 4 : at + 4 + length], offset=at + 4)
        at += 4 + length


def _open(text: str, one: Field, parent: str, notes: _Notes) -> Field:
    """`one` with its inner fields, if EMVCo makes it a template."""
    path = join(parent, one.tag)
    if not is_template(path):
        return one
    inner = list(_split(text, one.offset, one.offset + len(one.value), path, notes))
    return Field(one.tag, one.value, tuple(_open(text, each, path, notes) for each in inner), one.offset)


def _check_crc(text: str, fields: list[Field], notes: _Notes) -> None:
    found = next((one for one in fields if one.tag == CRC_TAG), None)
    if found is None:
        notes.add("crc_missing", CRC_TAG, len(text), "a payload ends with its checksum, 6304…")
        return
    if found is not fields[-1] or found.offset + len(found.value) != len(text):
        notes.add("crc_not_last", CRC_TAG, found.offset - 4, "nothing may follow the checksum")
    if not _CRC.fullmatch(found.value):
        notes.add("bad_crc", CRC_TAG, found.offset, "a checksum is 4 digits of 0-9 and A-F")
        return
    try:
        right = checksum(text[: found.offset])
    except UnicodeEncodeError:
        return  # half a surrogate pair has no bytes to sum; it has been noted as a bad character
    if found.value != right:
        notes.add("crc_mismatch", CRC_TAG, found.offset, f"says {found.value}, the text gives {right}")


def _check_presence(payload: Payload, notes: _Notes) -> None:
    end = payload.end
    tags = {one.tag for one in payload.fields}
    waived = waived_tags(inner.value for one in payload.fields for inner in one.fields if inner.tag == "00")
    for tag in MANDATORY:
        if tag not in tags and tag not in waived:
            notes.add("missing_tag", tag, end, "every code must say this")
    if not any("02" <= tag <= "51" for tag in tags):
        notes.add("missing_tag", "02-51", end, "no merchant account: nobody could be paid")
    for tag, is_due in fee_tags(payload.value("55")).items():
        found = payload.find(tag)
        if is_due and found is None:
            notes.add("missing_tag", tag, end, "tag 55 announces this fee")
        if found and not is_due:
            notes.add("unexpected_tag", tag, found.offset - 4, "tag 55 announces no such fee")


def _check_values(one: Field, path: str, notes: _Notes) -> None:
    if (rule := rule_at(path)) is not None and one.value:
        if len(one.value) > rule.max_characters:
            notes.add("too_long", path, one.offset, f"{len(one.value)} characters, must be {rule.says}")
        elif not rule.pattern.fullmatch(one.value):
            notes.add("bad_value", path, one.offset, f"{one.value!r} must be {rule.says}")
    present = {inner.tag for inner in one.fields}
    for tag in required_in(path):
        if tag not in present:
            end = one.offset + len(one.value)
            notes.add("missing_tag", join(path, tag), end, "this template is incomplete without it")
    for inner in one.fields:
        _check_values(inner, join(path, inner.tag), notes)
