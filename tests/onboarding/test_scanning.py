"""Documents are taken by their content, cleaned, or refused with what is wrong; nothing of a refused one comes back."""

import hashlib
import io
import zipfile

import pikepdf
import pytest
from PIL import Image, PngImagePlugin

from madoguchi.onboarding.scanning import check_document
from tests.conftest import refused
from tests.onboarding.made_documents import ARRAY, DICT, MIB, NAME, OLE, STR, archive, pdf, picture


def opened(document):
    return Image.open(io.BytesIO(document.data))


# What is taken


def test_a_pdf_is_taken_with_its_pages_and_the_digest_of_what_is_kept():
    checked = check_document(pdf(pages=3), "opening.pdf")

    assert (checked.media_type, checked.pages) == ("application/pdf", 3)
    assert checked.data.startswith(b"%PDF-")
    assert len(pikepdf.open(io.BytesIO(checked.data)).pages) == 3
    assert checked.sha256 == hashlib.sha256(checked.data).hexdigest()


@pytest.mark.parametrize(
    ("kind", "filename", "media_type"),
    [("JPEG", "memo.JPG", "image/jpeg"), ("PNG", "memo.png", "image/png"), ("JPEG", "memo", "image/jpeg")],
)
def test_a_picture_is_taken_and_drawn_anew(kind, filename, media_type):
    """J-11: a town brings a photo of a memo."""
    checked = check_document(picture(kind), filename)

    assert (checked.media_type, checked.pages) == (media_type, 1)
    assert (opened(checked).format, opened(checked).size) == (kind, (30, 20))


def test_a_fax_becomes_a_pdf_of_its_pages():
    out = io.BytesIO()
    first = Image.new("1", (50, 70))
    first.save(out, "TIFF", save_all=True, append_images=[Image.new("1", (50, 70)), Image.new("L", (70, 50))])
    checked = check_document(out.getvalue(), "fax.tif")

    assert (checked.media_type, checked.pages) == ("application/pdf", 3)
    assert len(pikepdf.open(io.BytesIO(checked.data)).pages) == 3


def test_one_upload_gives_one_digest():
    data = pdf(pages=2)
    assert check_document(data, "a.pdf").sha256 == check_document(data, "b.pdf").sha256


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_usual_kind_of_pixel_is_taken(mode):
    image = Image.new("RGB", (8, 8), "red").convert("L").convert("I;16") if mode == "I;16" else None
    image = image or Image.new("RGB", (8, 8), "red").convert(mode)
    out = io.BytesIO()
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(check_document(out.getvalue(), "x.jpg" if mode == "CMYK" else "x.png")).size == (8, 8)


# What is cleaned


def test_where_and_when_a_photo_was_taken_is_gone_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x0132] = "2026:11:20 12:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (36.26, 0, 0)
    data = picture(size=(30, 20), exif=exif, comment=b"secret note", icc_profile=b"profile")
    checked = check_document(data, "memo.jpg")

    assert opened(checked).size == (20, 30)
    assert dict(opened(checked).getexif()) == {}
    assert [mark for mark in (b"Exif", b"2026:11:20", b"secret note", b"profile") if mark in checked.data] == []


def test_texts_in_a_png_are_gone():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret note", zip=False)
    checked = check_document(picture("PNG", pnginfo=notes), "memo.png")
    assert b"secret note" not in checked.data


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("tail", [archive("evil.js"), b"%PDF-1.7 evil", b"<script>evil()</script>"])
def test_what_hangs_on_behind_a_picture_is_gone(kind, tail):
    checked = check_document(picture(kind) + tail, "memo." + kind.lower())

    assert b"evil" not in checked.data
    assert not zipfile.is_zipfile(io.BytesIO(checked.data))


def test_what_hangs_on_behind_a_pdf_is_gone():
    checked = check_document(pdf() + b"\n<script>evil()</script>", "x.pdf")
    assert b"evil" not in checked.data


def test_who_wrote_a_pdf_and_what_no_page_needs_is_gone():
    def change(document):
        document.docinfo["/Author"] = "secret note"
        document.make_indirect(DICT(Left=STR("secret note")))

    assert b"secret note" not in pikepdf_text(check_document(pdf(change), "x.pdf").data)


def pikepdf_text(data):
    """All of a PDF, nothing packed."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)
    return out.getvalue()


@pytest.mark.parametrize("as_action", [True, False])
def test_at_which_page_a_pdf_opens_is_no_action_and_left_out(as_action):
    def change(document):
        to = ARRAY([document.pages[0].obj, NAME.Fit])
        document.Root.OpenAction = DICT(S=NAME.GoTo, D=to) if as_action else to

    checked = check_document(pdf(change), "x.pdf")
    assert "/OpenAction" not in pikepdf.open(io.BytesIO(checked.data)).Root


def test_a_link_to_a_page_of_the_web_is_no_active_content():
    def change(document):
        link = DICT(Type=NAME.Annot, Subtype=NAME.Link, A=DICT(S=NAME.URI, URI=STR("https://example.invalid")))
        document.pages[0].Annots = ARRAY([link])

    assert check_document(pdf(change), "x.pdf").pages == 1


# Size and type


def test_an_empty_file_is_refused():
    with refused("document_empty", filename="x.pdf"):
        check_document(b"", "x.pdf")


def test_a_file_over_10_mib_is_refused():
    with refused("document_too_large", limit_mib=10, filename="x.pdf"):
        check_document(b"%PDF-1.7" + bytes(10 * MIB), "x.pdf")


@pytest.mark.parametrize(
    ("data", "filename", "suffix", "found"),
    [
        (pdf(), "x.jpg", ".jpg", "PDF"),
        (picture(), "x.pdf", ".pdf", "JPEG"),
        (picture("PNG"), "x.jpg", ".jpg", "PNG"),
        (picture(), "invoice.pdf.exe", ".exe", "JPEG"),
    ],
)
def test_a_name_that_does_not_fit_the_content_is_told(data, filename, suffix, found):
    with refused("document_type_wrong", suffix=suffix, found=found, filename=filename):
        check_document(data, filename)


@pytest.mark.parametrize(
    ("data", "filename", "found"),
    [
        (archive("[Content_Types].xml", "word/document.xml"), "letter.docx", "Office"),
        (archive("[Content_Types].xml", "word/document.xml"), "letter.pdf", "Office"),
        (archive("photos/1.jpg"), "all.zip", "ZIP"),
        (b"PK\x03\x04 broken", "all.zip", "ZIP"),
        (OLE + bytes(600), "letter.doc", "Office"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "IMG_0001.HEIC", "HEIC"),
        (b"GIF89a", "x.gif", "GIF"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "x.webp", "WebP"),
        (b"{\\rtf1 }", "x.rtf", "RTF"),
        (b"MZ\x90\0", "x.pdf", "program"),
        (b"<svg onload='evil()'/>", "x.svg", "?"),
        (b"<html><script>evil()</script></html>", "x.pdf", "?"),
        (b"just text", "x.pdf", "?"),
    ],
)
def test_other_types_are_refused_by_their_name(data, filename, found):
    with refused("document_type_wrong", found=found, filename=filename):
        check_document(data, filename)


# Macros and passwords


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (archive("[Content_Types].xml", "word/vbaProject.bin"), "letter.docm"),
        (archive("[Content_Types].xml", "word/vbaProject.bin"), "letter.docx"),
        (archive("[Content_Types].xml", "xl/VBAPROJECT.BIN"), "table.pdf"),
        (archive("[Content_Types].xml", "xl/macrosheets/sheet1.xml"), "table.xlsx"),
        (archive("[Content_Types].xml"), "table.xlsm"),
        (OLE + "_VBA_PROJECT".encode("utf-16-le"), "letter.doc"),
    ],
)
def test_a_document_with_macros_is_refused_whatever_it_is_called(data, filename):
    with refused("document_has_macro", filename=filename):
        check_document(data, filename)


@pytest.mark.parametrize("password", ["secret", ""])
def test_an_encrypted_pdf_is_locked(password):
    """Also one that opens without a password but forbids changes: it cannot be cleaned as its owner allows."""
    with refused("document_locked", filename="x.pdf"):
        check_document(pdf(encryption=pikepdf.Encryption(owner="owner", user=password)), "x.pdf")


def test_an_office_file_behind_a_password_is_locked():
    with refused("document_locked"):
        check_document(OLE + "EncryptedPackage".encode("utf-16-le"), "letter.docx")


# Broken


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (b"%PDF-1.7\nnothing more", "x.pdf"),
        (pdf()[:200], "x.pdf"),
        (pdf(pages=0), "x.pdf"),
        (picture()[:200], "x.jpg"),
        (picture("PNG")[:60], "x.png"),
        (b"\xff\xd8\xff\xe0", "x.jpg"),
        (b"II*\0\x08\0\0\0", "x.tif"),
    ],
)
def test_a_broken_document_is_told_to_be_unreadable(data, filename):
    with refused("document_unreadable", filename=filename):
        check_document(data, filename)
