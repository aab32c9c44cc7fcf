"""A PDF opened, searched for whatever would run or unfold without end, and written anew; in a confined process."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from madoguchi.core.errors import Refusal

MAX_PAGES = 50
MAX_OBJECTS = 100_000
# Items of all arrays and dictionaries together; a scan has some hundred.
MAX_ITEMS = 1_000_000
MIB = 1 << 20
# Fifty pages of A4 at 300 dots an inch, in one byte each.
MAX_UNPACKED_BYTES = 450 * MIB
MAX_STREAM_BYTES = 128 * MIB
# A3 at 600 dots an inch.
MAX_MEGAPIXELS = 80
PIECE = 64 * 1024
STREAM = re.compile(rb"stream\r?\n")

# ISO 32000: dictionary keys that hold an action or a container, and the name by which it is told.
KEYS = {
    "/JS": "JavaScript",
    "/JavaScript": "JavaScript",
    "/AA": "automatic action",
    "/XFA": "XFA form",
    "/EmbeddedFiles": "embedded file",
    "/EF": "embedded file",
    "/AF": "embedded file",
    "/Collection": "embedded file",
    "/RichMediaContent": "rich media",
    "/RichMediaSettings": "rich media",
}
# Kinds of actions (/S), annotations (/Subtype) and objects (/Type).
ACTIONS = {
    "/JavaScript": "JavaScript",
    "/Launch": "Launch",
    "/SubmitForm": "SubmitForm",
    "/ImportData": "ImportData",
    "/GoToR": "GoToR",
    "/GoToE": "GoToE",
    "/Rendition": "rich media",
    "/Movie": "rich media",
    "/Sound": "rich media",
    "/RichMediaExecute": "rich media",
    "/GoTo3DView": "rich media",
}
SUBTYPES = {
    "/FileAttachment": "embedded file",
    "/RichMedia": "rich media",
    "/Screen": "rich media",
    "/Movie": "rich media",
    "/Sound": "rich media",
    "/3D": "rich media",
    "/PS": "PostScript",
}
TYPES = {"/EmbeddedFile": "embedded file"}
PACKERS = ("/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/RunLengthDecode", "/RL")
FLATE = ("/FlateDecode", "/Fl")


def checked_pdf(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Pages, and the document written anew.

    Raises Refusal `document_active` (`found`), `document_locked`, `document_too_large`, `document_unreadable`.
    """
    # While a file is opened its compressed object tables are unpacked already.
    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=MAX_STREAM_BYTES,
        run_length_max_memory=MAX_STREAM_BYTES,
        png_max_memory=MAX_STREAM_BYTES,
        tiff_max_memory=MAX_STREAM_BYTES,
        max_stream_filters=4,
        doc_max_warnings=1_000,
    )
    try:
        return _checked(data)
    except pikepdf.PasswordError as error:
        raise Refusal("document_locked") from error
    except (Refusal, MemoryError):
        raise
    except Exception as error:
        # The reader does not say whether it gave up at a fault or at its limits.
        _require_measure(data)
        raise Refusal("document_unreadable") from error


def _checked(data: bytes) -> tuple[dict[str, Any], bytes]:
    pdf = pikepdf.open(io.BytesIO(data))
    with pdf:
        if pdf.is_encrypted:
            raise Refusal("document_locked")
        if len(pdf.objects) > MAX_OBJECTS:
            raise Refusal("document_too_large")
        pages = len(pdf.pages)
        if pages == 0:
            raise Refusal("document_unreadable")
        if pages > MAX_PAGES:
            raise Refusal("document_too_large", limit_pages=MAX_PAGES)
        _drop_harmless_opening(pdf)
        _search(pdf)
        return {"media_type": "application/pdf", "pages": pages}, _written_anew(pdf)


def _drop_harmless_opening(pdf: pikepdf.Pdf) -> None:
    """Many writers say at which page a document opens; that is no action, and is not needed."""
    opening = pdf.Root.get("/OpenAction")
    if opening is None:
        return
    is_action = isinstance(opening, pikepdf.Dictionary)
    if not is_action or (opening.get("/S") == pikepdf.Name("/GoTo") and "/Next" not in opening):
        del pdf.Root["/OpenAction"]
        return
    kind = str(opening.get("/S", ""))
    raise Refusal("document_active", found=ACTIONS.get(kind, "OpenAction"))


def _search(pdf: pikepdf.Pdf) -> None:
    """Refuse what would run, and streams that unfold beyond measure."""
    unpacked = 0
    for found in _dictionaries(pdf):
        if active := _active(found):
            raise Refusal("document_active", found=active)
        if isinstance(found, pikepdf.Stream):
            unpacked += _unpacked_bytes(found)
            if unpacked > MAX_UNPACKED_BYTES:
                raise Refusal("document_too_large")


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary and stream of the file, those that no page needs too."""
    items = 0
    for whole in (pdf.trailer, *pdf.objects):
        waiting = [whole]
        while waiting:
            one = waiting.pop()
            is_tree = isinstance(one, (pikepdf.Dictionary, pikepdf.Stream))
            if is_tree:
                yield one
            elif not isinstance(one, pikepdf.Array):
                continue
            items += len(one.keys()) if is_tree else len(one)
            if items > MAX_ITEMS:
                raise Refusal("document_too_large")
            parts = (one.get(key) for key in one.keys()) if is_tree else iter(one)  # noqa: SIM118  # not a Mapping
            # What has a number of its own comes by itself.
            waiting += [
                part for part in parts if isinstance(part, (pikepdf.Dictionary, pikepdf.Array)) and not part.is_indirect
            ]


def _active(found: Any) -> str | None:
    """The name of what in this dictionary would run or hold another file."""
    keys = set(found.keys())
    for key, name in KEYS.items():
        if key in keys:
            return name
    for key, table in (("/S", ACTIONS), ("/Subtype", SUBTYPES), ("/Type", TYPES)):
        if key in keys and (kind := table.get(_name(found.get(key)))):
            return kind
    if isinstance(found, pikepdf.Stream) and keys & {"/F", "/FFilter"}:
        return "external file"
    return None


def _name(value: Any) -> str:
    return str(value) if isinstance(value, pikepdf.Name) else ""


def _filters(stream: Any) -> list[str]:
    given = stream.get("/Filter")
    if given is None:
        return []
    return [_name(one) for one in given] if isinstance(given, pikepdf.Array) else [_name(given)]


def _unpacked_bytes(stream: Any) -> int:
    """How large a stream is when unpacked, as far as that is not limited by an image's size."""
    if stream.get("/Subtype") == pikepdf.Name("/Image"):
        width, height = (_number(stream.get(key)) for key in ("/Width", "/Height"))
        if width * height > MAX_MEGAPIXELS * 1_000_000:
            raise Refusal("document_too_large", limit_megapixels=MAX_MEGAPIXELS)
    packers = [name for name in _filters(stream) if name in PACKERS]
    if not packers:
        return 0
    if len(packers) > 1:
        # Packed twice is packed to grow: one megabyte unfolds to a thousand, and each of those again.
        raise Refusal("document_too_large")
    if _filters(stream)[0] in FLATE:
        return _inflated_bytes(stream.read_raw_bytes())
    try:
        return len(stream.read_bytes(pikepdf.StreamDecodeLevel.generalized))
    except pikepdf.PdfError:
        # What cannot be unpacked here will not be shown elsewhere.
        raise Refusal("document_unreadable") from None


def _number(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError):
        return 0


def _inflated_bytes(packed: bytes | memoryview) -> int:
    """The length of a deflated text, which is never held as a whole."""
    inflater, size = zlib.decompressobj(), 0
    try:
        for start in range(0, len(packed), PIECE):
            rest = bytes(packed[start : start + PIECE])
            while rest and not inflater.eof:
                size += len(inflater.decompress(rest, PIECE))
                rest = inflater.unconsumed_tail
                if size > MAX_STREAM_BYTES:
                    raise Refusal("document_too_large")
            if inflater.eof:
                break
    except zlib.error:
        # Readers show what comes before the fault.
        return size
    return size


def _require_measure(data: bytes) -> None:
    """Refuse a file of which a stream, found by its word alone, unfolds beyond measure."""
    whole = memoryview(data)
    unpacked = 0
    for found in STREAM.finditer(data):
        unpacked += _inflated_bytes(whole[found.end() :])
        if unpacked > MAX_UNPACKED_BYTES:
            raise Refusal("document_too_large")


def _written_anew(pdf: pikepdf.Pdf) -> bytes:
    """The document without what its pages do not need, earlier versions and whatever followed its end."""
    for holder, key in ((pdf.trailer, "/Info"), (pdf.Root, "/Metadata")):
        if key in holder:
            del holder[key]
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
