"""Documents that tests make: PDFs, pictures, archives, and streams that unfold beyond measure."""

import functools
import io
import zipfile
import zlib

import pikepdf
from PIL import Image

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MIB = 1 << 20
NAME, DICT, ARRAY, STR = pikepdf.Name, pikepdf.Dictionary, pikepdf.Array, pikepdf.String


def pdf(change=None, pages=1, **saving):
    """A PDF of blank pages, after `change` did something to it."""
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        if change:
            change(document)
        out = io.BytesIO()
        document.save(out, **saving)
        return out.getvalue()


def picture(kind="JPEG", size=(30, 20), mode="RGB", **saving):
    out = io.BytesIO()
    Image.new(mode, size, 200 if mode in ("L", "1") else (200, 30, 30)).save(out, kind, **saving)
    return out.getvalue()


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, b"x")
    return out.getvalue()


@functools.cache
def zeros(mib):
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(mib)) + packer.flush()


def packed_stream(raw, filters):
    def change(document):
        stream = pikepdf.Stream(document, b"")
        stream.write(raw, filter=filters)
        document.pages[0].Contents = stream

    return change
