"""JPQR codes: read and write payloads, check who vouches for them, draw and read symbols, print stickers.

Usable on its own, without Django: `from madoguchi.jpqr import decode, encode`.
"""

# Spelled `name as name` so that type checkers know them for exports; the drawing half is imported when first asked
# for, since typst, Pillow and numpy take ten times as long to load as the codec itself.
import importlib
from typing import TYPE_CHECKING, Any

from madoguchi.jpqr.conditions import Conditions as Conditions
from madoguchi.jpqr.conditions import KeyPair as KeyPair
from madoguchi.jpqr.conditions import conditions_of as conditions_of
from madoguchi.jpqr.conditions import new_key as new_key
from madoguchi.jpqr.conditions import sign as sign
from madoguchi.jpqr.conditions import signature_state as signature_state
from madoguchi.jpqr.conditions import with_conditions as with_conditions
from madoguchi.jpqr.cpm import CpmCode as CpmCode
from madoguchi.jpqr.cpm import decode_cpm as decode_cpm
from madoguchi.jpqr.cpm import encode_cpm as encode_cpm
from madoguchi.jpqr.cpm import jpqr_cpm as jpqr_cpm
from madoguchi.jpqr.errors import JpqrError as JpqrError
from madoguchi.jpqr.errors import PayloadError as PayloadError
from madoguchi.jpqr.errors import PictureError as PictureError
from madoguchi.jpqr.errors import SigningError as SigningError
from madoguchi.jpqr.errors import StickerError as StickerError
from madoguchi.jpqr.errors import StoreIdError as StoreIdError
from madoguchi.jpqr.errors import SymbolError as SymbolError
from madoguchi.jpqr.fields import Field as Field
from madoguchi.jpqr.fields import Payload as Payload
from madoguchi.jpqr.fields import leaf as leaf
from madoguchi.jpqr.fields import template as template
from madoguchi.jpqr.inspection import Inspection as Inspection
from madoguchi.jpqr.inspection import inspect as inspect
from madoguchi.jpqr.names import fit_name as fit_name
from madoguchi.jpqr.payload import decode as decode
from madoguchi.jpqr.payload import encode as encode
from madoguchi.jpqr.profile import JpqrCode as JpqrCode
from madoguchi.jpqr.profile import StoreId as StoreId
from madoguchi.jpqr.profile import dynamic_payload as dynamic_payload
from madoguchi.jpqr.profile import read_jpqr as read_jpqr
from madoguchi.jpqr.profile import static_payload as static_payload
from madoguchi.jpqr.reader import Reading as Reading
from madoguchi.jpqr.reader import read_leniently as read_leniently

if TYPE_CHECKING:
    from madoguchi.jpqr.layout import SheetFormat as SheetFormat
    from madoguchi.jpqr.layout import Sticker as Sticker
    from madoguchi.jpqr.pictures import read_document as read_document
    from madoguchi.jpqr.pictures import read_symbols as read_symbols
    from madoguchi.jpqr.sticker import sheet_pdf as sheet_pdf
    from madoguchi.jpqr.sticker import sorted_for_posting as sorted_for_posting
    from madoguchi.jpqr.symbol import counter_correction as counter_correction
    from madoguchi.jpqr.symbol import qr_png as qr_png
    from madoguchi.jpqr.symbol import qr_svg as qr_svg
    from madoguchi.jpqr.symbol import qr_text as qr_text

_DRAWING = {
    "pictures": ("read_document", "read_symbols"),
    "layout": ("SheetFormat", "Sticker"),
    "sticker": ("sheet_pdf", "sorted_for_posting"),
    "symbol": ("counter_correction", "qr_png", "qr_svg", "qr_text"),
}
_HOME = {name: module for module, names in _DRAWING.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
