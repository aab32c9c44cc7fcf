"""What themes of datasets and kinds of columns are called."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

KINDS = {
    "text": pgettext_lazy("open data", "Text"),
    "integer": pgettext_lazy("open data", "Whole number"),
    "number": pgettext_lazy("open data", "Number"),
    "date": pgettext_lazy("open data", "Date"),
}
THEMES = {
    "places": pgettext_lazy("open data", "Places"),
    "figures": pgettext_lazy("open data", "Figures"),
    "printed": pgettext_lazy("open data", "Tables as they were printed"),
}
