"""What is said for each code of a refusal of the public pages and their data."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OPENDATA_SENTENCES: dict[str, tuple[Promise, ...]] = {
    "position_outside": (_("This position is not on the globe. Search again, or by town."),),
    "box_too_large": (_("This piece of the map is too large to list. Zoom in, or search by town."),),
    "position_incomplete": (_("A position has a latitude and a longitude, both as numbers. Give both or neither."),),
    "position_outside_japan": (
        _("This position is not in Japan. Latitude is about 20 to 46, longitude about 122 to 154."),
    ),
    "access_unknown": (
        _("There is no accessibility called %(access)s. Choose from the list."),
        _("There is no such accessibility. Choose from the list."),
    ),
    "cursor_unknown": (_("There is no such page of this search. Begin at its first page."),),
    "matter_unknown": (_("Choose what is wrong from the list."),),
    "reports_enough": (
        _(
            "Many have reported something about this place already. "
            "The office is looking at it; nothing more is needed."
        ),
    ),
    "report_unknown": (_("There is no such report. Look for it in the list of reports."),),
    "report_decided": (_("Somebody has decided on this report already. Look at the list of what is decided."),),
    "columns_missing": (
        _("The table lacks columns: %(missing)s. Compare its head with the description."),
        _("The table lacks columns. Compare its head with the description."),
    ),
    "dataset_unknown": (_("There is no such dataset. Look for it in the catalogue."),),
    "snapshot_unknown": (
        _("There is no such version of this dataset. The versions that are kept stand on the dataset's page."),
    ),
    "snapshot_file_unknown": (_("This dataset has no file of this kind. The kinds there are stand on its page."),),
}
