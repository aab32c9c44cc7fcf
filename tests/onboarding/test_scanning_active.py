"""A document that would act is refused with what it would do, and one that would unfold without end is stopped."""

import io
import json
import struct
import zlib

import pikepdf
import pytest
from PIL import Image, PngImagePlugin

from madoguchi.onboarding import confinement
from madoguchi.onboarding.scanning import check_document
from tests.conftest import refused
from tests.onboarding.made_documents import ARRAY, DICT, MIB, NAME, STR, archive, packed_stream, pdf, picture, zeros

# Active content


def on_opening(action):
    def change(document):
        document.Root.OpenAction = action(document)

    return change


def on_a_page(annotation):
    def change(document):
        document.pages[0].Annots = ARRAY([document.make_indirect(annotation(document))])

    return change


def in_catalogue(**entries):
    def change(document):
        for key, value in entries.items():
            document.Root[f"/{key}"] = value(document)

    return change


def attached(document):
    document.attachments["evil.exe"] = b"MZ"


def link(action):
    return on_a_page(lambda _: DICT(Type=NAME.Annot, Subtype=NAME.Link, A=action))


JS = DICT(S=NAME.JavaScript, JS=STR("app.alert(1)"))
ACTIVE = {
    "script on opening": (on_opening(lambda _: JS), "JavaScript"),
    "unknown action on opening": (on_opening(lambda _: DICT(S=NAME.Hide, T=STR("x"))), "OpenAction"),
    "launch on opening": (on_opening(lambda _: DICT(S=NAME.Launch, F=STR("cmd.exe"))), "Launch"),
    "script after going to a page": (on_opening(lambda _: DICT(S=NAME.GoTo, D=STR("x"), Next=JS)), "OpenAction"),
    "script of the document": (
        in_catalogue(Names=lambda _: DICT(JavaScript=DICT(Names=ARRAY([STR("a"), JS])))),
        "JavaScript",
    ),
    "script behind a link": (link(JS), "JavaScript"),
    "script deep in a chain": (link(DICT(S=NAME.URI, URI=STR("https://x"), Next=ARRAY([JS]))), "JavaScript"),
    "automatic action of a page": (
        lambda document: document.pages[0].obj.__setitem__("/AA", DICT(O=DICT(S=NAME.Named, N=NAME.NextPage))),
        "automatic action",
    ),
    "automatic action of the document": (in_catalogue(AA=lambda _: DICT(WC=JS)), "automatic action"),
    "launch": (link(DICT(S=NAME.Launch, F=STR("cmd.exe"))), "Launch"),
    "form sent off": (link(DICT(S=NAME.SubmitForm, F=STR("https://example.invalid"))), "SubmitForm"),
    "data taken in": (link(DICT(S=NAME.ImportData, F=STR("x"))), "ImportData"),
    "other document": (link(DICT(S=NAME.GoToR, F=STR("//host/share"), D=ARRAY([0, NAME.Fit]))), "GoToR"),
    "embedded document": (link(DICT(S=NAME.GoToE, D=STR("x"))), "GoToE"),
    "attachment": (attached, "embedded file"),
    "attachment on a page": (on_a_page(lambda _: DICT(Type=NAME.Annot, Subtype=NAME.FileAttachment)), "embedded file"),
    "portfolio": (in_catalogue(Collection=lambda _: DICT(View=NAME.D)), "embedded file"),
    "form of the XFA kind": (in_catalogue(AcroForm=lambda file: DICT(Fields=ARRAY([]), XFA=STR("x"))), "XFA form"),
    "film": (on_a_page(lambda _: DICT(Type=NAME.Annot, Subtype=NAME.RichMedia)), "rich media"),
    "screen": (on_a_page(lambda _: DICT(Type=NAME.Annot, Subtype=NAME.Screen)), "rich media"),
    "three dimensions": (on_a_page(lambda _: DICT(Type=NAME.Annot, Subtype=NAME("/3D"))), "rich media"),
    "PostScript": (
        lambda file: file.pages[0].obj.__setitem__("/X", pikepdf.Stream(file, b"x", Subtype=NAME.PS)),
        "PostScript",
    ),
    "stream from another file": (
        lambda file: file.pages[0].obj.__setitem__("/X", pikepdf.Stream(file, b"", F=STR("//host/share"))),
        "external file",
    ),
}


@pytest.mark.parametrize("case", ACTIVE)
def test_a_pdf_that_would_act_is_refused_with_what_it_would_do(case):
    change, found = ACTIVE[case]
    with refused("document_active", found=found, filename="x.pdf"):
        check_document(pdf(change), "x.pdf")


def test_active_content_is_found_in_packed_objects_too():
    data = pdf(link(JS), object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"JavaScript" not in data
    with refused("document_active", found="JavaScript"):
        check_document(data, "x.pdf")


def test_active_content_is_found_under_a_name_written_in_numbers():
    data = pdf(link(JS)).replace(b"/JavaScript", b"/J#61v#61Script").replace(b"/JS", b"/#4a#53")
    assert b"J#61v#61Script" in data
    with refused("document_active", found="JavaScript"):
        check_document(data, "x.pdf")


@pytest.mark.parametrize("before", [b"GIF89a ", b"<html>", b"\0" * 500])
def test_a_pdf_behind_something_else_is_refused(before):
    with refused("document_active", found="PDF"):
        check_document(before + pdf(), "x.pdf")


def test_a_pdf_that_is_an_archive_as_well_is_refused():
    with refused("document_active", found="ZIP"):
        check_document(pdf() + archive("evil.js"), "x.pdf")


# Bombs


def test_more_than_fifty_pages_are_refused():
    assert check_document(pdf(pages=50), "x.pdf").pages == 50
    with refused("document_too_large", limit_pages=50):
        check_document(pdf(pages=51), "x.pdf")


def test_a_fax_of_more_than_fifty_pages_is_refused():
    out = io.BytesIO()
    Image.new("1", (8, 8)).save(out, "TIFF", save_all=True, append_images=[Image.new("1", (8, 8))] * 50)
    with refused("document_too_large", limit_pages=50):
        check_document(out.getvalue(), "fax.tif")


def test_a_stream_that_unfolds_beyond_measure_is_refused():
    with refused("document_too_large", filename="x.pdf"):
        check_document(pdf(packed_stream(zeros(200), NAME.FlateDecode)), "x.pdf")


def test_streams_that_unfold_beyond_measure_together_are_refused():
    def change(document):
        raw = zeros(100)
        for page in document.pages:
            stream = pikepdf.Stream(document, b"")
            stream.write(raw, filter=NAME.FlateDecode)
            page.Contents = stream

    with refused("document_too_large"):
        check_document(pdf(change, pages=6), "x.pdf")


def test_a_stream_packed_twice_is_refused():
    twice = packed_stream(zlib.compress(zeros(10)), ARRAY([NAME.FlateDecode, NAME.FlateDecode]))
    as_it_is = {"stream_decode_level": pikepdf.StreamDecodeLevel.none, "compress_streams": False}
    with refused("document_too_large"):
        check_document(pdf(twice, **as_it_is), "x.pdf")


def test_objects_packed_to_unfold_beyond_measure_do_not_fill_the_machine():
    """A file's table of objects is unpacked while it is opened, before anything can be looked at."""
    raw = zeros(200)
    table = b"<</Type/XRef/Size 1/W[1 1 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % len(raw)
    data = b"%PDF-1.7\n1 0 obj\n" + table + raw + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    with refused("document_too_large"):
        check_document(data, "x.pdf")


def test_a_picture_in_a_pdf_that_would_fill_the_readers_machine_is_refused():
    def change(document):
        image = pikepdf.Stream(document, b"", Type=NAME.XObject, Subtype=NAME.Image, Width=100_000, Height=100_000)
        document.pages[0].Resources = DICT(XObject=DICT(A=image))

    with refused("document_too_large", limit_megapixels=80):
        check_document(pdf(change), "x.pdf")


def png_of(width, height):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zeros(1)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(60_000, 60_000), (9_000, 9_000)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_drawn(size):
    with refused("document_too_large", limit_megapixels=60, filename="x.png"):
        check_document(png_of(*size), "x.png")


def test_a_text_in_a_png_that_unfolds_beyond_measure_is_not_kept():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "x" * (20 * MIB), zip=True)
    with refused("document_too_large"):
        check_document(picture("PNG", pnginfo=notes), "x.png")


def test_a_pdf_of_arrays_without_end_is_refused():
    def change(document):
        document.pages[0].obj["/X"] = pikepdf.Object.parse(b"[" + b"0 " * 1_200_000 + b"]")

    with refused("document_too_large"):
        check_document(pdf(change), "x.pdf")


# The process in which documents are opened


def test_a_document_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(confinement, "WALL_SECONDS", 0.01)
    with refused("document_too_large", filename="x.pdf"):
        check_document(pdf(), "x.pdf")


def test_the_process_that_opens_documents_knows_no_secrets(monkeypatch):
    monkeypatch.setenv("MADOGUCHI_SECRET", "s3cret")
    assert [key for key in confinement._bare_environment() if "SECRET" in key] == []


@pytest.mark.parametrize("work", ["bytes(2 << 30)", "[0 for _ in iter(int, 1)]"], ids=["memory", "time"])
def test_a_reader_without_measure_is_stopped(work, monkeypatch, tmp_path):
    """The limits hold for what no check foresaw."""
    (tmp_path / "hungry.py").write_text(
        "import resource\n"
        "def work(data):\n"
        f"    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n    {work}\n    return {{}}, b''\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    start = "from madoguchi.onboarding import confinement as c; c.TASKS = {'x': 'hungry:work'}; c._main('x')"
    monkeypatch.setattr(confinement, "COMMAND", ("-P", "-c", start))
    with pytest.raises(confinement.OutgrownError):
        confinement.confined("x", b"")


def test_what_a_task_answers_comes_back():
    facts, data = confinement.confined("pdf", pdf())
    assert json.dumps(facts) == '{"media_type": "application/pdf", "pages": 1}'
    assert data.startswith(b"%PDF-")
