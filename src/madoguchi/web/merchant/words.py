"""How an applicant's pages call states, sections, kinds and classes, and by which mark they show a state."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Said:
    """A state in words, its mark (`.status--…`, "" for the plain one), and what it means for the applicant."""

    word: Promise
    mark: str
    meaning: Promise


APPLICATION_STATES = {
    "draft": Said(
        pgettext_lazy("application", "Being filled in"),
        "",
        _("Nothing has been sent yet. What you enter is saved page by page."),
    ),
    "submitted": Said(
        pgettext_lazy("application", "With the programme office"),
        "waiting",
        _("Two officers look at it. You hear from us by e-mail; nothing needs to be done now."),
    ),
    "returned": Said(
        pgettext_lazy("application", "Sent back to you"),
        "warning",
        _("Please see to what the office wrote below, then send the application again."),
    ),
    "accepted": Said(
        pgettext_lazy("application", "Accepted by the office"),
        "good",
        _("The office has accepted it. Each provider now decides on its own services; see the list below."),
    ),
    "refused": Said(
        pgettext_lazy("application", "Not accepted"), "bad", _("The office could not accept it. The reason is below.")
    ),
    "withdrawn": Said(pgettext_lazy("application", "Taken back"), "", _("You took it back. You can begin a new one.")),
    "cancelled": Said(
        pgettext_lazy("application", "Cancelled"),
        "bad",
        _("The registration was cancelled and its services have ended."),
    ),
}
ITEM_STATES = {
    "draft": Said(pgettext_lazy("service", "Not sent yet"), "", _("It goes out when you send the application.")),
    "submitted": Said(
        pgettext_lazy("service", "With the office"), "waiting", _("The programme office looks at the application.")
    ),
    "at_provider": Said(
        pgettext_lazy("service", "At the provider"), "waiting", _("The provider looks at it and decides.")
    ),
    "questions": Said(
        pgettext_lazy("service", "The provider asks"),
        "warning",
        _("Please answer: the provider goes on as soon as you have."),
    ),
    "approved": Said(pgettext_lazy("service", "Approved"), "good", _("It can be used from the day that is named.")),
    "refused": Said(pgettext_lazy("service", "Refused"), "bad", _("It cannot be used there. The reason is named.")),
    "withdrawn": Said(pgettext_lazy("service", "Taken back"), "", _("It was taken back before it was decided.")),
    "ended": Said(pgettext_lazy("service", "Ended"), "", _("The registration was cancelled; the service has ended.")),
}
KIT_STATES = {
    "waiting": Said(pgettext_lazy("kit", "Waits to be printed and posted"), "waiting", _("It comes by post.")),
    "sent": Said(pgettext_lazy("kit", "Posted"), "good", _("It is on its way or there.")),
    "dropped": Said(pgettext_lazy("kit", "Not needed any more"), "", _("It is not printed.")),
}
KITS = {
    "first": _("Start kit"),
    "extra": _("Further stickers"),
    "logos": _("Stickers with services' names"),
    "poster": _("Poster"),
}
SIDES = {
    "applicant": _("You"),
    "office": _("Programme office"),
    "provider": _("Payment provider"),
}
SECTIONS = {
    "applicant": _("Who applies"),
    "business": _("The business"),
    "account": _("The account"),
    "places": _("Places and services"),
    "documents": _("Documents"),
    "consent": _("Consent to publication"),
}
PLACE_KINDS = (
    ("division", _("Division of an office")),
    ("facility", _("Public facility")),
    ("shop", _("Shop")),
    ("post_office", _("Post office")),
    ("vehicle", _("Vehicle")),
)
PLACE_CLASSES = (
    ("fixed", _("Fixed: it is shown on the map")),
    ("mobile", _("Mobile, such as a stall or a taxi: not on the map")),
    ("ec", _("Online shop: not on the map")),
    ("other", pgettext_lazy("place class", "Another: not on the map")),
)
LINKS = {
    "more_services": Said(
        _("Add services to your places"),
        "",
        _("Your applicant's data, account and places are taken over; you only choose the services to add."),
    ),
    "second_account": Said(
        _("Have some places paid to another account"),
        "",
        _("One application is paid to one account. A second account is a second application, linked to this one."),
    ),
    "designated_manager": Said(
        _("Let a designated manager apply"),
        "",
        _("A facility whose fees belong to its designated manager applies in the manager's own name."),
    ),
}
SHEET_REFUSALS = {
    "sheet_empty": _("The sheet holds no place. Fill in at least one row below the head, then send it again."),
    "sheet_too_large": _(
        "The sheet is too large: 10,000 rows, 100 columns and 5 MB can be read, and 100 MB once it is unpacked. "
        "Nothing was taken in. Split it, or save only its rows as CSV."
    ),
    "sheet_has_macro": _(
        "The file carries macros. Nothing in it was run or taken in. Save it as a plain workbook (.xlsx) or as CSV, "
        "then send it again."
    ),
    "sheet_locked": _("The file is locked with a password. Save it without one, then send it again."),
    "sheet_unreadable": _(
        "This is no sheet that can be read here. Save it as a workbook (.xlsx) or as CSV, then send it again."
    ),
    "sheet_head_missing": _(
        "The head of the sheet lacks these columns: %(columns)s. Begin with the template, or add their heads."
    ),
    "sheet_head_repeated": _("These columns stand in the head twice: %(columns)s. Delete one of each."),
}
