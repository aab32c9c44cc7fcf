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
    "boundaries_unreadable": (
        _("The file of boundaries cannot be read: %(why)s. Load it down again, as GeoJSON, TopoJSON or a zip."),
        _("The file of boundaries cannot be read. Load it down again, as GeoJSON, TopoJSON or a zip."),
    ),
    "boundaries_too_large": (
        _("The file of boundaries is larger than %(limit_bytes)s. Take one prefecture's file."),
        _("The file of boundaries is too large. Take one prefecture's file."),
    ),
    "boundaries_no_shapefile": (_("There is no shapefile in the zip. Take the ministry's own zip as it is."),),
    "boundaries_no_code": (_("The areas of the file have no codes (N03_007). Take the ministry's own file."),),
    "boundaries_empty": (_("There is no area in the file of boundaries. Load it down again."),),
    "boundaries_codes_unknown": (
        _(
            "%(count)s codes of the file are of no municipality: %(codes)s. "
            "Take the file of the same year as the towns."
        ),
        _("Codes of the file are of no municipality. Take the file of the same year as the towns."),
    ),
    "boundaries_not_degrees": (_("The boundaries are not in degrees of latitude and longitude. Convert them first."),),
    "tiles_unknown": (_("These tiles of the map are gone. Load the page again."),),
    "population_not_accepted": (
        _("The table of residents was not taken. Look at the listed rows; nothing was stored."),
    ),
    "table_not_accepted": (
        _("The table was not imported: names or sums in it do not hold. Look at the listed lines; nothing was stored."),
    ),
    "mapping_unreadable": (
        _("The description of the table cannot be used: %(reason)s."),
        _("The description of the table cannot be used."),
    ),
    "published_table_unknown": (
        _("There is no published table %(table)s. Look for it in the catalogue."),
        _("There is no such published table. Look for it in the catalogue."),
    ),
    "column_unknown": (_("The dataset has no column of this name. Its columns stand on its page."),),
    "too_many_requests": (_("Too many requests this minute. Wait a moment, or load a file instead."),),
    "dataset_unknown": (_("There is no such dataset. Look for it in the catalogue."),),
    "snapshot_unknown": (
        _("There is no such version of this dataset. The versions that are kept stand on the dataset's page."),
    ),
    "snapshot_file_unknown": (_("This dataset has no file of this kind. The kinds there are stand on its page."),),
}
