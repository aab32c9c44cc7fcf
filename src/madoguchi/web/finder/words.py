"""Words of the finder's pages: kinds, classes, accessibility, matters of a report."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PLACE_CLASSES = {
    "fixed": _("Fixed place"),
    "mobile": _("Moves about"),
    "ec": _("Online shop"),
    "other": pgettext_lazy("place", "Other"),
}
KINDS = {
    "division": _("Counter of a town hall"),
    "facility": _("Public facility"),
    "shop": _("Shop"),
    "post_office": _("Post office"),
    "vehicle": _("Vehicle"),
}
ACCESS = {
    "step_free": _("No steps on the way in"),
    "low_counter": _("Low counter"),
    "wheelchair_toilet": _("Wheelchair-accessible toilet"),
    "parking": _("Parking for disabled people"),
    "writing_help": _("Help with writing, or writing instead of speaking"),
    "hearing_loop": _("Hearing loop"),
    "sign_language": _("Sign language"),
    "large_print": _("Large print"),
    "other_languages": _("Languages other than Japanese"),
    "assistance_dogs": _("Assistance dogs welcome"),
}
MATTERS = {
    "services": _("A payment service is not taken here"),
    "name": _("The name is wrong"),
    "address": _("The address or the position is wrong"),
    "phone": _("The phone number is wrong"),
    "hours": _("The hours are wrong"),
    "access": _("The accessibility is described wrongly"),
    "closed": _("The place has closed"),
    "other": _("Something else"),
}
REPORT_STATES = {
    "open": pgettext_lazy("report", "To be looked at"),
    "done": pgettext_lazy("report", "Put right"),
    "declined": pgettext_lazy("report", "Nothing to put right"),
}
