"""What `madoguchi jpqr` is given to read: a payload, a picture, a PDF, or lines on standard input."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from madoguchi.jpqr import JpqrError, PictureError
from madoguchi.jpqr.cpm import is_cpm
from madoguchi.jpqr.reader import HEADER

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".pdf")
MAX_LINE_CHARACTERS = 100_000


class InputError(JpqrError):
    """Something to read that is not there or holds nothing."""


def codes_in(given: str, *, page: int | None = None) -> Iterator[str]:
    """The texts of all codes that `given` stands for, one at a time.

    "-" reads standard input: a picture or PDF if it begins like one, else one payload a line. Any other text is a
    file if it names one, and a payload if not. `page` picks one page of a PDF, from 1. Raises InputError `no_code`,
    `no_such_file`, `nothing_given`; PictureError.
    """
    if given == "-":
        yield from _piped(page)
    elif _is_payload(given):
        yield given
    elif Path(given).is_file():
        yield from _pictured(Path(given).read_bytes(), page)
    elif given.lower().endswith(PICTURES):
        raise InputError("no_such_file", f"there is no file {given}")
    else:
        yield given


def _is_payload(given: str) -> bool:
    """Whether a text can only be a payload, so that no file of that name is looked for."""
    return given.startswith(HEADER) or is_cpm(given) or len(given) > 255 or "\x00" in given


def _piped(page: int | None) -> Iterator[str]:
    stream = io.BufferedReader(sys.stdin.buffer)  # type: ignore[type-var]  # any binary stream will do
    beginning = stream.peek(16)[:16]
    if beginning.startswith((b"\x89PNG", b"\xff\xd8\xff", b"%PDF-")) or beginning[8:12] == b"WEBP":
        yield from _pictured(stream.read(), page)
        return
    given = False
    for number, line in enumerate(stream, 1):
        if len(line) > MAX_LINE_CHARACTERS:
            raise InputError("line_too_long", f"line {number} has {len(line)} bytes; a code has at most 2,953")
        # What is no UTF-8 stays in the text as half a surrogate pair, which the reader refuses with its place.
        if text := line.decode("utf-8", "surrogateescape").rstrip("\r\n"):
            given = True
            yield text
    if not given:
        raise InputError("nothing_given", "standard input holds no code")


def _pictured(data: bytes, page: int | None) -> Iterator[str]:
    from madoguchi.jpqr import read_document

    try:
        found = read_document(data, page=page)
    except PictureError as error:
        # A text file of payloads is as good as standard input.
        lines = _lines(data) if error.code == "not_a_picture" else []
        if not lines:
            raise
        yield from lines
        return
    if not found:
        raise InputError("no_code", "no QR code was found on it")
    yield from found


def _lines(data: bytes) -> list[str]:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return []
    lines = [line for line in text.splitlines() if line]
    return lines if lines and _is_payload(lines[0]) else []
