"""Trades and the documents they ask for, as an applicant reads them (P-24, P-25, J-11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.onboarding.trades import Document, DocumentNeed, Trade, documents, trades
from madoguchi.web.templatetags.madoguchi import is_english

DOCUMENT_REFUSALS: dict[str, Promise] = {
    "document_empty": gettext_lazy("The file is empty. Choose another."),
    "document_too_large": gettext_lazy(
        "The file is too large to be looked at: up to 10 MB, and not unpacked to many times that. It was not kept. "
        "Scan the document again at a lower resolution, or send it page by page."
    ),
    "document_type_wrong": gettext_lazy(
        "This is no PDF, JPEG, PNG or TIFF, or its name says something else than its content. It was not kept. "
        "Save it as a PDF, or take a picture of the document."
    ),
    "document_has_macro": gettext_lazy(
        "The file carries macros. Nothing in it was run, and it was not kept. Save the document as a PDF and send that."
    ),
    "document_locked": gettext_lazy(
        "The file is locked with a password. It was not kept. Save it without one, then send it again."
    ),
    "document_active": gettext_lazy(
        "The file holds something that would run or open when it is looked at. It was not kept. Print it as a new PDF, "
        "or take a picture of the document."
    ),
    "document_unreadable": gettext_lazy(
        "The file is damaged and cannot be opened. It was not kept. Save or scan the document again."
    ),
}


@dataclass(frozen=True)
class Asked:
    """Something to prove: what it is called, how it can be proved, and the documents to choose from."""

    need: DocumentNeed
    name: str
    hint: str
    choices: tuple[tuple[str, str], ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the documents that belong to it."""
        return tuple(code for code, _name in self.choices)


def trade_choices() -> list[tuple[str, str]]:
    """Trades that need a licence, by code, in the reader's language."""
    return [(one.code, _called(one)) for one in trades()]


def document_name(code: str) -> str:
    """A document, or something to prove, in the reader's language; its code if it is not known any more."""
    found = documents().get(code)
    return _called(found) if found else code


def asked_for(needs: Iterable[DocumentNeed]) -> list[Asked]:
    """What is to be proved, in words."""
    return [_asked(need) for need in needs]


def need_name(code: str, needs: Iterable[DocumentNeed]) -> str:
    """Something to prove, in the reader's language."""
    return next((_called(need) for need in needs if need.code == code), code)


def _asked(need: DocumentNeed) -> Asked:
    order = list(documents()).index
    together = [sorted(one, key=order) for one in need.alternatives]
    codes = dict.fromkeys(code for one in together for code in one)
    ways = [_(" and ").join(document_name(code) for code in one) for one in together]
    hint = ways[0] if len(ways) == 1 else _("One of these is enough: %(ways)s") % {"ways": _("; ").join(ways)}
    return Asked(need, _called(need), hint, tuple((code, document_name(code)) for code in codes))


def _called(thing: Document | Trade | DocumentNeed) -> str:
    return thing.en if is_english() else thing.ja
