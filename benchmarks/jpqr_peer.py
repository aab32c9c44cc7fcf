"""The peer of the sticker sheets: an A5 page a place with segno and reportlab, as one would write it in an afternoon.

It shows the same code, name and number and half the words, verifies nothing and lays nothing out by itself.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import segno
from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas


def stands(places: Sequence[tuple[str, str]]) -> bytes:
    """A PDF of one A5 page for each payload and name."""
    import matplotlib_fontja

    font = Path(matplotlib_fontja.__file__).parent / "fonts" / "ipaexg.ttf"
    pdfmetrics.registerFont(TTFont("IPAexGothic", str(font)))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=A5)
    width, _ = A5
    for payload, name in places:
        code = segno.make_qr(payload, error="Q", encoding="utf-8", boost_error=False)
        canvas.setFont("IPAexGothic", 17)
        canvas.drawCentredString(width / 2, 190 * mm, "このコードを読み取ってお支払いください")
        drawn = io.BytesIO()
        code.save(drawn, kind="png", scale=8, border=4)
        drawn.seek(0)
        canvas.drawImage(ImageReader(drawn), (width - 70 * mm) / 2, 100 * mm, 70 * mm, 70 * mm)
        canvas.drawCentredString(width / 2, 80 * mm, name)
        canvas.setFont("IPAexGothic", 9)
        canvas.drawCentredString(
            width / 2, 40 * mm, "電話やメッセージで口座番号・ID・パスワードをお聞きすることはありません。"
        )
        canvas.showPage()
    canvas.save()
    return file.getvalue()
