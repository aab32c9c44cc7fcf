"""Documents that applicants bring: type by content, size, active content; images are drawn anew (P-23, P-24)."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from madoguchi.core.errors import Refusal
from madoguchi.onboarding.confinement import BrokenError, OutgrownError, confined
from madoguchi.onboarding.sheet_files import OLE, OLE_ENCRYPTED, OLE_MACROS

MAX_MIB = 10
MIB = 1 << 20
PDF = b"%PDF-"
# Readers look for a PDF's head within the first kilobyte, so that one may hide behind another file's.
PDF_WITHIN_BYTES = 1024
SUFFIXES: dict[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff"),
}
MAGIC: tuple[tuple[bytes, str], ...] = (
    (PDF, "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
# What else is brought, by the name that its refusal tells.
OTHERS: tuple[tuple[bytes, int, str], ...] = (
    (b"ftypheic", 4, "HEIC"),
    (b"ftypheix", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIC"),
    (b"ftypavif", 4, "AVIF"),
    (b"GIF8", 0, "GIF"),
    (b"WEBP", 8, "WebP"),
    (b"BM", 0, "BMP"),
    (b"{\\rtf", 0, "RTF"),
    (b"MZ", 0, "program"),
    (b"\x7fELF", 0, "program"),
)
OFFICE_MACRO_SUFFIXES = (".docm", ".dotm", ".xlsm", ".xltm", ".xlsb", ".xlam", ".pptm", ".potm", ".ppsm")


@dataclass(frozen=True)
class CheckedDocument:
    """A document that is safe to keep and to show: `data` is what to store, `sha256` its digest in hex.

    A PDF is written anew from the objects that its pages need, an image from its pixels, upright and without the
    place and time of its taking. A TIFF becomes a PDF, which every browser shows. One upload gives one digest, always.
    """

    media_type: str
    pages: int
    sha256: str
    data: bytes


def check_document(data: bytes, filename: str) -> CheckedDocument:
    """A PDF, JPEG, PNG or TIFF of up to 10 MiB, checked and cleaned in a process of its own.

    Raises Refusal, each with `filename`: `document_empty`; `document_too_large` (`limit_mib`, `limit_pages`,
    `limit_megapixels` or none); `document_type_wrong` (`found`, a type's name, or `suffix` that does not fit it);
    `document_has_macro`; `document_locked`; `document_active` (`found`: what would run); `document_unreadable`.
    """
    try:
        media_type = _media_type(data, PurePath(filename).suffix.lower())
        facts, cleaned = confined("pdf" if media_type == "application/pdf" else "image", data)
    except Refusal as refusal:
        raise Refusal(refusal.code, **{**refusal.details, "filename": filename[-80:]}) from refusal
    except OutgrownError as error:
        raise Refusal("document_too_large", filename=filename[-80:]) from error
    except BrokenError as error:
        raise Refusal("document_unreadable", filename=filename[-80:]) from error
    return CheckedDocument(facts["media_type"], facts["pages"], hashlib.sha256(cleaned).hexdigest(), cleaned)


def _media_type(data: bytes, suffix: str) -> str:
    """The type by content, if it is one that is taken and its name agrees."""
    if not data:
        raise Refusal("document_empty")
    if len(data) > MAX_MIB * MIB:
        raise Refusal("document_too_large", limit_mib=MAX_MIB)
    media_type = next((kind for magic, kind in MAGIC if data.startswith(magic)), None)
    if media_type is None:
        raise _refusal_of_other(data, suffix)
    if suffix and suffix not in SUFFIXES[media_type]:
        raise Refusal("document_type_wrong", suffix=suffix, found=_called(media_type))
    # An image is drawn anew, which leaves behind whatever was hung on to it; a PDF's readers look into its end.
    if media_type == "application/pdf" and zipfile.is_zipfile(io.BytesIO(data)):
        raise Refusal("document_active", found="ZIP")
    return media_type


def _called(media_type: str) -> str:
    return media_type.rpartition("/")[2].upper()


def _refusal_of_other(data: bytes, suffix: str) -> Refusal:
    if suffix in OFFICE_MACRO_SUFFIXES:
        return Refusal("document_has_macro")
    if data.startswith(OLE):
        if OLE_ENCRYPTED in data:
            return Refusal("document_locked")
        is_armed = any(name in data for name in OLE_MACROS)
        return Refusal("document_has_macro") if is_armed else Refusal("document_type_wrong", found="Office")
    if PDF in data[:PDF_WITHIN_BYTES]:
        return Refusal("document_active", found="PDF")
    if data.startswith(b"PK"):
        return _refusal_of_zip(data)
    other = next((name for magic, at, name in OTHERS if data[at:].startswith(magic)), "?")
    return Refusal("document_type_wrong", found=other)


def _refusal_of_zip(data: bytes) -> Refusal:
    """An archive's names say what it is; nothing in it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return Refusal("document_type_wrong", found="ZIP")
    if any("vbaproject.bin" in name or "/macrosheets/" in name or "/activex/" in name for name in names):
        return Refusal("document_has_macro")
    return Refusal("document_type_wrong", found="Office" if "[content_types].xml" in names else "ZIP")
