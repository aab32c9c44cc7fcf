"""JPQR codes: read and write the payload, draw and read the symbol, print the sticker. Usable on its own."""

from madoguchi.jpqr.errors import (
    JpqrError,
    PayloadError,
    PictureError,
    StickerError,
    StoreIdError,
    SymbolError,
)
from madoguchi.jpqr.names import fit_name
from madoguchi.jpqr.payload import Field, Payload, decode, encode, leaf, template
from madoguchi.jpqr.profile import JpqrCode, StoreId, read_jpqr, static_payload
from madoguchi.jpqr.sticker import Sticker, a5_sticker_pdf
from madoguchi.jpqr.symbol import qr_png, qr_svg, qr_text, read_symbols

__all__ = [
    "Field",
    "JpqrCode",
    "JpqrError",
    "Payload",
    "PayloadError",
    "PictureError",
    "Sticker",
    "StickerError",
    "StoreId",
    "StoreIdError",
    "SymbolError",
    "a5_sticker_pdf",
    "decode",
    "encode",
    "fit_name",
    "leaf",
    "qr_png",
    "qr_svg",
    "qr_text",
    "read_jpqr",
    "read_symbols",
    "static_payload",
    "template",
]
